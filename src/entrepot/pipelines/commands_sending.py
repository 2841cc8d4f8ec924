# SPDX-License-Identifier: Apache-2.0
"""`entrepot customs sign`, `verify`, `receipts`, `simulate`: messages on their way and back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import click

from entrepot.customs.messages.faults import SHOWN
from entrepot.customs.messages.files import found
from entrepot.customs.sending.receipts import Answered, Told, read_receipts
from entrepot.customs.sending.refusals import BadSignature, NotToSign, UnfitKey
from entrepot.customs.sending.signing import (
    CANONICAL,
    DIGESTS,
    METHODS,
    Algorithms,
    sign_bytes,
    software_key,
    verify,
)
from entrepot.customs.sending.simulator import ACCOUNT, WILD, Chaos, Simulator
from entrepot.customs.sending.states import Receipt, State, day_of, meaning, state_of
from entrepot.customs.sending.transports.folder import write_whole
from entrepot.customs.sending.transports.port import LARGEST

#: A file is read no further than this: one byte more than a message may have.
_MOST = LARGEST + 1
_PATH = click.Path(path_type=Path)
_SHARE = click.FloatRange(0, 1)


@click.command("sign")
@click.argument("file", type=_PATH)
@click.option("--key", required=True, type=_PATH, help="The key, in PEM or PKCS#12.")
@click.option("--cert", type=_PATH, help="Its certificate in PEM, where its file holds none.")
@click.option(
    "--password", envvar="ENTREPOT_KEY_PASSWORD", default="",
    help="Of the key; better in ENTREPOT_KEY_PASSWORD, where nobody else sees it.",
)  # fmt: skip
@click.option("--out", required=True, type=_PATH, help="The file to write.")
@click.option("--method", type=click.Choice(list(METHODS)), default="rsa-sha256", show_default=True)
@click.option("--digest", type=click.Choice(list(DIGESTS)), default="sha256", show_default=True)
@click.option("--canonical", type=click.Choice(list(CANONICAL)), default="c14n", show_default=True)
def sign(
    file: Path, key: Path, cert: Path | None, password: str, out: Path,
    method: str, digest: str, canonical: str,
) -> None:  # fmt: skip
    """Sign a message with a key of the firm.

    Which algorithms customs takes was not verified: ask for them before messages are sent.
    """
    algorithms = Algorithms(method, digest, canonical)
    signer = software_key(
        _bytes(key, UnfitKey), password, _bytes(cert, UnfitKey) if cert else b"", algorithms
    )
    signed = sign_bytes(_bytes(file, NotToSign), signer)
    try:
        write_whole(out.absolute().parent, out.name, signed)
    except OSError as error:
        raise NotToSign(
            f"Cannot write {out}.", f"{error.strerror}.", "Name another file."
        ) from error
    done = verify(signed, allow_unsafe=True)
    by = f" by {done.subject}" if done.subject else ""
    click.echo(f"{done.message} signed{by} with {done.algorithm}: {out}")


@click.command("verify")
@click.argument("file", type=_PATH)
@click.option("--cert", type=_PATH, help="The certificate in PEM that must have signed.")
@click.option("--allow-sha1", is_flag=True, help="Take SHA-1, which is broken.")
def verify_(file: Path, cert: Path | None, allow_sha1: bool) -> None:
    """Say whether a message is as it was when it was signed, and by whom."""
    certificate = _bytes(cert, UnfitKey) if cert else b""
    done = verify(_bytes(file, BadSignature), certificate, allow_unsafe=allow_sha1)
    click.echo(f"{done.message}: nothing was changed since it was signed with {done.algorithm}.")
    if done.is_trusted:
        click.echo(f"Signed by {done.subject}, as the given certificate says.")
    else:
        who = done.subject or "a key without a certificate"
        click.echo(f"It names {who}; nobody vouches for that. Compare with --cert.")


@click.command("receipts")
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=_PATH)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object for each document.")
def receipts(paths: tuple[Path, ...], as_json: bool) -> None:
    """Read receipts, and say for each document what customs said and where it stands.

    The order of the files means nothing, and a receipt that comes twice counts once.
    """
    read = [(path, read_receipts(_bytes(path, NotToSign))) for path in found(paths)]
    by_document: dict[tuple[str, str], dict[bytes, Told]] = {}
    for _, answered in read:
        for told in answered.receipts:
            about = told.guid if not told.about else told.about
            by_document.setdefault((told.answers or told.answer, about), {})[told.content] = told
    for (message, about), told_of in sorted(by_document.items()):
        ordered = sorted(told_of.values(), key=lambda told: (told.at, told.content))
        state = state_of(Receipt(each.answer, each.status, each.at) for each in ordered)
        if as_json:
            facts = _facts(message, about, ordered, state)
            click.echo(json.dumps(facts, ensure_ascii=False))
        else:
            _show(message, about, ordered, state)
    unread = [(path, answered) for path, answered in read if answered.fault_count]
    for path, answered in unread:
        _complain(path, answered)
    count = sum(len(told_of) for told_of in by_document.values())
    if not as_json:
        click.echo(
            f"Files: {len(read):,}; receipts: {count:,}; documents: {len(by_document):,}; "
            f"files with faults: {len(unread):,}."
        )
    if unread:
        raise click.exceptions.Exit(1)


def _show(message: str, about: str, receipts: Sequence[Told], state: State) -> None:
    click.echo(f"{message} {receipts[0].own_no or about}: {_words(receipts, state)}")
    for each in receipts:
        said = meaning(each.answer, each.status, day_of(each.at))
        known = f"{said.en} ({said.zh})" if said.en else "a state that no table names"
        odd = "" if said.is_expected or not said.en else "; this answer should not report it"
        click.echo(f"  {_moment(each.at)}  {each.status:>4}  {known}{odd}")
        if each.info:
            click.echo(f"        {' '.join(each.info.split())[:200]}")


def _words(receipts: Sequence[Told], state: State) -> str:
    said = state.outcome.replace("_", " ")
    more = ", and nothing more is to come" if state.ends else ""
    if state.is_contradicted:
        more += "; customs says both that it is rejected and that it passed: ask"
    return said + more


def _facts(message: str, about: str, receipts: Sequence[Told], state: State) -> dict[str, object]:
    return {
        "message": message, "about": about, "own_no": receipts[0].own_no,
        **{each.name: getattr(state, each.name) for each in fields(state)},
        "receipts": [dict(each.values) for each in receipts],
    }  # fmt: skip


def _moment(at: str) -> str:
    if len(at) < 14 or not at.isdigit():
        return at or "no time"
    return f"{at[:4]}-{at[4:6]}-{at[6:8]} {at[8:10]}:{at[10:12]}:{at[12:14]}"


def _complain(path: Path, answered: Answered) -> None:
    counted = f"{answered.fault_count:,} fault" + ("" if answered.fault_count == 1 else "s")
    click.echo(f"{path}: {counted}", err=True)
    for fault in answered.faults[:SHOWN]:
        click.echo(f"  {fault}", err=True)


@click.command("simulate")
@click.argument("folder", type=_PATH)
@click.option("--chaos", "seed", type=int, help="Let everything go wrong, by this seed.")
@click.option("--late", type=_SHARE, help="Share of receipts that come late.")
@click.option("--twice", type=_SHARE, help="Share of receipts that come twice.")
@click.option("--shuffled", type=_SHARE, help="Share of receipts out of order.")
@click.option("--rejected", type=_SHARE, help="Share of documents that are rejected.")
@click.option("--errors", type=_SHARE, help="Share of documents that end in an error.")
@click.option("--lost", type=_SHARE, help="Share of messages that get lost the first time.")
@click.option("--junk", type=_SHARE, help="How often files come that are no receipts.")
@click.option("--other-encoding", type=_SHARE, help="Share of answers in GB18030.")
@click.option("--pace", type=click.FloatRange(0.001, 60), default=0.05, show_default=True)
@click.option(
    "--idle", type=click.FloatRange(0.1, 86_400), default=3.0, show_default=True, metavar="SECONDS",
    help="Stop after nothing came and nothing was due for so long.",
)  # fmt: skip
def simulate(folder: Path, seed: int | None, pace: float, idle: float, **shares: float) -> None:
    """Play customs over a folder: take messages from out, put receipts into in.

    It stops by itself, and writes down what it received and said in simulated.json. Its receipts
    are made up, and so are its words.
    """
    chaos = Chaos() if seed is None else replace(WILD, seed=seed)
    given: dict[str, Any] = {name: share for name, share in shares.items() if share is not None}
    done = Simulator(folder, replace(chaos, **given)).run(pace=pace, idle=idle)
    click.echo(
        f"{done.files:,} files taken, {done.lost:,} of them lost, {done.unread:,} not readable; "
        f"{len(done.received):,} documents."
    )
    click.echo(
        f"{done.receipts:,} receipts in {done.answers:,} answers, {done.junk:,} files of junk. "
        f"See {folder / ACCOUNT}"
    )


def _bytes(path: Path, kind: type[UnfitKey] | type[BadSignature] | type[NotToSign]) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST)
    except OSError as error:
        raise kind(f"Cannot read {path}.", f"{error.strerror}.", "Name a file that is.") from error


def commands() -> Iterator[click.Command]:
    """The commands, to be put below `entrepot customs`."""
    yield from (sign, verify_, receipts, simulate)
