# SPDX-License-Identifier: Apache-2.0
"""The commands of the desk: serve, worker, demo, enterprise, seasons in and out, staff, audit."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from uuid import UUID

import click

from entrepot.site.counting import counting_together
from entrepot.site.demo.room import refuse_own_database
from entrepot.site.listening import listen
from entrepot.site.starting import desk

HOME = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="The data folder; otherwise ENTREPOT_HOME, otherwise this user's own.",
)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to answer on.")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="And its port."
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help="Processes that answer; as many as there are cores, if not said.",
)
@HOME
def serve(host: str, port: int, workers: int | None, home: Path | None) -> None:
    """Run the desk: pages, API and jobs, over PostgreSQL.

    Without DATABASE_URL, the PostgreSQL that comes with the program is set up in the data folder
    and started. Ctrl-C stops everything; what was being done is finished or rolled back.
    """
    listener = listen(host, port)
    with counting_together(), desk(home) as site:
        site.serve(listener, workers)


@click.command()
@click.option("--parent", type=int, hidden=True, help="Stop when this process is gone.")
@HOME
def worker(parent: int | None, home: Path | None) -> None:
    """Do the jobs of a desk, and seal its books. `serve` starts one; more may run beside it."""
    with desk(home) as site:
        site.work(parent)


@click.group()
def enterprise() -> None:
    """Open the enterprises of a desk."""


@enterprise.command("open")
@click.argument("name")
@click.option("--owner", required=True, help="The e-mail address of its first owner.")
@click.option("--uscc", default="", help="Its unified social credit code, 18 characters.")
@click.option(
    "--kind",
    type=click.Choice(["trading", "producing"]),
    default="trading",
    show_default=True,
    help="Whether it trades or produces: the refund is worked out differently.",
)
@click.option("--time-zone", default="Asia/Shanghai", show_default=True)
@click.option(
    "--at",
    default="http://127.0.0.1:8000",
    show_default=True,
    help="Where people reach the desk, for the link that is printed.",
)
@HOME
def open_(
    name: str, owner: str, uscc: str, kind: str, time_zone: str, at: str, home: Path | None
) -> None:
    """Open an enterprise, and print the link with which its owner signs up."""
    with desk(home) as site:
        site.open_enterprise(name, owner, uscc, kind, time_zone, at)


@click.command("export-season")
@click.option("--enterprise", "whose", type=click.UUID, help="Whose book, where there are several.")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write; a season there is replaced once this one is complete.",
)
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    help="The day to close for; today, where the enterprise is, if not said.",
)
@HOME
def export_season(whose: UUID | None, out: Path, as_of: datetime | None, home: Path | None) -> None:
    """Write the live book of an enterprise as a season, for `entrepot close`.

    Every table is as it stood at one moment, however much is posted meanwhile.
    """
    with desk(home) as site:
        site.export_season(whose, out, as_of.date() if as_of else None)


@click.command("load-season")
@click.argument("season", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--enterprise", "whose", type=click.UUID, help="Whose book, where there are several.")
@HOME
def load_season(season: Path, whose: UUID | None, home: Path | None) -> None:
    """Make a season the live book of an enterprise that has no documents yet.

    SEASON is a folder as `entrepot close` reads it, of at most 500,000 rows a table. All of it is
    loaded, or nothing; the same season again changes nothing.
    """
    with desk(home) as site:
        site.load_season(whose, season)


@click.command()
@click.option(
    "--season",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The season that the demo has behind it; one of 600 sales is made up, if not said.",
)
@click.option("--serve", "is_served", is_flag=True, help="Answer until Ctrl-C.")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="To answer on."
)
@HOME
def demo(season: Path | None, is_served: bool, port: int, home: Path | None) -> None:
    """Set up a desk to try out: a season behind it, and a working day that has begun.

    Its login is printed, and works on this machine only. What is there already is left as it is.
    """
    refuse_own_database()
    listener = listen("127.0.0.1", port) if is_served else None
    with counting_together(), desk(home) as site:
        site.demo(season, port, is_served=is_served)
        if listener is not None:
            site.serve(listener, None)


@click.command()
@click.argument("address")
@click.password_option(help="Asked for where it is not given; at least 12 characters.")
@HOME
def staff(address: str, password: str, home: Path | None) -> None:
    """Add a person who looks after the desk itself: accounts, and which enterprises there are.

    They see nothing of what an enterprise keeps. /admin/ asks them for a second factor.
    """
    with desk(home) as site:
        site.open_staff(address, password)


@click.command()
@click.option("--enterprise", "only", type=click.UUID, help="Only the book of this enterprise.")
@click.option(
    "--export",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the chain of seals to this file, to be kept elsewhere.",
)
@click.option(
    "--against",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Hold the books against a chain that was exported before.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@HOME
def audit(
    only: UUID | None,
    export: Path | None,
    against: Path | None,
    as_json: bool,
    home: Path | None,
) -> None:
    """Prove that no posted document was changed and none is missing.

    Every hash, balance, seal and link is worked out again from the rows. Exit code 0: all is as it
    was posted; 1: something is not, and each finding is named.
    """
    with desk(home) as site:
        is_clean = site.audit(only, export, against, as_json)
    if not is_clean:
        sys.exit(1)
