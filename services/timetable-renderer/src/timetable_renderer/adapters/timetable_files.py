"""A festival from one file: a timetable of any format, or settings that name such files."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from timetable_renderer.adapters.config_folder import read_configs
from timetable_renderer.core.assemble import Assembled, assemble
from timetable_renderer.core.bare import FIRST_DAY, config_of, numbered_days
from timetable_renderer.core.config import FestivalConfig, SourceConfig
from timetable_renderer.core.config_files import is_config
from timetable_renderer.core.parsed import Fault, Parsed, SourceRefusedError
from timetable_renderer.core.sources import MOST_BYTES, parse


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What a file says.

    Attributes:
        made: the festival, and what was passed over.
        slots: in its sources, those that were passed over included.
        formats: of its sources, in order.
        undated: does it number its days without saying their dates, so that some had to be taken?
    """

    made: Assembled
    slots: int
    formats: tuple[str, ...]
    undated: bool = False


def read_festival(path: Path, *, first_day: date | None = None) -> ReadFile:
    """Read a timetable or a festival's settings; `first_day` is the date of day 1, where there are but numbers.

    Raises:
        SourceRefusedError: it cannot be read; names the file, the place in it, and the reason.
    """
    body = _bytes(path)
    if _has_settings(path, body):
        (config,) = read_configs(path)
        return _of_config(config)
    parsed = parse(body, place=str(path))
    config = config_of(parsed, str(path), first_day=first_day or FIRST_DAY)
    return _made(config, [(config.sources[0], parsed)], undated=_undated(parsed, first_day))


def festival_settings(path: Path, *, first_day: date | None = None) -> tuple[FestivalConfig, bool]:
    """Settings to be kept: those of the file, or such as fit a timetable that comes without; files by absolute paths.

    Tells also whether dates had to be taken, as `ReadFile.undated`.

    Raises:
        SourceRefusedError: the file cannot be read.
    """
    body = _bytes(path)
    if _has_settings(path, body):
        (config,) = read_configs(path)
        return config, False
    parsed = parse(body, place=str(path))
    config = config_of(parsed, str(path.resolve()), first_day=first_day or FIRST_DAY)
    return config, _undated(parsed, first_day)


def _has_settings(path: Path, body: bytes) -> bool:
    return path.suffix.lower() == ".toml" or is_config(body)


def _undated(parsed: Parsed, first_day: date | None) -> bool:
    return first_day is None and numbered_days(parsed) > 0


def _of_config(config: FestivalConfig) -> ReadFile:
    sources: list[tuple[SourceConfig, Parsed]] = []
    for source in config.sources:
        if source.file is None:
            raise SourceRefusedError(Fault(source.url or "", "is on the web; only the server fetches from there"))
        sources.append((source, parse(_bytes(Path(source.file)), source.format, place=source.file)))
    return _made(config, sources)


def _made(config: FestivalConfig, sources: list[tuple[SourceConfig, Parsed]], *, undated: bool = False) -> ReadFile:
    formats = tuple(parsed.format for _, parsed in sources)
    slots = sum(len(parsed.slots) for _, parsed in sources)
    return ReadFile(assemble(config, sources), slots, formats, undated)


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise SourceRefusedError(Fault(str(path), f"cannot be read: {error.strerror}")) from error
