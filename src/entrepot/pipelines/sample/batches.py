# SPDX-License-Identifier: Apache-2.0
"""Cutting a line of demand into batches: the idea behind receipts and behind purchases.

Lay the units that are wanted along a line in the order in which they are wanted, and cut the line
about every `size` units. A batch must be there on the day its first unit is wanted; then no unit
is ever wanted before it is there. Where the cuts lie follows from their number alone, so every
row finds its batches by arithmetic: no loop, no join, any slice by itself.
"""

from __future__ import annotations

from entrepot.pipelines.sample.chance import Chance


def start_of(chance: Chance, stream: str, batch: str) -> str:
    """SQL for where `batch` (SQL for a number >= 0) starts on its line; `salt`, `size` are columns.

    The first starts at 0, each later one up to half a size after its number times the size.
    """
    late = f"{chance.of(stream, 'salt', batch)} % greatest(size // 2, 1)"
    return f"(CASE WHEN ({batch}) = 0 THEN 0 ELSE ({batch}) * size + {late} END)"


def batch_of(chance: Chance, stream: str, unit: str) -> str:
    """SQL for the batch in which `unit` (SQL for a position from 0) lies."""
    batch = f"(({unit}) // size)"
    return f"({batch} - ({start_of(chance, stream, batch)} > ({unit}))::BIGINT)"


def batches(chance: Chance, stream: str, line: str) -> str:
    """SQL for the batches along lines.

    Args:
        chance: mixes the seed with a line's salt and a batch's number.
        stream: what is cut; other streams of the same line are cut elsewhere.
        line: a table of one row per demand: salt, size (a number from 0 and the units of a batch,
            both the same along a line), day, start, quantity, total (units before it on its line,
            its own, and those of the whole line), and whatever names the line.

    Returns:
        one row per batch: the columns of the demand that wants its first unit, and batch,
        starts, ends (positions on the line), day being when it must be there.
    """
    first, last = (batch_of(chance, stream, unit) for unit in ("start", "start + quantity - 1"))
    return f"""(
        SELECT * REPLACE (least({start_of(chance, stream, "batch + 1")}, total) AS ends)
        FROM (
            SELECT *, {start_of(chance, stream, "batch")} AS starts, 0::BIGINT AS ends
            FROM (
                SELECT * EXCLUDE (first, last), unnest(range(
                    first + ({start_of(chance, stream, "first")} < start)::BIGINT, last + 1
                )) AS batch
                FROM (SELECT *, {first} AS first, {last} AS last FROM {line})
            )
        )
    )"""
