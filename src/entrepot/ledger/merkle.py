# SPDX-License-Identifier: Apache-2.0
"""A Merkle tree over leaves, as RFC 6962 describes it: one root stands for all of them in order."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

#: A leaf and a node are hashed behind different bytes, so that neither can pass for the other.
_LEAF, _NODE = b"\x00", b"\x01"


def leaf(content: bytes) -> bytes:
    """The hash of a leaf.

    Source: RFC 6962, section 2.1
    """
    return hashlib.sha256(_LEAF + content).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over the hashes of leaves, at least one.

    An odd one at the end of a level goes up as it is, which gives the tree of RFC 6962: its left
    side is always a full tree.

    Source: RFC 6962, section 2.1
    """
    level = list(leaves)
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        above = [hashlib.sha256(_NODE + left + right).digest() for left, right in pairs]
        level = above + level[len(above) * 2 :]
    return level[0]


def chain(before: bytes, number: int, leaves: int, its_root: bytes) -> bytes:
    """What ties a batch to all before it: sha256 over the chain so far and what the batch is."""
    says = number.to_bytes(8) + leaves.to_bytes(8) + its_root
    return hashlib.sha256(before + says).digest()
