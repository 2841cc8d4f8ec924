# SPDX-License-Identifier: Apache-2.0
"""What is refused of counts."""

from __future__ import annotations

from entrepot.errors import Refused


class NothingToCount(Refused):
    """No bin fits, or all that fit are being counted."""

    code = "warehouse.nothing_to_count"


class NoSuchBin(Refused):
    """Bins that the warehouse does not have, or that cannot be counted."""

    code = "warehouse.no_such_bin"


class NotInCount(Refused):
    """A bin that is not in the count, or is closed there."""

    code = "warehouse.not_in_count"


class CountEnded(Refused):
    """A count that is done or was cancelled."""

    code = "warehouse.count_ended"


class OwnCount(Refused):
    """Whoever counted a bin does not approve of it."""

    code = "warehouse.own_count"


class NothingToApprove(Refused):
    """No bin of the count waits for approval."""

    code = "warehouse.nothing_to_approve"
