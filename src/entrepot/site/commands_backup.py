# SPDX-License-Identifier: Apache-2.0
"""The commands `backup` and `restore`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from entrepot.pipelines.progress import telling
from entrepot.site.backing_up import back_up
from entrepot.site.commands import HOME
from entrepot.site.configuration import KEY, Configuration, configuration
from entrepot.site.restoring import restore as restore_backup
from entrepot.site.starting import desk
from entrepot.site.stopping import stop_when_asked


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", "may_replace", is_flag=True, help="Replace a FILE that is there.")
@HOME
def backup(file: Path, may_replace: bool, home: Path | None) -> None:
    """Write the whole desk, as it stands at this moment, to FILE, while people work on it.

    The key of the desk is not in FILE. Without it no backup can be restored, and whoever has both
    can read everything: keep a copy of it apart, where only few people reach it.
    """
    found = _found(home)
    with telling(1) as tell:
        manifest = back_up(found, file.absolute(), tell, may_replace=may_replace)
    click.echo(f"The desk of {manifest.made_at} lies in {file}, {manifest.size:,} bytes.")
    click.echo(f"Restoring needs its key too: keep a copy of {found.folder / KEY} apart.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--key-file",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The file secret-key of the desk that made the backup, or a copy of it.",
)
@HOME
def restore(file: Path, key_file: Path, home: Path | None) -> None:
    """Make a desk of the backup in FILE, in an empty data folder and an empty database.

    The backup is read whole and compared with its manifest before anything is written.
    """
    found = _found(home)
    with telling(2) as tell:
        manifest = restore_backup(found, file.absolute(), key_file, tell)
    # Brings the tables to this version, and the rights of its role.
    with desk(home):
        pass
    click.echo(f"The desk of {manifest.made_at} is restored in {found.folder}.")
    click.echo("Prove it with: entrepot audit")


def _found(home: Path | None) -> Configuration:
    if home is not None:
        os.environ["ENTREPOT_HOME"] = str(home.absolute())
    stop_when_asked()
    return configuration()
