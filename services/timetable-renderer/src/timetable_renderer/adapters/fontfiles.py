"""Where fonts are: as set, packaged with the dependencies, where systems put them, or as fontconfig knows."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

import manimgx_fonts
import noto_cjk_sans_jp_bold
import noto_cjk_sans_jp_regular

from timetable_renderer.core.layout.tree import Weight

REGULAR_SETTING: Final = "TIMETABLE_FONT_REGULAR"
BOLD_SETTING: Final = "TIMETABLE_FONT_BOLD"
JAPANESE_PACKAGE: Final = "fonts-noto-cjk"
"""Debian's package of a Japanese font with a real bold and symbols."""
SYMBOLS_PACKAGE: Final = "fonts-symbola"
"""Debian's package of a font of symbols and emoji that are outlines, not bitmaps."""

_WEIGHTS: Final = {Weight.REGULAR: 400, Weight.BOLD: 700}
_SYSTEM: Final = Path("/usr/share/fonts")
_JAPANESE: Final = {
    Weight.REGULAR: (
        "truetype/bizud-gothic/BIZUDPGothic-Regular.ttf",
        "opentype/noto/NotoSansCJK-Regular.ttc",
        "noto-cjk/NotoSansCJK-Regular.ttc",
        "google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc",
        "opentype/ipaexfont-gothic/ipaexg.ttf",
    ),
    Weight.BOLD: (
        "truetype/bizud-gothic/BIZUDPGothic-Bold.ttf",
        "opentype/noto/NotoSansCJK-Bold.ttc",
        "noto-cjk/NotoSansCJK-Bold.ttc",
        "google-noto-sans-cjk-fonts/NotoSansCJK-Bold.ttc",
    ),
}
_SYMBOLS: Final = {
    Weight.REGULAR: ("truetype/dejavu/DejaVuSans.ttf", "truetype/ancient-scripts/Symbola_hint.ttf"),
    Weight.BOLD: ("truetype/dejavu/DejaVuSans-Bold.ttf", "truetype/ancient-scripts/Symbola_hint.ttf"),
}
_EMOJI: Final = "NotoEmoji[wght].ttf"
# First what European names need beyond the Japanese font, then symbols, then every other script that is packaged.
_FIRST_OTHERS: Final = ("NotoSans[wght].ttf", "NotoSansSymbols[wght].ttf", _EMOJI)


class FontMissingError(Exception):
    """No usable font where one has to be; says what to install or to set."""


@dataclass(frozen=True, slots=True)
class FontFile:
    """A font in a file.

    Attributes:
        weight: at which a variable font is to be used, 100 to 900; None: it is not variable.
        is_emoji: does it have what is meant as an emoji?
    """

    path: Path
    weight: int | None = None
    is_emoji: bool = False


def japanese_fonts(weight: Weight, chosen: Path | None = None) -> list[FontFile]:
    """The fonts to set Japanese in, best first: the chosen one, the packaged one, those of the system.

    Raises:
        FontMissingError: there is nothing where the chosen one should be, or no font at all.
    """
    if chosen is not None and not chosen.is_file():
        setting = REGULAR_SETTING if weight is Weight.REGULAR else BOLD_SETTING
        raise FontMissingError(f"{setting}: there is no font file at {chosen}")
    found = [FontFile(path) for path in _japanese_paths(weight, chosen) if path.is_file()]
    if not found:
        found = [FontFile(path) for path in _from_fontconfig(weight)]
    if not found:
        raise FontMissingError(
            f"no Japanese font found; install Debian's {JAPANESE_PACKAGE} or set {REGULAR_SETTING} and {BOLD_SETTING}"
        )
    return found


def _japanese_paths(weight: Weight, chosen: Path | None) -> Iterator[Path]:
    if chosen is not None:
        yield chosen
    package = noto_cjk_sans_jp_regular if weight is Weight.REGULAR else noto_cjk_sans_jp_bold
    yield Path(str(package.FONT_PATH))
    yield from (_SYSTEM / name for name in _JAPANESE[weight])


def _from_fontconfig(weight: Weight) -> Iterator[Path]:
    program = shutil.which("fc-match")
    if program is None:
        return
    command = [program, "--format=%{file}", f"sans-serif:lang=ja:weight={weight.value}"]
    try:
        answer = subprocess.run(command, capture_output=True, timeout=10, check=True, text=True)  # noqa: S603 - fixed
    except (OSError, subprocess.SubprocessError):
        return
    if (path := Path(answer.stdout)).is_file():
        yield path


def packaged_others(weight: Weight) -> list[FontFile]:
    """Symbols, emoji and other scripts that come with the dependencies, in the order in which they are asked."""
    folder = Path(str(files(manimgx_fonts)))
    first = [folder / name for name in _FIRST_OTHERS]
    rest = sorted(path for path in folder.glob("*.ttf") if path not in first and "Italic" not in path.name)
    return [FontFile(path, _WEIGHTS[weight], path.name == _EMOJI) for path in (*first, *rest) if path.is_file()]


def system_symbols(weight: Weight) -> list[FontFile]:
    """Fonts of the system with many symbols."""
    return [FontFile(path) for name in _SYMBOLS[weight] if (path := _SYSTEM / name).is_file()]
