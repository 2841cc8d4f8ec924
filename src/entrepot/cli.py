# SPDX-License-Identifier: Apache-2.0
"""The `entrepot` command put together."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from entrepot.errors import EntrepotError

#: Every command: where it is and what it does. A command is imported when it is asked for, since
#: the engines take longer to load than any help text may take.
COMMANDS = {
    "audit": (
        "entrepot.site.commands:audit",
        "Prove that no posted document was changed and none is missing.",
    ),
    "bank": (
        "entrepot.bank.commands:bank",
        "Read bank statements, and match payouts to what arrived.",
    ),
    "backup": ("entrepot.site.commands_backup:backup", "Write a whole desk into one file."),
    "demo": ("entrepot.site.commands:demo", "Set up a desk to try out, and serve it."),
    "enterprise": ("entrepot.site.commands:enterprise", "Open the enterprises of a desk."),
    "restore": ("entrepot.site.commands_backup:restore", "Make a desk of a backup."),
    "serve": ("entrepot.site.commands:serve", "Run the desk: pages, API and jobs."),
    "staff": ("entrepot.site.commands:staff", "Add a person who looks after a desk."),
    "worker": ("entrepot.site.commands:worker", "Do the jobs of a desk, and seal its books."),
    "check": ("entrepot.pipelines.commands_check:check", "Say every fault of a season at once."),
    "close": (
        "entrepot.pipelines.commands_close:close",
        "Close a season: trace, stock, refunds, book and exceptions.",
    ),
    "consolidate": (
        "entrepot.consolidating.planning.commands:consolidate",
        "Plan pieces of several owners into containers, with a picture to load by.",
    ),
    "customs": (
        "entrepot.pipelines.commands_customs:customs",
        "Messages for customs, ways to declare, and the monthly merge.",
    ),
    "export-season": (
        "entrepot.site.commands:export_season",
        "Write the live book of a desk as a season to close.",
    ),
    "load-season": (
        "entrepot.site.commands:load_season",
        "Make a season the live book of an enterprise.",
    ),
    "import": ("entrepot.warehouse.importing.commands:import_", "Bring in what others export."),
    "cash": (
        "entrepot.pipelines.commands_cash:cash",
        "Show how much cash goods tie up, and for how long.",
    ),
    "margin": (
        "entrepot.pipelines.commands_margin:margin",
        "Show what was earned, by channel, article, country or month.",
    ),
    "collection": (
        "entrepot.pipelines.commands_collection:collection",
        "Show what foreign exchange came of each declaration by its day.",
    ),
    "netting": (
        "entrepot.pipelines.commands_netting:netting",
        "Show what was netted, what came home of a declaration, and prove a receipt.",
    ),
    "origin": (
        "entrepot.origin.commands:origin",
        "Judge whether products originate under RCEP, and say why.",
    ),
    "papers": (
        "entrepot.paperwork.commands:papers",
        "Make documents for customs and trade: PDF, and their data.",
    ),
    "rates": (
        "entrepot.exchange.commands:rates",
        "Look exchange rates up, write them into a season, and check tables of them.",
    ),
    "seals": (
        "entrepot.pipelines.commands_seals:seals",
        "List what is sealed, and prove that it was not changed.",
    ),
    "settlement": (
        "entrepot.settlement.commands:settlement",
        "Read what marketplaces and payment providers paid out.",
    ),
    "report": (
        "entrepot.pipelines.commands_report:report",
        "Render the report of a close again, in another language.",
    ),
    "returns": (
        "entrepot.pipelines.commands_returns:returns",
        "Say until when exported goods may return, and prove which units came home.",
    ),
    "sample": ("entrepot.pipelines.sample.commands:sample", "Make a believable season."),
    "trace": (
        "entrepot.pipelines.commands_trace:trace",
        "Walk from an order, declaration or invoice through a close.",
    ),
    "vat": (
        "entrepot.pipelines.commands_vat:vat",
        "Make out VAT returns of the countries that goods are sold to.",
    ),
}


class _Commands(click.Group):
    """Commands that are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in sorted(COMMANDS)])


@click.group(cls=_Commands)
@click.version_option(package_name="entrepot")
def entrepot() -> None:
    """One book of goods and money for firms that sell abroad through overseas warehouses.

    Begin with: entrepot close examples/season --out out/example
    """


def main() -> None:
    """Run the command; a refusal is shown as its three lines, without a traceback."""
    try:
        entrepot()
    except EntrepotError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)
