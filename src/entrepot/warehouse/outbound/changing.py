# SPDX-License-Identifier: Apache-2.0
"""What may be said of a parcel later: who carries it, under which number; and the firm's prefix."""

from __future__ import annotations

from uuid import UUID

from entrepot.papers import sscc
from entrepot.people.audit import record
from entrepot.warehouse.models import Gs1Prefix, Parcel


def set_tracking(parcel: UUID, **new: str) -> Parcel:
    """Change the carrier or the tracking number of a parcel, packed or shipped.

    Raises:
        Parcel.DoesNotExist: there is no such parcel.
    """
    found = Parcel.objects.select_for_update().get(id=parcel)
    changed = {name: value for name, value in new.items() if getattr(found, name) != value}
    for name, value in changed.items():
        setattr(found, name, value)
    if changed:
        found.save(update_fields=list(changed))
        record("parcel.changed", found.number, parcel=str(parcel), **changed)
    return found


def set_prefix(prefix: str, extension: int) -> None:
    """Set the firm's GS1 company prefix, with which parcels are numbered from now on; none where
    it is empty.

    Raises:
        WrongNumber: it is no such prefix.
    """
    if prefix:
        sscc.make(prefix, 0, extension)
        Gs1Prefix.objects.update_or_create(defaults={"prefix": prefix, "extension": extension})
    else:
        Gs1Prefix.objects.all().delete()
    record("gs1_prefix.set", prefix or "none", extension=extension)
