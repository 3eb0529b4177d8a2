"""What an instance needs beside its user data: this code, what it is made of, and the job's own folder."""

import gzip
import hashlib
import importlib
import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

DISTRIBUTIONS: Final = ("genba-contracts", "genba-client", "genba-servicekit", "spot-price")
"""Ours: they are not fetched from anywhere, so that the instance runs just what the launcher does."""
MOST_BYTES: Final = 100 << 20
"""Of a job's folder: data belong into the store, not beside the code."""
_SKIPPED: Final = frozenset({"__pycache__", "node_modules"})


@dataclass(frozen=True, slots=True)
class Bundle:
    """A packed folder.

    Attributes:
        key: what it is kept under, by its hash.
        data: a .tar.gz with `site/`, `requirements.txt`, `constraints.txt` and `work/`.
    """

    key: str
    data: bytes


def bundle(code: Path | None) -> Bundle:
    """Pack it. The same files give the same bytes.

    Args:
        code: the job's folder; files and folders whose names begin with a dot stay behind.

    Raises:
        ValueError: the folder is not there, or too large.
    """
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, data in _files(code):
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o755 if data[:2] == b"#!" else 0o644
            tar.addfile(info, io.BytesIO(data))
    made = gzip.compress(packed.getvalue(), mtime=0)
    return Bundle(f"code/{hashlib.sha256(made).hexdigest()}.tar.gz", made)


def _files(code: Path | None) -> Iterator[tuple[str, bytes]]:
    for name in DISTRIBUTIONS:
        package = name.replace("-", "_")
        folder = Path(next(iter(importlib.import_module(package).__path__)))
        yield from _folder(folder, f"site/{package}")
    yield "requirements.txt", _lines(_required())
    yield "constraints.txt", _lines(f"{each.metadata['Name']}=={each.version}" for each in metadata.distributions())
    if code is not None:
        if not code.is_dir():
            raise ValueError(f"{code}: there is no such folder")
        yield from _folder(code, "work")


def _required() -> Iterator[str]:
    for name in DISTRIBUTIONS:
        for needed in metadata.requires(name) or ():
            if not needed.startswith(DISTRIBUTIONS) and "extra ==" not in needed:
                yield needed


def _folder(folder: Path, under: str) -> Iterator[tuple[str, bytes]]:
    total = 0
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(part.startswith(".") or part in _SKIPPED for part in parts):
            total += path.stat().st_size
            if total > MOST_BYTES:
                raise ValueError(f"{folder}: it has more than {MOST_BYTES >> 20} MiB; data belong into the store")
            yield "/".join((under, *parts)), path.read_bytes()


def _lines(lines: Iterator[str]) -> bytes:
    ours = tuple(f"{name}==" for name in DISTRIBUTIONS)
    return "".join(f"{line}\n" for line in sorted(set(lines)) if not line.startswith(ours)).encode()
