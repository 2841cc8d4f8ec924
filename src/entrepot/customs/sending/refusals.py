# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with signing, sending and receiving."""

from __future__ import annotations

from typing import ClassVar

from entrepot.errors import Misused, Refused


class UnfitKey(Misused):
    """A key or certificate that cannot be read, or does not belong together."""

    code: ClassVar[str] = "customs.bad_key"


class UnknownAlgorithm(Misused):
    """An algorithm that messages cannot be signed with here."""

    code: ClassVar[str] = "customs.unknown_algorithm"


class NotToSign(Refused):
    """A file that is no message that a firm signs, or has faults."""

    code: ClassVar[str] = "customs.not_to_sign"


class BadSignature(Refused):
    """A signature that is not there, or does not belong to what it stands in."""

    code: ClassVar[str] = "customs.bad_signature"


class Unsent(Refused):
    """The other side was not reached, or did not take a message: it is tried again."""

    code: ClassVar[str] = "customs.unsent"


class NoTransport(Refused):
    """Nothing is set about how messages are sent, or it does not fit together."""

    code: ClassVar[str] = "customs.no_transport"


class NoReceipts(Refused):
    """A file that somebody brings, and that customs did not write."""

    code: ClassVar[str] = "customs.no_receipts"
