# SPDX-License-Identifier: Apache-2.0
"""The commands `backup` and `restore`."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

import click

from entrepot.pipelines.progress import telling
from entrepot.site.backing_up import back_up
from entrepot.site.commands import HOME
from entrepot.site.configuration import Configuration, configuration
from entrepot.site.restoring import restore as restore_backup
from entrepot.site.starting import desk
from entrepot.site.stopping import stop_when_asked

FILE = click.Path(path_type=Path, dir_okay=False)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")


@click.command()
@click.argument("file", type=FILE)
@click.option("--key", type=FILE, help="Also write the key of the desk to this file.")
@AS_JSON
@HOME
def backup(file: Path, key: Path | None, as_json: bool, home: Path | None) -> None:
    """Write the whole desk, as it stands at this moment, to FILE, while people work on it.

    The key of the desk is not in FILE. Without it no backup can be restored, and whoever has both
    can read everything: keep a copy of it apart, where only few people reach it.
    """
    found = _found(home)
    if found.is_embedded and found.has_secret_key:
        found.embedded.start()
    try:
        with telling(1) as tell:
            manifest = back_up(found, file.absolute(), key, tell)
    finally:
        if found.is_embedded and found.has_secret_key:
            found.embedded.stop()
    if as_json:
        click.echo(json.dumps({"file": str(file), **asdict(manifest)}, indent=2))
        return
    click.echo(f"The desk of {manifest.made_at} lies in {file}, {_size(file)}.")
    where = key or found.folder / "secret-key"
    click.echo(f"Its key lies in {where}; keep a copy of that apart: restoring needs both.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--key",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The file secret-key of the desk that made the backup, or a copy of it.",
)
@AS_JSON
@HOME
def restore(file: Path, key: Path, as_json: bool, home: Path | None) -> None:
    """Make a desk of the backup in FILE, in an empty data folder and an empty database.

    The backup is read whole and compared with its manifest before anything is written.
    """
    found = _found(home)
    with telling(2) as tell:
        manifest = restore_backup(found, file.absolute(), key, tell)
    # Brings the tables to this version, and the rights of its role.
    with desk(home):
        pass
    if as_json:
        click.echo(json.dumps({"home": str(found.folder), **asdict(manifest)}, indent=2))
        return
    click.echo(f"The desk of {manifest.made_at} is restored in {found.folder}.")
    click.echo("Prove it with: entrepot audit")


def _found(home: Path | None) -> Configuration:
    if home is not None:
        os.environ["ENTREPOT_HOME"] = str(home.absolute())
    stop_when_asked()
    return configuration()


def _size(path: Path) -> str:
    return f"{max(path.stat().st_size / 1_000_000, 0.1):,.1f} MB"
