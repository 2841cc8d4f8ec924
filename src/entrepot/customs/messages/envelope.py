# SPDX-License-Identifier: Apache-2.0
"""The envelope that a message travels in on the exchange platform."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime

from entrepot.customs.messages.building import build_envelope


def wrap(
    message: bytes,
    *,
    kind: str,
    cop_msg_id: str,
    sender: str,
    receivers: Sequence[str],
    created: datetime,
    file_name: str = "",
    ic_card: str = "",
) -> bytes:
    """Put a written message into an envelope.

    Args:
        message: the bytes of the message.
        kind: its name, as CEB603Message.
        cop_msg_id: the sender's own number of it.
        sender, receivers: numbers at the exchange platform; 1 to 5 receivers.
        created: local time, without a zone as the platform writes it.

    Raises:
        FaultyMessage: a value that the envelope cannot hold.
    """
    more = {"FileName": file_name, "IcCard": ic_card}
    return build_envelope(
        {
            "TransInfo": {
                "CopMsgId": cop_msg_id,
                "SenderId": sender,
                "ReceiverIds": {"ReceiverId": list(receivers)},
                "CreatTime": created.isoformat(timespec="seconds"),
                "MsgType": kind,
            },
            "Data": base64.b64encode(message).decode("ascii"),
            "AddInfo": {name: text for name, text in more.items() if text} or None,
        }
    )


def file_name(kind: str, cop_msg_id: str) -> str:
    """What the file of a message is called."""
    return f"{kind}_{cop_msg_id}.xml"
