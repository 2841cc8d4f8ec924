# SPDX-License-Identifier: Apache-2.0
"""A message posted as a form, as platforms of provinces take it.

No two platforms are alike and none was verified: the address, the names of the fields, and what an
answer must hold to mean that it was taken are settings. Such a platform hands receipts out in ways
of its own; they are brought in as files (`entrepot customs receipts`, or the API).
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

import urllib3
from urllib3.filepost import encode_multipart_formdata

from entrepot.customs.sending.transports.port import checked, unsent

PLAIN, BASE64, FILE = "plain", "base64", "file"
#: How the message stands in its field: as text, in base64, or as a file of a multipart form.
HOW: Final = (PLAIN, BASE64, FILE)
_MOST_ANSWER: Final = 64 * 1024
#: Sends a body to an address with headers; the status and the beginning of the answer.
Post = Callable[[str, bytes, Mapping[str, str]], tuple[int, str]]


def post(url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
    """Send a body; no redirect is followed.

    Raises:
        HTTPError: nobody answered.
    """
    with urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(10, read=30)) as pool:
        answer = pool.request(
            "POST", url, body=body, headers=dict(headers), redirect=False, preload_content=False
        )
        try:
            return answer.status, answer.read(_MOST_ANSWER).decode(errors="replace")
        finally:
            answer.release_conn()


@dataclass(frozen=True, slots=True)
class Form:
    """A form at an address.

    `field_message`, `field_name`: what its fields for the message and the file's name are called;
    no name is sent where the latter is empty. `fields`: what else is sent, as an account.
    `says_taken`: a text that the answer holds where the message was taken; any 2xx where empty.
    """

    url: str
    field_message: str = "data"
    field_name: str = "fileName"
    how: str = PLAIN
    fields: Mapping[str, str] = field(default_factory=dict)
    says_taken: str = ""
    post: Post = post

    def put(self, name: str, data: bytes) -> str:
        body, kind = self._written(checked(name), data)
        try:
            status, said = self.post(self.url, body, {"Content-Type": kind})
        except Exception as error:
            raise unsent(f"Cannot post {name}.", error) from error
        if not 200 <= status < 300 or self.says_taken not in said:
            raise unsent(f"Cannot post {name}.", f"The answer is {status}: {said[:200]}")
        return said[:1000]

    def waiting(self, most: int) -> list[str]:
        """None: receipts come otherwise."""
        return []

    def take(self, name: str) -> bytes:
        raise AssertionError("nothing waits at a form")

    def done(self, name: str) -> None:
        raise AssertionError("nothing waits at a form")

    def close(self) -> None:
        """Nothing is held open."""

    def _written(self, name: str, data: bytes) -> tuple[bytes, str]:
        fields = dict(self.fields)
        if self.field_name:
            fields[self.field_name] = name
        if self.how == FILE:
            file = (name, data, "application/xml")
            body, kind = encode_multipart_formdata(
                {**fields, self.field_message: file}, boundary=f"entrepot-{name}"
            )
            return body, kind
        text = base64.b64encode(data).decode() if self.how == BASE64 else data.decode("utf-8")
        fields[self.field_message] = text
        return urlencode(fields).encode("ascii"), "application/x-www-form-urlencoded"
