"""Files out of a zip or a tar that nobody vouches for, one after the other: nothing is ever written by its name."""

import io
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import IO, Final

from face_classifier.core import pictures

FILES: Final = 200_000
BYTES: Final = 8 << 30
"""Of all files together, as they are when unpacked."""


class ArchiveError(ValueError):
    """The archive is not read on; the message says why."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive; `read` gives its bytes, at most those of the largest picture and one."""

    path: str
    size: int
    read: Callable[[], bytes]


def members(file: io.BufferedIOBase) -> Iterator[Member]:
    """The files of a zip or of a tar (also .gz, .bz2, .xz), in the archive's order; read each before the next is asked.

    Raises:
        ArchiveError: neither of them; broken, also where a file is read; encrypted; a link, a device or a name that
            leads out of it; more than 200,000 files, or more than 8 GiB when unpacked.
    """
    with _broken():
        yield from _zipped(file) if zipfile.is_zipfile(file) else _tarred(file)


@contextmanager
def _broken() -> Iterator[None]:
    try:
        yield
    except ArchiveError:
        raise
    except (
        zipfile.BadZipFile,
        tarfile.TarError,
        zlib.error,
        TypeError,  # of a gzip file that ends within its head
        EOFError,
        OSError,
        ValueError,
        NotImplementedError,
    ) as error:
        raise ArchiveError(f"the archive is broken: {str(error) or type(error).__name__}") from error


def _zipped(file: io.BufferedIOBase) -> Iterator[Member]:
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        _bounded(len(infos), sum(info.file_size for info in infos))
        for info in infos:
            if info.flag_bits & 1:
                raise ArchiveError(f"{info.filename!r:.100} is encrypted")
            if stat.S_ISLNK(info.external_attr >> 16):
                raise ArchiveError(f"{info.filename!r:.100} is a link")
            yield Member(_path(info.filename), info.file_size, partial(_read, partial(archive.open, info)))


def _tarred(file: io.BufferedIOBase) -> Iterator[Member]:
    file.seek(0)
    count = total = 0
    with tarfile.open(fileobj=file, mode="r|*") as archive:  # a stream: sizes are counted as they come
        for info in archive:
            if info.isdir():
                continue
            if not info.isfile():
                raise ArchiveError(f"{info.name!r:.100} is a link or a device")
            count, total = count + 1, total + info.size
            _bounded(count, total)
            part = archive.extractfile(info)
            if part is not None:
                yield Member(_path(info.name), info.size, partial(_read, partial(_same, part)))


def _bounded(files: int, size: int) -> None:
    if files > FILES:
        raise ArchiveError(f"the archive has over {FILES:,} files")
    if size > BYTES:
        raise ArchiveError(f"the archive is over {BYTES >> 30} GiB when unpacked")


def _path(name: str) -> str:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in "".join(path.parts[:1]):
        raise ArchiveError(f"{name!r:.100} leads out of the archive")
    return path.as_posix()


def _same(part: IO[bytes]) -> IO[bytes]:
    return part


def _read(opened: Callable[[], IO[bytes]]) -> bytes:
    with _broken(), opened() as part:
        # One byte more than is read of a picture: what says it is small and is not shows here.
        return part.read(pictures.BYTES + 1)
