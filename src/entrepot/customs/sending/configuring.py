# SPDX-License-Identifier: Apache-2.0
"""How an enterprise sends: who it is to customs, its key, its way; secrets are encrypted.

A folder is always the enterprise's own below the data folder of the desk, since whoever sets these
must not name a place of the machine. Addresses that are named are reached as webhooks are.
"""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Final

from django.conf import settings
from django.utils import timezone

from entrepot.customs.messages.editions import edition, newest
from entrepot.customs.sending.models import FOLDER, FORM, SFTP, Setup
from entrepot.customs.sending.refusals import NoTransport
from entrepot.customs.sending.signing import Algorithms, KeySigner, software_key
from entrepot.customs.sending.transports.folder import Folder
from entrepot.customs.sending.transports.form import Form
from entrepot.customs.sending.transports.port import Transport
from entrepot.customs.sending.transports.sftp import Sftp
from entrepot.errors import Refused
from entrepot.jobs import reaching
from entrepot.people.audit import record
from entrepot.people.secrets import seal, unseal
from entrepot.people.tenancy import acting

#: What each way needs, and which of it is a secret.
_OF_SFTP: Final = ("host", "port", "user", "fingerprint", "out", "into", "taken")
_OF_FORM: Final = ("url", "field_message", "field_name", "how", "says_taken")
OPTIONS: Final = (*_OF_SFTP, *_OF_FORM)
SECRETS: Final = ("password", "key", "key_password", "fields")
_NEEDS: Final = {SFTP: ("host", "user", "fingerprint"), FORM: ("url",)}
_PLAIN: Final = (
    *("edition", "cop_code", "cop_name", "dxp_id", "in_envelope", "sender", "receivers", "way"),
    *("method", "digest", "canonical", "alert_hours"),
)


class NoSetup(Refused):
    """Nothing is set about who sends."""

    code: ClassVar[str] = "customs.no_setup"


def setup() -> Setup | None:
    """What is set, if anything."""
    return Setup.objects.first()


def needed_setup() -> Setup:
    """What is set.

    Raises:
        NoSetup: nothing is.
    """
    found = setup()
    if found is None or not (found.cop_code and found.cop_name and found.dxp_id):
        raise NoSetup(
            "Cannot make messages.",
            "It is not set who sends: the firm's code and name, and its number for transport.",
            "Fill in the settings of customs first.",
        )
    return found


def change_setup(**new: Any) -> Setup:
    """Change what is named; what is not stays. A secret that is named empty is taken away.

    Raises:
        NoTransport: the way lacks something.
        UnknownEdition: there is none of that name.
        UnknownAlgorithm, UnfitKey: the key does not sign so.
        Unfit: an address that the program does not call.
    """
    by = acting()
    # The row itself is the lock, so that two changes come one after the other.
    Setup.objects.get_or_create(defaults={"edition": newest().name, "changed_by": by.actor})
    found = Setup.objects.select_for_update().get()
    for name in _PLAIN:
        if name in new:
            setattr(found, name, new[name])
    edition(found.edition)
    algorithms = Algorithms(found.method, found.digest, found.canonical)
    found.options |= {name: new[name] for name in OPTIONS if name in new}
    if new.get("url"):
        reaching.check_url(new["url"])
    kept = secrets_of(found) | {name: new[name] for name in SECRETS if name in new}
    kept = {name: value for name, value in kept.items() if value}
    found.secrets = seal(json.dumps(kept).encode(), _secrets_of(found))
    if "signing_key" in new:
        _take_key(found, algorithms, **new["signing_key"])
    elif found.signing_key:
        signer_of(found)
    _refuse_incomplete(found, kept)
    found.changed_at, found.changed_by = timezone.now(), by.actor
    found.save()
    record("customs.setup_changed", "customs", fields=sorted(new))
    return found


def _take_key(
    found: Setup, algorithms: Algorithms, content: bytes = b"", password: str = "",
    certificates: bytes = b"",
) -> None:  # fmt: skip
    """Keep a key to sign with, or none where it is empty."""
    if not content:
        found.signing_key, found.signs_as = b"", ""
        return
    signer = software_key(content, password, certificates, algorithms)
    its = {
        "content": base64.b64encode(content).decode(), "password": password,
        "certificates": certificates.decode("ascii", "replace"),
    }  # fmt: skip
    found.signing_key = seal(json.dumps(its).encode(), _key_of(found))
    own = signer.certificates[0].subject.rfc4514_string() if signer.certificates else "a key"
    found.signs_as = own[:200]


def _refuse_incomplete(found: Setup, kept: Mapping[str, Any]) -> None:
    missing = [name for name in _NEEDS.get(found.way, ()) if not found.options.get(name)]
    if found.way == SFTP and not (kept.get("password") or kept.get("key")):
        missing.append("password")
    if missing:
        raise NoTransport(
            f"Cannot send by {found.way}.",
            f"Not set: {', '.join(missing)}.",
            "Fill these in, or choose another way.",
        )


def secrets_of(found: Setup) -> dict[str, Any]:
    """The secrets of the way."""
    if not found.secrets:
        return {}
    kept: dict[str, Any] = json.loads(unseal(bytes(found.secrets), _secrets_of(found)))
    return kept


def signer_of(found: Setup) -> KeySigner | None:
    """Whoever signs, if there is a key."""
    if not found.signing_key:
        return None
    its = json.loads(unseal(bytes(found.signing_key), _key_of(found)))
    return software_key(
        base64.b64decode(its["content"]), its["password"], its["certificates"].encode(),
        Algorithms(found.method, found.digest, found.canonical),
    )  # fmt: skip


def transport_of(found: Setup) -> Transport | None:
    """The way that is set; none where messages are carried by hand."""
    options = {name: value for name, value in found.options.items() if value not in ("", None)}
    kept = secrets_of(found)
    if found.way == FOLDER:
        return Folder(folder_of(found))
    if found.way == SFTP:
        return Sftp(
            **{name: options[name] for name in _OF_SFTP if name in options},
            password=kept.get("password", ""), key=kept.get("key", ""),
            key_password=kept.get("key_password", ""), connect=_connect,
        )  # fmt: skip
    if found.way == FORM:
        given = {name: options[name] for name in _OF_FORM if name in options}
        # That no name is sent along is said by an empty one.
        given |= {name: "" for name in ("field_name",) if found.options.get(name) == ""}
        return Form(**given, fields=kept.get("fields", {}), post=_post)
    return None


def folder_of(found: Setup) -> Path:
    """The folder of an enterprise, which a client of customs is pointed at."""
    return Path(settings.DATA_FOLDER) / "customs" / str(found.enterprise_id)


def _connect(host: str, port: int) -> socket.socket:
    """A connection to a public address; whatever else it is, it is as if nobody answered."""
    try:
        return reaching.connect(host, port)
    except (reaching.Unfit, reaching.Unreached) as error:
        raise ConnectionError(getattr(error, "found", str(error))) from error


def _post(url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
    answer = reaching.post(url, body, headers)
    return answer.status, answer.text


def _secrets_of(found: Setup) -> str:
    return f"customs secrets {found.id}"


def _key_of(found: Setup) -> str:
    return f"customs key {found.id}"
