"""Fonts are found, asked in order, and measure what they set."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import noto_cjk_sans_jp_regular
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genba_servicekit.testing import test_data
from timetable_renderer.adapters.fontfiles import FontMissingError, japanese_fonts
from timetable_renderer.adapters.fonts import MUST_HAVE, REPLACEMENT, Fonts
from timetable_renderer.core.layout.tree import Weight

PACKAGED = Path(str(noto_cjk_sans_jp_regular.FONT_PATH))
SHARED_FONTS = Fonts()


@pytest.fixture(scope="module")
def fonts() -> Fonts:
    return SHARED_FONTS


def characters(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from key
            yield from characters(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from characters(inner)
    elif isinstance(value, str):
        yield from value


def drawn_as(fonts: Fonts, text: str, weight: Weight = Weight.REGULAR) -> list[tuple[str, str]]:
    return [(glyph.face.file.path.name, glyph.text) for glyph in fonts.line(text, weight).glyphs if glyph.text]


def test_all_that_timetables_are_full_of_is_there(fonts: Fonts) -> None:
    assert fonts.check() == []
    assert all(fonts.covers(character, weight) for character in MUST_HAVE for weight in Weight)


def test_the_packaged_font_is_the_first_and_the_same_on_every_machine(fonts: Fonts) -> None:
    assert fonts.main_face(Weight.REGULAR).file.path == PACKAGED
    assert "Bold" in fonts.main_face(Weight.BOLD).file.path.name


def test_a_font_that_is_set_goes_before_all_others() -> None:
    assert japanese_fonts(Weight.BOLD, PACKAGED)[0].path == PACKAGED
    assert Fonts(bold=PACKAGED).main_face(Weight.BOLD).file.path == PACKAGED


def test_a_font_that_is_set_and_not_there_is_named_with_its_setting(tmp_path: Path) -> None:
    with pytest.raises(FontMissingError, match=r"TIMETABLE_FONT_BOLD.*nothing\.otf"):
        Fonts(bold=tmp_path / "nothing.otf")


def test_a_file_that_is_no_font_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "text.otf").write_bytes(b"This is no font.")
    with pytest.raises(FontMissingError, match=r"text\.otf"):
        Fonts(regular=tmp_path / "text.otf")


def test_every_character_of_the_real_timetables_is_drawn(fonts: Fonts) -> None:
    folder = test_data("timetables")
    names = ("tif2017-time.json", "tif2017-greeting.json")
    seen = {each for name in names for each in characters(json.loads((folder / name).read_text("utf-8")))}
    assert len(seen) > 500
    for character in seen - {"\ufe0e", "\n", "\r", "\t"}:
        for weight in Weight:
            assert fonts.covers(character, weight), f"U+{ord(character):04X}"
            glyphs = fonts.line(character, weight).glyphs
            assert all(glyph.number != 0 for glyph in glyphs)


def test_what_no_font_has_is_drawn_as_the_geta_mark_and_never_as_an_empty_box(fonts: Fonts) -> None:
    assert [text for _, text in drawn_as(fonts, "A\U000f1234B")] == ["A", REPLACEMENT, "B"]


def test_a_mark_that_no_font_joins_to_its_letter_is_left_out(fonts: Fonts) -> None:
    assert [text for _, text in drawn_as(fonts, "漢\u1dfe字")] == ["漢", "字"]


def test_a_heart_as_text_is_solid_and_as_an_emoji_comes_from_the_emoji_font(fonts: Fonts) -> None:
    assert drawn_as(fonts, "❤\ufe0e") == [(PACKAGED.name, "♥")]
    assert drawn_as(fonts, "❤") == [(PACKAGED.name, "♥")]
    assert drawn_as(fonts, "❤\ufe0f") == [("NotoEmoji[wght].ttf", "❤\ufe0f")]
    assert len(fonts.line("❤\ufe0f", Weight.REGULAR).glyphs) == 1


@pytest.mark.parametrize("text", ["👩\u200d👩\u200d👧", "🇯🇵", "👍🏽", "1\ufe0f\u20e3", "🔥"])
def test_an_emoji_of_several_characters_is_one_shape(fonts: Fonts, text: str) -> None:
    assert drawn_as(fonts, text) == [("NotoEmoji[wght].ttf", text)]
    assert 1 < fonts.width(text, 1, Weight.REGULAR) < 1.6


@pytest.mark.parametrize("text", ["สวัสดี", "مرحبا", "שלום", "नमस्ते", "한국어", "Ångström", "Привет", "Ελλάδα", "①ℓ∀♪"])
def test_other_scripts_are_set_too(fonts: Fonts, text: str) -> None:
    glyphs = fonts.line(text, Weight.BOLD).glyphs
    assert glyphs
    assert all(glyph.number != 0 and glyph.text != REPLACEMENT for glyph in glyphs)


def test_kana_are_set_with_their_own_widths(fonts: Fonts) -> None:
    assert fonts.width("ときめき♡宣伝部", 1000, Weight.BOLD) < 7_800
    assert fonts.width("「ト」", 100, Weight.REGULAR) < 230


def test_heights_hold_the_letters_and_little_more(fonts: Fonts) -> None:
    for weight in Weight:
        assert 88 <= fonts.ascent(100, weight) <= 96
        assert 20 <= fonts.descent(100, weight) <= 28


@settings(deadline=None)
@given(st.text(max_size=20), st.sampled_from(Weight))
def test_whatever_is_set_is_as_wide_as_it_was_measured(text: str, weight: Weight) -> None:
    line = SHARED_FONTS.line(text, weight)
    assert line.width * 40 == pytest.approx(SHARED_FONTS.width(text, 40, weight))
    assert all(glyph.number != 0 for glyph in line.glyphs)


def test_a_character_that_no_font_has_is_named_with_the_package_to_install(fonts: Fonts) -> None:
    lacking = Fonts()
    lacking._chains = {weight: [lacking.main_face(weight)] for weight in Weight}
    assert lacking.check() == []
    bare = [face for face in fonts._chains[Weight.REGULAR] if face.file.is_emoji]
    lacking._chains = dict.fromkeys(Weight, bare)
    said = lacking.check()
    assert len(said) == 7
    assert said[0].startswith("no font has あ (U+3042): install Debian's fonts-noto-cjk, or set TIMETABLE_FONT_REGULAR")
    assert "☆ (U+2606): install Debian's fonts-symbola" in said[3]
