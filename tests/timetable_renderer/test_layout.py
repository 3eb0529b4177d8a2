"""Where everything on a picture stands: nothing overlaps, nothing is outside, every pick is there once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from math import ceil
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from timetable_making import COLOURS, FakeTypesetter, at, festival, festivals, slot, stages
from timetable_renderer.core.colours import AA, contrast, text
from timetable_renderer.core.festival import Festival, Slot, Stage
from timetable_renderer.core.layout import lay_out
from timetable_renderer.core.layout.tree import Box, Group, Picture, Qr, Rounded, Text, Weight
from timetable_renderer.core.layout.words import numeral
from timetable_renderer.core.options import (
    LayoutName,
    NoSuchDayError,
    PictureDoesNotFitError,
    PictureOptions,
    ThemeName,
)
from timetable_renderer.core.palette import PALETTE
from timetable_renderer.core.plan import MOST_PICKS, make_plan

AGENDA, DAY, GRID, STORY = LayoutName.AGENDA, LayoutName.DAY, LayoutName.GRID, LayoutName.STORY
LAYOUTS = pytest.mark.parametrize("layout", list(LayoutName))


PLAIN = PictureOptions()


def picture_of(made: Festival, options: PictureOptions = PLAIN, picks: Sequence[Slot] | None = None) -> Picture:
    chosen = made.slots if picks is None else picks
    return lay_out(make_plan(made, [each.id for each in chosen]), options, FakeTypesetter())


def texts_of(picture: Picture) -> list[str]:
    return [leaf.text for leaf in picture.root.leaves() if isinstance(leaf, Text)]


def check(picture: Picture, picks: Sequence[Slot], scale: float = 1.0) -> None:
    """Everything that has to hold of any picture."""
    assert picture.root.box == Box(0, 0, picture.width, picture.height)
    inside(picture.root)
    assert sorted(group.slot or "" for group in picture.root.groups("card")) == sorted(each.id for each in picks)
    apart(
        [
            group.box
            for role in ("card", "slot", "gap", "legend", "footer", "bar")
            for group in picture.root.groups(role)
        ]
    )
    apart([group.box for role in ("time", "gap", "bar") for group in picture.root.groups(role)])
    apart([leaf.box for leaf in picture.root.leaves() if isinstance(leaf, Text | Qr)])
    for group in picture.root.groups("card"):
        chips = [chip.box for chip in group.groups("chip")]
        assert all(chip.slot == group.slot for chip in group.groups("chip"))
        apart([*chips, *(child.box for child in group.children if isinstance(child, Text))])
    readable(picture)
    stages_in_words(picture)
    least = ceil(20 * scale)
    assert all(leaf.size >= least for leaf in picture.root.leaves() if isinstance(leaf, Text))


def stages_in_words(picture: Picture) -> None:
    """Where a numeral stands for a stage, the legend says for which."""
    said = {leaf.text for card in picture.root.groups("card") for leaf in card.leaves() if isinstance(leaf, Text)}
    numbered = said & {numeral(number) for number in range(1, 60)}
    explained = {
        leaf.text.split(" ")[0]
        for stage in picture.root.groups("stage")
        for leaf in stage.leaves()
        if isinstance(leaf, Text)
    }
    assert numbered <= explained


def inside(group: Group) -> None:
    for child in group.children:
        assert group.box.contains(child.box), (group.role, group.box, child)
        if isinstance(child, Group):
            inside(child)


def apart(boxes: list[Box]) -> None:
    """None of these overlaps another; a sweep from top to bottom."""
    open_boxes: list[Box] = []
    for box in sorted(boxes, key=lambda each: each.y):
        open_boxes = [other for other in open_boxes if other.bottom > box.y]
        for other in open_boxes:
            assert not box.overlaps(other), (box, other)
        open_boxes.append(box)


def readable(picture: Picture) -> None:
    """Every text is readable on what it says that it stands on, and that is what is painted there last before it."""
    painted: list[Rounded] = []
    for leaf in picture.root.leaves():
        if isinstance(leaf, Rounded):
            painted.append(leaf)
        elif isinstance(leaf, Text):
            assert contrast(leaf.colour, leaf.background) >= AA, leaf
            under = next((shape for shape in reversed(painted) if shape.box.overlaps(leaf.box)), None)
            assert leaf.background == (under.fill if under else picture.background), (leaf, under)
            assert under is None or under.box.contains(leaf.box), (leaf, under)


@LAYOUTS
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    festivals(),
    st.builds(
        PictureOptions,
        theme=st.sampled_from(ThemeName),
        language=st.sampled_from(("ja", "en")),
        width=st.sampled_from((None, 320, 750, 1080, 1170, 2160)),
        qr_url=st.sampled_from((None, "https://example.org/t/abcdefgh")),
        day=st.sampled_from((None, 1)),
    ),
)
def test_nothing_overlaps_and_every_pick_is_there_once(
    layout: LayoutName, made: Festival, options: PictureOptions
) -> None:
    options = replace(options, layout=layout)
    picture = picture_of(made, options)
    first = made.slots[0].day
    picks = [each for each in made.slots if layout is AGENDA or each.day == first]
    scale = (options.width or 1080) / 1080
    check(picture, picks, min(1.0, scale) if layout is GRID else scale)


@LAYOUTS
def test_the_most_picks_there_can_be_are_all_on_it(layout: LayoutName) -> None:
    names = ("HOT", "SKY", "SMILE GARDEN", "フジさんのヨコ STAGE", "DOLL FACTORY")
    ids = [stage.id for stage in stages(*names)]
    slots = [
        slot(
            at("09:00") + timedelta(minutes=2 * (index // 5)),
            20,
            f"妄想キャリブレーション {index}",
            stage=ids[index % 5],
        )
        # Nearly half of a story is head and foot; more than these would have names of a letter and no stage.
        for index in range({DAY: 380, STORY: 260}.get(layout, MOST_PICKS))
    ]
    made = festival(slots, names)
    check(picture_of(made, PictureOptions(layout)), made.slots)


@LAYOUTS
def test_a_picture_says_how_many_picks_are_not_in_the_timetable_any_more(layout: LayoutName) -> None:
    made = festival([slot(at("09:00"), 20, "朝焼けカフェ")])
    for language, said in (("ja", "選択した2枠は現在の公式データにありません"), ("en", "2 picks are no longer in")):
        picture = picture_of(made, PictureOptions(layout, lost=2, language=language))
        check(picture, made.slots)
        assert any(text.startswith(said) for text in texts_of(picture))
        assert not any(said in text for text in texts_of(picture_of(made, PictureOptions(layout, language=language))))


@pytest.mark.parametrize("layout", [DAY, STORY])
def test_more_picks_than_can_be_read_are_refused_with_what_to_do(layout: LayoutName) -> None:
    slots = [slot(at("09:00") + timedelta(minutes=index), 20, f"{index}") for index in range(MOST_PICKS)]
    with pytest.raises(PictureDoesNotFitError, match=r"500 picks .* make it larger, pick fewer, or take the agenda"):
        picture_of(festival(slots), PictureOptions(layout))


@LAYOUTS
@pytest.mark.parametrize("count", [1, 2, 3, 4, 12, 25, 40, 60, 90, 150, 220])
def test_any_number_of_picks_fits_on_a_day(layout: LayoutName, count: int) -> None:
    slots = [
        slot(at("09:00") + timedelta(minutes=4 * index), 20 + index % 3, f"BiSH {index}", stage="hot", lane=index)
        for index in range(count)
    ]
    made = festival(slots)
    check(picture_of(made, PictureOptions(layout)), made.slots)


@LAYOUTS
def test_twelve_that_overlap_are_stacked(layout: LayoutName) -> None:
    slots = [slot(at("10:00"), 60, f"act {index}", lane=index) for index in range(12)]
    made = festival(slots)
    check(picture_of(made, PictureOptions(layout)), made.slots)


@LAYOUTS
def test_slots_of_a_minute_and_names_of_any_length_have_room(layout: LayoutName) -> None:
    long = "妄想キャリブレーション" * 20
    slots = [
        slot(at("10:00"), 1, long), slot(at("10:01"), 1, "x" * 200, stage="sky"), slot(at("10:02"), 1, "神宿"),
        slot(at("23:50"), 20, "midnight"), slot(at("25:30"), 30, long, stage="sky"),
    ]  # fmt: skip
    made = replace(festival(slots), name="とても長い名前のフェスティバル" * 10, shows_over_24h=True)
    picture = picture_of(made, PictureOptions(layout))
    check(picture, made.slots)
    said = " ".join(texts_of(picture))
    assert "25:30" in said
    assert "…" in said


@LAYOUTS
def test_a_day_on_which_clocks_are_set_back_is_laid_out(layout: LayoutName) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    slots = [
        slot(datetime(2026, 10, 25, 2, 30, tzinfo=berlin), 15, "before"),
        slot(datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=berlin), 30, "after"),
    ]
    made = festival(slots, timezone="Europe/Berlin")
    check(picture_of(made, PictureOptions(layout)), made.slots)


@LAYOUTS
@pytest.mark.parametrize("hours", range(16, 26))
def test_what_goes_on_for_most_of_a_day_has_its_hours_apart(layout: LayoutName, hours: int) -> None:
    made = festival([slot(at("10:00"), 60 * hours, "all day")])
    check(picture_of(made, PictureOptions(layout)), made.slots)


@LAYOUTS
def test_no_picks_are_a_picture_too(layout: LayoutName) -> None:
    made = festival([slot(at("10:00"), 30)])
    check(picture_of(made, PictureOptions(layout), picks=[]), [])


@LAYOUTS
@pytest.mark.parametrize("theme", list(ThemeName))
@settings(max_examples=25, deadline=None)
@given(colours=st.lists(st.tuples(*(st.integers(0, 255) for _ in range(3))).map(text), min_size=3, max_size=3))
def test_text_is_readable_whatever_colours_stages_have(
    layout: LayoutName, theme: ThemeName, colours: list[str]
) -> None:
    slots = [slot(at("10:00"), 60, stage="a"), slot(at("10:30"), 60, stage="b"), slot(at("11:35"), 60, stage="c")]
    made = festival(slots, ("A", "B", "C"))
    painted = tuple(replace(stage, colour=colour) for stage, colour in zip(made.stages, colours, strict=True))
    readable(picture_of(replace(made, stages=painted), PictureOptions(layout, theme)))


@pytest.mark.parametrize("theme", list(ThemeName))
@pytest.mark.parametrize("colour", [*COLOURS, *PALETTE])
def test_text_is_readable_on_the_usual_colours(theme: ThemeName, colour: str) -> None:
    made = replace(festival([slot(at("10:00"), 60)]), stages=(Stage("hot", "HOT", colour),))
    readable(picture_of(made, PictureOptions(theme=theme)))


@pytest.mark.parametrize(("width", "height"), [(1080, 1920), (1080, 2340), (1170, 2532)])
@pytest.mark.parametrize("count", [1, 8, 20, 45])
def test_a_phone_s_screen_is_filled_and_its_insets_stay_free(width: int, height: int, count: int) -> None:
    slots = [slot(at("09:00") + timedelta(minutes=20 * index), 15, f"神宿 {index}") for index in range(count)]
    made = festival(slots)
    options = PictureOptions(DAY, width=width, height=height, inset_top=300, inset_bottom=200)
    picture = picture_of(made, options)
    assert (picture.width, picture.height) == (width, height)
    check(picture, made.slots, width / 1080)
    assert all(leaf.box.y >= 300 and leaf.box.bottom <= height - 200 for leaf in picture.root.leaves())


def test_insets_that_leave_no_room_are_refused() -> None:
    made = festival([slot(at("10:00"), 30)])
    with pytest.raises(PictureDoesNotFitError, match="insets"):
        picture_of(made, PictureOptions(DAY, height=1_920, inset_top=1_000, inset_bottom=800))


def test_picks_that_do_not_fit_are_refused_not_dropped() -> None:
    made = festival([slot(at("10:00"), 30, lane=index) for index in range(300)])
    with pytest.raises(PictureDoesNotFitError, match="300 picks"):
        picture_of(made, PictureOptions(DAY, width=1_080, height=700))


def test_a_picture_of_too_many_pixels_is_refused() -> None:
    made = festival([slot(at("10:00") + timedelta(minutes=index), 1) for index in range(MOST_PICKS)])
    with pytest.raises(PictureDoesNotFitError, match="smaller scale"):
        picture_of(made, PictureOptions(scale=3))


def test_a_day_that_the_festival_does_not_have_is_refused() -> None:
    made = festival([slot(at("10:00"), 30)])
    with pytest.raises(NoSuchDayError, match="no day 2"):
        picture_of(made, PictureOptions(DAY, day=2))


def test_the_day_asked_for_is_shown() -> None:
    made = festival([slot(at("10:00"), 30, "first"), slot(at("10:00", day=date(2026, 8, 8)), 30, "second")])
    assert "second" in texts_of(picture_of(made, PictureOptions(DAY, day=2)))
    assert "first" in texts_of(picture_of(made, PictureOptions(DAY)))


def test_an_agenda_says_gaps_clashes_and_tight_walks() -> None:
    made = festival(
        [
            slot(at("10:00"), 60),
            slot(at("10:40"), 20, stage="sky"),
            slot(at("12:40"), 20),
            slot(at("13:05"), 20, stage="sky"),
        ],
    )
    said = texts_of(picture_of(made))
    assert "空き 1時間40分" in said
    assert said.count("重複20分") == 2
    assert said.count("移動5分") == 1
    assert "free 1 h 40 min" in texts_of(picture_of(made, PictureOptions(language="en")))


def test_several_clashes_of_a_pick_are_one_chip() -> None:
    made = festival([slot(at("10:00"), 60), slot(at("10:10"), 20, stage="sky"), slot(at("10:40"), 20, stage="sky")])
    assert "重複2件・最長20分" in texts_of(picture_of(made))


def test_a_picture_says_that_it_is_not_official_when_its_data_was_fetched_and_its_version() -> None:
    made = festival([slot(at("10:00"), 30)])
    said = " ".join(texts_of(picture_of(made)))
    assert all(part in said for part in ("非公式", "2026-08-06 09:00", "第3版"))
    said = " ".join(texts_of(picture_of(made, PictureOptions(language="en"))))
    assert all(part in said for part in ("Unofficial", "2026-08-06 09:00", "version 3"))


def test_an_axis_is_2_6_pixels_a_minute_and_no_card_is_under_96() -> None:
    made = festival([slot(at("10:00"), 120), slot(at("13:00"), 5)])
    heights = [group.box.height for group in picture_of(made).root.groups("card")]
    assert heights[0] == round(120 * 2.6) - 8
    assert heights[1] >= 96


def test_everything_grows_with_the_scale() -> None:
    made = festival([slot(at("10:00"), 30, "sora tob sakana"), slot(at("12:00"), 30)])
    small, large = (picture_of(made, PictureOptions(scale=scale)) for scale in (1, 2))
    assert large.width == 2 * small.width
    assert abs(large.height - 2 * small.height) < 40


def test_a_grid_shows_what_is_not_picked_too() -> None:
    made = festival([slot(at("10:00"), 30, stage="hot"), slot(at("10:00"), 30, stage="sky")])
    picture = picture_of(made, PictureOptions(GRID), picks=made.slots[:1])
    assert [group.slot for group in picture.root.groups("slot")] == [made.slots[1].id]
    check(picture, made.slots[:1])


def test_a_grid_is_as_wide_as_its_stages_need_and_goes_on_below_if_it_may_not() -> None:
    names = [f"STAGE {index}" for index in range(12)]
    made = festival([slot(at("10:00"), 30, stage=stage.id) for stage in stages(*names)], names)
    wide, narrow = picture_of(made, PictureOptions(GRID)), picture_of(made, PictureOptions(GRID, width=1_080))
    assert len(list(wide.root.groups("band"))) == 1
    assert narrow.width == 1_080
    assert len(list(narrow.root.groups("band"))) == 3
    for one, other in combinations((wide, narrow), 2):
        assert sorted(texts_of(one)) != [] != sorted(texts_of(other))


def test_a_code_is_on_it_if_it_is_asked_for() -> None:
    made = festival([slot(at("10:00"), 30)])
    assert not any(isinstance(leaf, Qr) for leaf in picture_of(made).root.leaves())
    picture = picture_of(made, PictureOptions(qr_url="https://example.org/t/abc"))
    (code,) = (leaf for leaf in picture.root.leaves() if isinstance(leaf, Qr))
    assert len(code.rows) * code.module == code.box.width == code.box.height
    assert not any(code.rows[0])


def test_a_festival_that_was_never_fetched_says_no_time() -> None:
    made = replace(festival([slot(at("10:00"), 30)]), fetched_at=None, version=0)
    assert "非公式・公式データより作成" in texts_of(picture_of(made))


def test_a_picture_is_the_same_each_time() -> None:
    made = festival([slot(at("10:00"), 30), slot(at("10:10"), 30, stage="sky")])
    assert picture_of(made) == picture_of(made)
    assert made.fetched_at == datetime(2026, 8, 6, tzinfo=UTC)


def titles_of(picture: Picture, one: Slot) -> list[Text]:
    (card,) = (group for group in picture.root.groups("card") if group.slot == one.id)
    return [child for child in card.children if isinstance(child, Text) and child.weight is Weight.BOLD]


def test_a_screen_is_set_smaller_rather_than_that_a_name_is_cut() -> None:
    name = "妄想キャリブレーション と 神宿 の夏"
    made = festival([slot(at("10:00"), 30, name), slot(at("10:10"), 30, "神宿", stage="sky")])
    titles = titles_of(picture_of(made, PictureOptions(DAY)), made.slots[0])
    assert "".join(leaf.text for leaf in titles).replace(" ", "") == name.replace(" ", "")
    assert titles[0].size < 60
    short = festival([slot(at("10:00"), 30, "神宿")])
    assert titles_of(picture_of(short, PictureOptions(DAY)), short.slots[0])[0].size == 60


def test_an_address_too_long_for_a_code_is_refused() -> None:
    made = festival([slot(at("10:00"), 30)])
    with pytest.raises(PictureDoesNotFitError, match="QR code"):
        picture_of(made, PictureOptions(qr_url="https://example.org/" + "x" * 5_000))
