# SPDX-License-Identifier: Apache-2.0
"""The `entrepot` command put together."""

import click


@click.group()
def main() -> None:
    """One book of goods and money."""
