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
        salt, *factors = self._salts(stream, len(keys))
        terms = " + ".join(
            f"(({key})::UBIGINT * {factor} & {_MASK})"
            for key, factor in zip(keys, factors, strict=True)
        )
        return f"({_mixed(f'(({terms} + {salt}) & {_MASK})')})::BIGINT"

    def below(self, limit: int, stream: str, *keys: str) -> str:
        """SQL for a whole number from 0 to `limit` - 1."""
        return f"({self.of(stream, *keys)} % {limit})"

    def draw(self, limit: int, stream: str, *keys: int) -> int:
        """The same number as `below`, in Python."""
        salt, *factors = self._salts(stream, len(keys))
        whole = sum(key * factor & _MASK for key, factor in zip(keys, factors, strict=True))
        return _mix((whole + salt) & _MASK) % limit

    def _salts(self, stream: str, keys: int) -> list[int]:
        """A number for the stream and an odd factor for each of its keys."""
        digest = sha256(f"{self.seed}/{stream}".encode()).digest()
        salts = [int.from_bytes(digest[at : at + 4], "big") for at in range(0, 4 * keys + 4, 4)]
        return [salts[0], *(salt | 1 for salt in salts[1:])]


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
