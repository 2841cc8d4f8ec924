# SPDX-License-Identifier: Apache-2.0
"""The audit of all books from a terminal, and the chain of seals as a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from django.utils import timezone

from entrepot.errors import Misused
from entrepot.ledger.audit import Audit, audit
from entrepot.ledger.sealing import Link
from entrepot.people.models import Enterprise
from entrepot.reconciling.auditing import audit_tallies
from entrepot.warehouse.auditing import audit_orders

FORMAT = "entrepot-chain-1"
#: For each enterprise, the chain at each batch.
Chains = Mapping[UUID, Mapping[int, bytes]]


class NotAChain(Misused):
    """A file that is no exported chain."""

    code = "entrepot.not_a_chain"


def audit_books(
    only: UUID | None, export: Path | None, against: Path | None, as_json: bool
) -> bool:
    """Audit the books, say what was found, and export the chain where all is well.

    Returns:
        whether every book is what was posted.
    """
    kept = read_chain(against) if against else {}
    audits = []
    for enterprise in _enterprises(only, kept):
        audits.append(audit(enterprise, kept.get(enterprise)))
        audit_orders(audits[-1])
        audit_tallies(audits[-1])
        if not as_json:
            _say(audits[-1])
    is_clean = all(each.is_clean for each in audits)
    if as_json:
        click.echo(json.dumps([_plain(each) for each in audits], ensure_ascii=False, indent=2))
    else:
        _say_all(audits)
    if export and is_clean:
        write_chain(export, audits)
        click.echo(f"The chain lies in {export}", err=as_json)
    elif export:
        click.echo("The chain is not exported: what was found has to be settled first.", err=True)
    return is_clean


def read_chain(path: Path) -> Chains:
    """An exported chain.

    Raises:
        NotAChain: the file is something else.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["format"] != FORMAT:
            raise ValueError(f"its format is {found['format']!r}")
        return {
            UUID(enterprise): {int(link["number"]): bytes.fromhex(link["chain"]) for link in links}
            for enterprise, links in found["enterprises"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotAChain(
            f"Cannot hold the books against {path}.",
            f"It is not a chain that was exported: {error}.",
            "Give a file that entrepot audit --export wrote.",
        ) from error


def write_chain(path: Path, audits: list[Audit]) -> None:
    """Write the chains, whole or not at all."""
    found = {
        "format": FORMAT,
        "exported_at": timezone.now().isoformat(timespec="seconds"),
        "enterprises": {
            str(each.enterprise): [_plain_link(link) for link in each.links] for each in audits
        },
    }
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(path)


def _enterprises(only: UUID | None, kept: Chains) -> list[UUID]:
    """Those to audit: one, or all, those included that a kept chain names and that are gone."""
    if only is not None:
        return [only]
    there = list(Enterprise.objects.order_by("id").values_list("id", flat=True))
    return there + sorted(set(kept) - set(there))


def _say(done: Audit) -> None:
    if done.is_clean:
        return
    click.echo(f"Enterprise {done.enterprise}: {done.found:,} findings")
    for finding in done.findings:
        click.echo(
            f"  {finding.code}: {finding.about}: found {finding.found}, expected {finding.expected}"
        )
    if done.found > len(done.findings):
        click.echo(f"  and {done.found - len(done.findings):,} more")


def _say_all(audits: list[Audit]) -> None:
    counted = [
        _count(len(audits), "book"),
        _count(sum(each.documents for each in audits), "document"),
        _count(sum(each.movements for each in audits), "movement"),
        _count(sum(len(each.links) for each in audits), "seal"),
    ]
    unsealed = _count(sum(each.unsealed for each in audits), "document")
    click.echo(f"{', '.join(counted)}; {unsealed} not sealed yet")
    if all(each.is_clean for each in audits):
        click.echo("All is as it was posted.")


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _plain(done: Audit) -> dict[str, Any]:
    return {
        "enterprise": str(done.enterprise),
        "documents": done.documents,
        "movements": done.movements,
        "seals": len(done.links),
        "unsealed": done.unsealed,
        "found": done.found,
        "findings": [asdict(finding) for finding in done.findings],
    }


def _plain_link(link: Link) -> dict[str, Any]:
    return {
        "number": link.number,
        "documents": link.documents,
        "root": link.root.hex(),
        "chain": link.chain.hex(),
    }
