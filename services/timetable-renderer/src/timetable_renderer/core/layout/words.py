"""The words on a picture, in Japanese and English."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from timetable_renderer.core.festival import Festival, Slot

_HOUR: Final = 60
_WHOLE_MINUTES: Final = 100
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Words:
    """What is said on a picture, in one language."""

    language: str
    mine: str
    whole: str
    nothing: str
    check: str
    separator: str

    @property
    def japanese(self) -> bool:
        """Is it in Japanese?"""
        return self.language == "ja"

    def day(self, day: date) -> str:
        """`8/4(金)`, `Fri 4 Aug`."""
        if self.japanese:
            return f"{day.month}/{day.day}({'月火水木金土日'[day.weekday()]})"
        weekday = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[day.weekday()]
        return f"{weekday} {day.day} {_MONTHS[day.month - 1]}"

    def days(self, days: Sequence[date]) -> str:
        """From the first to the last."""
        if not days:
            return ""
        return self.day(days[0]) if len(days) == 1 else f"{self.day(days[0])}–{self.day(days[-1])}"

    def picks(self, count: int) -> str:
        """How many are picked."""
        if self.japanese:
            return f"{count}枠"
        return f"{count} pick" if count == 1 else f"{count} picks"

    def duration(self, minutes: int) -> str:
        """`1時間40分`, `1 h 40 min`."""
        hours, rest = divmod(minutes, _HOUR)
        parts = [f"{hours}時間" if self.japanese else f"{hours} h"] if hours else []
        if rest or not hours:
            parts.append(f"{rest}分" if self.japanese else f"{rest} min")
        return ("" if self.japanese else " ").join(parts)

    def gap(self, minutes: int) -> str:
        """Nothing is picked for so long."""
        return f"{'空き' if self.japanese else 'free'} {self.duration(minutes)}"

    def clash(self, count: int, minutes: int) -> str:
        """It overlaps so many others, for so long at the most."""
        longest = self._short(minutes)
        if count == 1:
            return f"重複{longest}" if self.japanese else f"clash {longest}"
        return f"重複{count}件・最長{longest}" if self.japanese else f"{count} clashes, up to {longest}"

    def clash_in_short(self, count: int, minutes: int) -> str:
        """It overlaps so many others, in fewer words: of one for how long, of several how many."""
        if count == 1:
            return self.clash(count, minutes)
        return f"重複{count}件" if self.japanese else f"{count} clashes"

    def walk(self, available: int) -> str:
        """There are so few minutes to get there."""
        return f"移動{self._short(available)}" if self.japanese else f"{self._short(available)} to walk"

    def source(self, festival: Festival) -> str:
        """That it is not official, and what it was made of."""
        fetched = festival.fetched_at.astimezone(festival.zone) if festival.fetched_at else None
        at = f"{fetched:%Y-%m-%d %H:%M}" if fetched else ""
        version = festival.version
        if self.japanese:
            parts = ["非公式", f"{at} 取得の公式データ" if at else "公式データ"]
            return "・".join(parts) + (f"（第{version}版）" if version else "") + "より作成"
        data = "the official data" + (f" of {at}" if at else "") + (f", version {version}" if version else "")
        return f"Unofficial. Made from {data}."

    def lost(self, count: int) -> str:
        """So many picks are not in the timetable any more."""
        if self.japanese:
            return f"選択した{count}枠は現在の公式データにありません"
        return f"{self.picks(count)} {'is' if count == 1 else 'are'} no longer in the official data."

    def _short(self, minutes: int) -> str:
        if minutes >= _WHOLE_MINUTES:
            return self.duration(minutes)
        return f"{minutes}分" if self.japanese else f"{minutes} min"


JAPANESE: Final = Words(
    language="ja",
    mine="マイタイムテーブル",
    whole="タイムテーブル",
    nothing="この日の予定はありません",
    check="最新情報は公式サイトで確認してください",
    separator="・",
)
ENGLISH: Final = Words(
    language="en",
    mine="My timetable",
    whole="Timetable",
    nothing="Nothing is picked on this day.",
    check="Check the festival's own site for changes.",
    separator=" · ",
)


def words_of(language: str) -> Words:
    """The words of a language: Japanese, or else English."""
    return JAPANESE if language.lower().startswith("ja") else ENGLISH


def clock(at: datetime, day: date, *, over_24h: bool) -> str:
    """`9:05` as `09:05`; with `over_24h` what is after the day's midnight goes on counting: `25:30`."""
    hours = at.hour + (24 * (at.date() - day).days if over_24h else 0)
    return f"{hours:02}:{at.minute:02}"


def times(slot: Slot, *, over_24h: bool) -> tuple[str, str]:
    """When a slot starts and ends: `11:30` and `12:30`.

    In a night in which clocks change the zone's name at that time stands with them, `02:30 CEST` and `02:30 CET`, if
    the clock shows one of them twice that night or they are not as far apart as the clock says.
    """
    start, end = (clock(at, slot.day, over_24h=over_24h) for at in (slot.start, slot.end))
    if slot.start.utcoffset() == slot.end.utcoffset() and not (
        _is_shown_twice(slot.start) or _is_shown_twice(slot.end)
    ):
        return start, end
    return f"{start} {slot.start:%Z}", f"{end} {slot.end:%Z}"


def _is_shown_twice(at: datetime) -> bool:
    return at.utcoffset() != at.replace(fold=1 - at.fold).utcoffset()


def from_to(slot: Slot, *, over_24h: bool) -> str:
    """When a slot starts and ends: `11:30–12:30`."""
    return "–".join(times(slot, over_24h=over_24h))


def numeral(number: int) -> str:
    """A number that stands for something in a legend: `①`, to `㊿`, then `(51)`."""
    for first, last, code in ((1, 20, 0x2460), (21, 35, 0x3251), (36, 50, 0x32B1)):
        if first <= number <= last:
            return chr(code + number - first)
    return f"({number})"
