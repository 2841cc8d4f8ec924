# SPDX-License-Identifier: Apache-2.0
"""What the desk's commands do, once the database is there and Django is put together."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from socket import socket
from uuid import UUID

import click
from django.core.exceptions import ValidationError
from django.urls import reverse

from entrepot.closing import exporting as closing
from entrepot.closing.loading import actions as loading
from entrepot.errors import Misused
from entrepot.jobs.worker import run_worker
from entrepot.people import actions as people
from entrepot.people.models import Enterprise, User
from entrepot.pipelines.progress import telling
from entrepot.site.answering import answer
from entrepot.site.auditing import audit_books
from entrepot.site.configuration import configuration
from entrepot.site.demo.login import ADDRESS, PASSWORD, refuse_elsewhere
from entrepot.site.demo.making import make_demo
from entrepot.site.demo.room import refuse_books
from entrepot.site.serving import Beside
from entrepot.site.setting_up import let_go
from entrepot.site.stopping import is_asked


class NoSuchEnterprise(Misused):
    """An enterprise that is not there, or that was not named among several."""

    code = "entrepot.no_such_enterprise"


def serve(listener: socket, workers: int | None) -> None:
    """Answer until told to stop, with a worker beside.

    Raises:
        DemoStaysHere: others could reach the demo.
    """
    host, port = listener.getsockname()[:2]
    refuse_elsewhere(host)

    def say() -> None:
        click.echo(f"The desk answers on {_at(host, port)}/")
        if not Enterprise.objects.exists():
            click.echo(
                "Open the first enterprise with: entrepot enterprise open NAME --owner ADDRESS"
            )
        # The processes that are forked from this one must not share its connections.
        let_go()

    with Beside(configuration()) as beside:
        answer(listener, workers or os.cpu_count() or 1, say, beside.look_after)


def work(parent: int | None) -> None:
    """Do jobs until told to stop, or until the process that started this one is gone."""
    if not is_asked():
        run_worker(parent=parent)


def open_enterprise(name: str, owner: str, uscc: str, kind: str, time_zone: str, at: str) -> None:
    """Open an enterprise and say how its owner gets in.

    Args:
        at: where people reach the desk, for the link.
    """
    opened = people.open_enterprise(name, owner, uscc=uscc, kind=kind, time_zone=time_zone)
    click.echo(f"Opened {name} as {opened.enterprise}")
    if opened.invitation is None:
        click.echo(f"{owner} has an account and is its owner.")
        return
    path = reverse("people_invitation", args=[opened.invitation])
    click.echo(f"Its owner signs up, within a week, at {at.rstrip('/')}{path}")


def open_staff(address: str, password: str) -> None:
    """Add a person who looks after the desk itself.

    Raises:
        Unfit: it is no address.
        AccountThere: the address has an account.
        Misused: the password is one that no account may have.
    """
    try:
        people.open_account(address, password, is_staff=True)
    except ValidationError as error:
        raise Misused(
            f"Cannot open an account for {address}.",
            " ".join(error.messages),
            "Choose another password.",
        ) from error
    click.echo(f"{address} may sign in, and looks after the desk at /admin/")


def audit(only: UUID | None, export: Path | None, against: Path | None, as_json: bool) -> bool:
    """Audit the books; see `site.auditing`."""
    return audit_books(only, export, against, as_json)


def export_season(whose: UUID | None, out: Path, as_of: date | None) -> None:
    """Write the live book of an enterprise as a season, and say what is in it.

    Raises:
        NoSuchEnterprise: there is no such one, or several and none was named.
    """
    exported = closing.export_season(_the_one(whose), out, as_of)
    for table, rows in exported.rows.items():
        click.echo(f"  {table:<14}{rows:>12,}")
    click.echo(f"The season lies in {out}; close it with: entrepot close {out} --out FOLDER")


def load_season(whose: UUID | None, season: Path) -> None:
    """Make a season the live book of an enterprise, and say what was loaded.

    Raises:
        NoSuchEnterprise: there is no such one, or several and none was named.
    """
    enterprise = _the_one(whose)
    with telling(loading.STAGES) as tell:
        loaded = loading.load_season(enterprise, season, tell)
    if not loaded.is_new:
        click.echo("The season is there already.")
        return
    for table, rows in loaded.rows.items():
        click.echo(f"  {table:<14}{rows:>12,}")
    if loaded.found:
        click.echo(f"{len(loaded.found):,} rows took more than was there; it was found first:")
        for line in loaded.found[:10]:
            click.echo(f"  {line}")
    if loaded.without_invoice:
        click.echo(f"{loaded.without_invoice:,} units left home that no invoice had brought.")
    click.echo(f"The season is the book of {enterprise}.")


def demo(season: Path | None, port: int, *, is_served: bool) -> None:
    """Make the demo as far as it is not there, and say how to get in.

    Raises:
        DemoNeedsRoom: the folder holds enterprises that are no demo.
    """
    has_demo = User.objects.filter(is_demo=True).exists()
    refuse_books(has_demo=has_demo, has_books=Enterprise.objects.exists())
    with telling(loading.STAGES + 2) as tell:
        make_demo(season, tell)
    click.echo(f"The desk {'is' if is_served else 'will be'} at {_at('127.0.0.1', port)}/")
    click.echo(f"Sign in as {ADDRESS} with the password {PASSWORD}; on this machine only.")


def _the_one(whose: UUID | None) -> UUID:
    found = list(Enterprise.objects.values_list("id", flat=True)[:1000])
    if whose in found:
        return whose
    if whose is None and len(found) == 1:
        return found[0]
    raise NoSuchEnterprise(
        "Cannot tell whose book is meant.",
        f"There is no enterprise {whose}." if whose else f"There are {len(found)} enterprises.",
        "Name one with --enterprise; entrepot audit --json lists them.",
    )


def _at(host: str, port: int) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"
