"""Importing photos: each is decoded before it is kept; what cannot be is reported, and the rest is kept."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

import anyio.to_thread

from face_classifier.core.archives import Member, members
from face_classifier.core.datasets import LABELS_FILE, SUFFIXES, DataSetError, label_id, read_labels
from face_classifier.core.pictures import SUFFIXES as FORMAT_SUFFIXES
from face_classifier.core.pictures import PictureError, open_picture, write_png
from face_classifier.ports import PhotoStore

REPORTED: Final = 1_000
"""Files that are reported by name; the rest is counted."""


@dataclass(slots=True)
class Imported:
    """What came of it.

    Attributes:
        kept: photos that are new.
        there: photos that were there already, byte for byte.
        passed_over: files that are no pictures by their names, as there are in any folder.
        refused: files that should be pictures and are not, each with the reason.
        refused_count: of them all.
    """

    kept: int = 0
    there: int = 0
    passed_over: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    refused_count: int = 0

    def refuse(self, path: str, reason: str) -> None:
        """Note a file that was not taken."""
        self.refused_count += 1
        if len(self.refused) < REPORTED:
            self.refused.append((path, reason))


async def import_photos(
    store: PhotoStore,
    files: Iterable[Member],
    *,
    label: str | None = None,
    done: Callable[[int], None] = lambda _: None,
) -> Imported:
    """Take photos into a data set: each becomes one of the label that its folder names, or of `label`.

    A photo keeps its name and its bytes; one that a camera turned, or that is a PGM, is kept as PNG, upright. One of
    the same name that looks otherwise gets a number. Importing twice changes nothing. A `labels.json` among the files
    names the labels, unless `label` does.

    Raises:
        DataSetError: a `labels.json` cannot be read.
        ArchiveError: what `files` comes from is not read on; photos before that are kept, and importing again goes on.
    """
    found = Imported()
    before = await store.data_set()
    labels = {each.id: each for each in before.labels}
    taken = {photo.key for photo in before.photos}
    for member in files:
        path = PurePosixPath(member.path)
        if path.name == LABELS_FILE and label is None:
            labels |= {each.id: each for each in read_labels(member.read())[0]}
        elif path.suffix.lower() not in SUFFIXES or any(part.startswith((".", "__MACOSX")) for part in path.parts):
            found.passed_over += 1
        else:
            await _take(store, member, label or path.parent.name, taken, found)
        done(1)
    known = {each.id: each for each in (await store.data_set()).labels}
    await store.put_labels([labels.get(name, each) for name, each in known.items()])
    return found


async def _take(store: PhotoStore, member: Member, label: str, taken: set[str], found: Imported) -> None:
    try:
        folder = label_id(label)
        data, suffix = await anyio.to_thread.run_sync(_prepared, member)
        stem = label_id(PurePosixPath(member.path).stem[:48])
    except (PictureError, DataSetError) as error:
        found.refuse(member.path, str(error))
        return
    number = 1
    while (key := f"{folder}/{stem}{'' if number == 1 else f'-{number}'}{suffix}") in taken:
        if await store.read(key) == data:
            found.there += 1
            return
        number += 1
    await store.put(key, data)
    taken.add(key)
    found.kept += 1


def _prepared(member: Member) -> tuple[bytes, str]:
    """A photo's bytes as they are kept, and the ending of its name."""
    data = member.read()
    picture, kind, turned = open_picture(data)
    if turned or kind == "PPM":
        return write_png(picture), ".png"
    return data, FORMAT_SUFFIXES[kind]


def files_in(source: Path) -> Iterator[Member]:
    """The files of a folder (all levels, in order), of an archive, or one photo. Links are not followed.

    Raises:
        DataSetError: there is nothing there.
        ArchiveError: the archive is not read.
    """
    if source.is_dir():
        for path in sorted(source.rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield Member(path.relative_to(source.parent).as_posix(), path.stat().st_size, path.read_bytes)
    elif source.suffix.lower() in SUFFIXES and source.is_file():
        yield Member(f"{source.absolute().parent.name}/{source.name}", source.stat().st_size, source.read_bytes)
    elif source.is_file():
        with source.open("rb") as file:
            yield from members(file)
    else:
        raise DataSetError(f"{source}: there is no such file or folder")
