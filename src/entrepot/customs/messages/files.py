# SPDX-License-Identifier: Apache-2.0
"""Messages as files: find them, read one, and write a folder of samples whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from entrepot.customs.messages import envelope, forms, sampling
from entrepot.customs.messages.building import build
from entrepot.customs.messages.decoding import LARGEST
from entrepot.customs.messages.editions import edition
from entrepot.customs.messages.faults import BadSampleRequest, Fault, FolderTaken, NoMessages
from entrepot.customs.messages.reading import Reading, read

#: Documents of a sample at most.
MOST = 10_000_000
#: Who the envelope of a sample is for, as it is seen in public examples.
_RECEIVER = "DXPEDCCEB0000003"


def found(paths: Sequence[Path]) -> list[Path]:
    """The files that paths name: files as they are, and every .xml within folders, in order.

    Raises:
        NoMessages: a path that is not there, or folders without a single file.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            inner = path.rglob("*")
            files += sorted(e for e in inner if e.suffix.lower() == ".xml" and e.is_file())
        elif path.is_file():
            files.append(path)
        else:
            raise NoMessages(
                f"Cannot read {path}.", "It is not there.", "Name a file or a folder that is."
            )
    if not files:
        raise NoMessages(
            "Cannot find any message.",
            "There is no .xml file in " + ", ".join(str(path) for path in paths) + ".",
            "Name a file, or a folder that holds some.",
        )
    return files


def read_file(path: Path, only: str | None = None, *, keep: bool = True) -> Reading:
    """Read a file, never more of it than a message may have; what is wrong is a fault of it."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        fault = Fault(
            "message.unreadable",
            "/",
            f"{error.strerror or 'It cannot be opened'}.",
            "a file that can be read",
            "Look at its rights.",
        )
        return Reading(faults=[fault], fault_count=1)
    return read(data, only, keep=keep)


def write_samples(
    out: Path,
    message: str,
    count: int,
    *,
    edition_name: str,
    seed: int = 1,
    in_envelopes: bool = False,
) -> tuple[int, int]:
    """Write made-up messages with `count` documents between them into the folder `out`.

    Args:
        out: a folder that is not there, or is empty. It appears whole.

    Returns:
        files and bytes written.

    Raises:
        BadSampleRequest: a count out of bounds.
        FolderTaken: `out` holds something.
        UnknownMessage, UnknownEdition: there is none of that name.
    """
    chosen = edition(edition_name)
    kind = chosen.kind(message)
    if not 1 <= count <= MOST:
        raise BadSampleRequest(
            f"Cannot make {count:,} documents.",
            f"A sample has 1 to {MOST:,}.",
            "Ask for as many.",
        )
    written = size = 0
    with _workshop(out) as folder:
        for made, when in sampling.messages(chosen, kind, count, seed):
            data = build(made)
            if in_envelopes:
                data = envelope.wrap(
                    data,
                    kind=kind.name,
                    cop_msg_id=made.guid,
                    sender=str(sampling.transfer()["dxpId"]),
                    receivers=[_RECEIVER],
                    created=when,
                    file_name=envelope.file_name(kind.name, made.guid),
                )
            (folder / envelope.file_name(kind.name, made.guid)).write_bytes(data)
            written, size = written + 1, size + len(data)
    return written, size


@contextmanager
def _workshop(out: Path) -> Iterator[Path]:
    """A folder beside `out` to work in, which becomes `out` in the end, or goes away."""
    try:
        if out.exists() and not (out.is_dir() and not any(out.iterdir())):
            raise FolderTaken(
                f"Cannot write samples into {out}.",
                "It holds something." if out.is_dir() else "It is a file.",
                "Name a folder that is not there yet.",
            )
        out.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as error:
        raise BadSampleRequest(
            f"Cannot write {out}.", f"{error.strerror}.", "Choose another folder."
        ) from error
    try:
        yield made
        made.chmod(0o777 & ~_umask())
        made.replace(out)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _umask() -> int:
    now = os.umask(0)
    os.umask(now)
    return now


def as_facts(reading: Reading) -> dict[str, object]:
    """A reading for programs: every value as a text, in a fixed order."""
    values = reading.values
    return {
        "message": reading.message,
        "edition": reading.edition,
        "fits": list(reading.fits),
        "encoding": reading.encoding,
        "guid": values.get("@guid", ""),
        "version": values.get("@version", ""),
        "count": reading.count,
        "documents": [_texts(each) for each in reading.documents],
        "transfer": _texts(values.get("BaseTransfer")),
        "subscribes": [_texts(each) for each in values.get("BaseSubscribe", ())],
        "signature": reading.signature,
        "extension": reading.extension,
        "envelope": _texts(reading.envelope),
        **faults_as_facts(reading),
    }


def faults_as_facts(reading: Reading) -> dict[str, object]:
    """What is wrong with a message, for programs."""
    return {
        "unknown": reading.unknown,
        "fault_count": reading.fault_count,
        "faults": [fault.as_facts() for fault in reading.faults],
        "remark_count": reading.remark_count,
        "remarks": [remark.as_facts() for remark in reading.remarks],
    }


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _texts(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_texts(inner) for inner in value]
    return value if value is None or isinstance(value, str) else forms.as_text(value)
