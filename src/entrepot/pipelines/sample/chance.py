# SPDX-License-Identifier: Apache-2.0
"""Chance that comes out the same everywhere: a number mixed from the seed, a stream and a row.

No generator with a state: a row's numbers depend on nothing but its own key, so threads, row order
and memory cannot change them, and rows can be made in any order and any slice.
"""

from __future__ import annotations

from hashlib import sha256

_MASK = 0xFFFFFFFF


class Chance:
    """Numbers from 0 to 2**32 - 1, as SQL over columns or as Python over keys.

    Streams are named: two streams of the same row have nothing to do with each other.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def of(self, stream: str, *keys: str) -> str:
        """SQL for the number of `keys` (SQL for whole numbers >= 0, below 2**32) in `stream`."""
        mixed = str(self._salt(stream))
        for key in keys:
            mixed = _mixed(f"((({key})::UBIGINT + {mixed}) & {_MASK})")
        return f"({mixed})::BIGINT"

    def below(self, limit: int, stream: str, *keys: str) -> str:
        """SQL for a whole number from 0 to `limit` - 1."""
        return f"({self.of(stream, *keys)} % {limit})"

    def draw(self, limit: int, stream: str, *keys: int) -> int:
        """The same number as `below`, in Python."""
        mixed = self._salt(stream)
        for key in keys:
            mixed = _mix((key + mixed) & _MASK)
        return mixed % limit

    def _salt(self, stream: str) -> int:
        digest = sha256(f"{self.seed}/{stream}".encode()).digest()
        return int.from_bytes(digest[:4], "big")


def _mix(x: int) -> int:
    """Mix 32 bits so that each bit of the outcome hangs on every bit that goes in.

    Source: Chris Wellons, Prospecting for Hash Functions (public domain): lowbias32.
    """
    x ^= x >> 16
    x = (x * 0x7FEB352D) & _MASK
    x ^= x >> 15
    x = (x * 0x846CA68B) & _MASK
    return x ^ (x >> 16)


def _mixed(x: str) -> str:
    """The same as SQL. Each product stays below 2**64: DuckDB refuses to overflow."""
    first = f"((xor({x}, ({x}) >> 16) * {0x7FEB352D}) & {_MASK})"
    second = f"((xor({first}, {first} >> 15) * {0x846CA68B}) & {_MASK})"
    return f"xor({second}, {second} >> 16)"
