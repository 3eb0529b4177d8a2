"""Festivals that are set up by files where the service runs."""

from pathlib import Path
from typing import Final

from timetable_renderer.core.config import FestivalConfig, SourceConfig
from timetable_renderer.core.config_files import MOST_BYTES, read_config
from timetable_renderer.core.parsed import Fault, SourceRefusedError

MOST_FILES: Final = 1_000
_SUFFIXES: Final = {".toml", ".json"}


def read_configs(place: Path, *, most: int = MOST_FILES) -> list[FestivalConfig]:
    """The festivals of a file, or of every TOML and JSON file in a folder, by the files' names.

    Files of sources are looked up beside the file that names them, and are absolute in what this gives.

    Args:
        place: the file or the folder.
        most: how many files are taken.

    Raises:
        SourceRefusedError: a file cannot be read, or says what cannot be; with its name, the place in it, the reason.
            Or there are too many.
    """
    try:
        if place.is_dir():
            files = sorted(file for file in place.iterdir() if file.suffix.lower() in _SUFFIXES)
        else:
            files = [place]
        if len(files) > most:
            reason = f"holds {len(files):,} festivals, and TIMETABLE_FESTIVAL_LIMIT is {most:,}: raise it"
            raise SourceRefusedError(Fault(str(place), reason))
        configs = {file: _read(file) for file in files}
    except OSError as error:
        where = str(error.filename or place)
        raise SourceRefusedError(Fault(where, f"cannot be read: {error.strerror}")) from error
    first: dict[str, Path] = {}
    for file, config in configs.items():
        other = first.setdefault(config.id, file)
        if other is not file:
            raise SourceRefusedError(Fault(str(file), f"sets up “{config.id}”, which {other.name} sets up already"))
    return list(configs.values())


def _read(file: Path) -> FestivalConfig:
    with file.open("rb") as opened:
        config = read_config(opened.read(MOST_BYTES + 1), name=str(file))
    sources = tuple(_beside(source, file.resolve().parent) for source in config.sources)
    return config.model_copy(update={"sources": sources})


def _beside(source: SourceConfig, folder: Path) -> SourceConfig:
    return source if source.file is None else source.model_copy(update={"file": str((folder / source.file).resolve())})
