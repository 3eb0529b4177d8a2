"""What sources write, made into what is shown: texts without dirt, times in minutes.

Everything here takes any text, of any length, in time linear in its length.
"""

import html
import re
import unicodedata
from datetime import date, datetime
from typing import Final, TypeVar

Day = TypeVar("Day", date, datetime)

LONGEST_TITLE: Final = 300
LONGEST_STAGE: Final = 100
LONGEST_DETAIL: Final = 5_000
MOST_PERFORMERS: Final = 100
LATEST_MINUTE: Final = 48 * 60
"""Times go up to 47:59: nobody writes later ones of the same day."""

YEARS: Final = range(1900, 2201)

_NOTHING: Final = frozenset({"", "null", "none", "undefined", "nan", "n/a", "-", "ー", "―", "—", "–"})
_BREAK: Final = re.compile(r"<(?:/?br|/p|/div|/li|/tr|p|div|li|tr|hr)\b[^<>]{0,200}>", re.IGNORECASE)
_TAG: Final = re.compile(
    r"</?(?:a|b|i|u|s|em|strong|small|big|span|font|sup|sub|ul|ol|td|table|tbody|img|center|h[1-6])\b[^<>]{0,500}>",
    re.IGNORECASE,
)
_HEADING: Final = re.compile(r"\n?■([^■\n]{1,100})■\n?")
_SPACES: Final = re.compile(r"[^\S\n]+")
_NEWLINES: Final = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_HALF_WIDTH_KANA: Final = re.compile("[\uff61-\uff9f]+")
_LOOSE_VOICING: Final = re.compile("[\u3041-\u30fe][\u3099\u309a]")

# Characters that are no text: controls, halves of surrogate pairs, marks that turn the direction of what follows,
# spaces of no width. Joiners and variation selectors stay: ❤︎ is U+2764 U+FE0E, and families of emoji are joined.
_INVISIBLE: Final = dict.fromkeys(
    [
        *(code for code in range(0xA0) if unicodedata.category(chr(code)) == "Cc" and chr(code) not in "\t\n"),
        *range(0xD800, 0xE000),
        *(0x00AD, 0x061C, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF, 0xFFFE, 0xFFFF),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    ]
)

_PLACEHOLDER: Final = re.compile(
    r"""(?:未使用|メンテナンス|準備|転換|調整|休憩|空き|空枠|休止|使用不可|使用なし|未定|出演者未定|予備|
        maintenance|changeover|break|unused|not\ used|empty|tba|tbd|closed)
        (?:中|枠|時間|タイム|\ time)?(?:\s?\d{1,3}\s?(?:分|min))?""",
    re.VERBOSE | re.IGNORECASE,
)
_AROUND: Final = "()[]{}<>【】「」『』〈〉《》〔〕※*＊ "

_CLOCK: Final = re.compile(
    r"""(?P<before>午前|午後|am\s|pm\s)?\s?
        (?:(?P<hour>\d{1,2})\s?[:時h.]\s?(?P<minute>\d{1,2})?(?::\d{1,2}(?:\.\d{1,6})?|\s?分)?
          |(?P<digits>\d{3,4}))
        \s?(?P<after>a\.?m\.?|p\.?m\.?)?(?:頃|~)?""",
    re.VERBOSE | re.IGNORECASE,
)
_BETWEEN: Final = re.compile(r"\s?(?:~|〜|∼|-|‐|‑|–|—|―|−|ー|→|から|\bto\b)\s?")
_ISO_DATE: Final = re.compile(r"(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})(?!\d)")
_DAY_NUMBER: Final = re.compile(r"(?:(?:day|d)[\s._-]?(\d{1,2})|(\d{1,2})\s?日目|(\d{1,2}))(?!\d)", re.IGNORECASE)


def clean_lines(text: str, most: int = LONGEST_DETAIL) -> str:
    """Plain text of several lines: no markup, no entities, no dirt; empty for "null" and the like.

    `■…■` headings get a line of their own, written `■ …`. At most `most` characters, the last an ellipsis if more
    were there.
    """
    text = _NEWLINES.sub("\n", html.unescape(text))
    text = _TAG.sub("", _BREAK.sub("\n", text))
    text = _HEADING.sub(_own_line, text.translate(_INVISIBLE))
    lines = [_SPACES.sub(" ", _kana(line)).strip() for line in text.split("\n")]
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):  # of several empty lines one stays
            kept.append(line)
    whole = "\n".join(kept).strip()
    return "" if whole.lower() in _NOTHING else clipped(whole, most)


def clean_line(text: str, most: int = LONGEST_TITLE) -> str:
    """Plain text of one line: what `clean_lines` gives, with spaces for breaks and without its headings' form."""
    text = _TAG.sub("", _BREAK.sub(" ", html.unescape(text)))
    text = _SPACES.sub(" ", _kana(_NEWLINES.sub(" ", text).replace("\n", " ").translate(_INVISIBLE))).strip()
    return "" if text.lower() in _NOTHING else clipped(text, most)


def clipped(text: str, most: int) -> str:
    """At most `most` characters of a text, the last an ellipsis if something was cut off."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def is_placeholder(title: str) -> bool:
    """Does a cleaned title say that there is nothing: 未使用, メンテナンス, 準備中, 転換（15分）, n/a, nothing at all?

    The whole title has to: an act may well be called メンテナンス娘 or ・・・・・.
    """
    plain = unicodedata.normalize("NFKC", title).strip()
    plain = plain.strip(_AROUND) or plain
    return plain.lower() in _NOTHING or _PLACEHOLDER.fullmatch(plain.replace("(", " ").replace(")", "")) is not None


def minutes_of(text: str) -> int:
    """Minutes since midnight of a time: `1030`, `930`, `10:30`, `１０：３０`, `25:30`, `10時30分`, `1:30 PM`.

    Raises:
        ValueError: it is no time up to 47:59; says so.
    """
    plain = unicodedata.normalize("NFKC", text[:40]).strip()
    found = _CLOCK.fullmatch(plain)
    if found is None:
        raise ValueError(f"“{clipped(text.strip(), 40)}” is no time; times look like 10:30, 1030 or 25:30")
    digits = found["digits"]
    hour = int(digits[:-2] if digits else found["hour"])
    minute = int(digits[-2:] if digits else found["minute"] or 0)
    half = (found["before"] or found["after"] or "").strip().lower().replace(".", "")
    if half in ("pm", "午後") and hour < 12:  # noqa: PLR2004  (of a clock)
        hour += 12
    elif half in ("am", "午前") and hour == 12:  # noqa: PLR2004
        hour = 0
    if minute >= 60 or hour * 60 + minute >= LATEST_MINUTE:  # noqa: PLR2004
        raise ValueError(f"“{clipped(text.strip(), 40)}” is no time: it goes up to 47:59")
    return hour * 60 + minute


def span_of(text: str) -> tuple[int, int]:
    """Start and end, in minutes since midnight, of `10：30～11：00`, `930-1000`, `10:30 to 11:00`.

    Raises:
        ValueError: it is no such span.
    """
    parts = _BETWEEN.split(unicodedata.normalize("NFKC", text[:80]).strip())
    if len(parts) != 2:  # noqa: PLR2004  (a start and an end)
        raise ValueError(f"“{clipped(text.strip(), 40)}” is no span of time; spans look like 10:30～11:00")
    return minutes_of(parts[0]), minutes_of(parts[1])


def duration_minutes(text: str) -> int:
    """Minutes of a duration: `45`, `00:45`, `1:30`, `002:01:30` (days first).

    Raises:
        ValueError: it is none, or longer than 31 days.
    """
    plain = unicodedata.normalize("NFKC", text[:40]).strip().lower()
    plain = plain.removesuffix("分").removesuffix("minutes").removesuffix("min").strip()
    parts = plain.split(":")
    if len(parts) > 3 or not all(part.isascii() and part.isdigit() for part in parts):  # noqa: PLR2004
        raise ValueError(f"“{clipped(text.strip(), 40)}” is no duration; durations look like 00:45 or 45")
    days, hours, minutes = [0] * (3 - len(parts)) + [int(part) for part in parts]
    whole = days * 1440 + hours * 60 + minutes
    if whole > 31 * 1440:
        raise ValueError(f"“{clipped(text.strip(), 40)}” is longer than 31 days")
    return whole


def day_label(text: str) -> date | int:
    """The day that a heading or a key names: `day1`, `DAY 2`, `3日目`, `1`, `2027-08-06`, `2027年8月6日（金）`.

    Raises:
        ValueError: it names none.
    """
    plain = unicodedata.normalize("NFKC", text[:60]).strip()
    if found := _ISO_DATE.match(plain):
        year, month, day = map(int, found.groups())
        try:
            return in_range(date(year, month, day))
        except ValueError:
            raise ValueError(f"“{clipped(text.strip(), 40)}” is no date") from None
    found = _DAY_NUMBER.match(plain)
    number = int(next(group for group in found.groups() if group)) if found else 0
    bare = found is not None and found[3] is not None
    if found is None or number == 0 or (bare and found.end() != len(plain)):
        raise ValueError(f"“{clipped(text.strip(), 40)}” is no day; days look like day1, 1日目 or 2027-08-06")
    return number


def in_range(day: Day) -> Day:
    """The day or moment itself.

    Raises:
        ValueError: it is so long ago or so far away that reckoning with it would leave the calendar.
    """
    if day.year not in YEARS:
        raise ValueError(f"the year {day.year} is not within {YEARS.start} to {YEARS.stop - 1}")
    return day


def performers_of(names: list[str]) -> tuple[str, ...]:
    """Names of those who take part, cleaned, each once, in order."""
    cleaned = (clean_line(name) for name in names[: MOST_PERFORMERS * 2])
    return tuple(dict.fromkeys(name for name in cleaned if name))[:MOST_PERFORMERS]


def _own_line(found: re.Match[str]) -> str:
    heading = found[1].strip()
    return f"\n■ {heading}\n" if heading else found[0]


def _kana(text: str) -> str:
    """Half-width kana made full-width, and loose voicing marks joined; nothing else is normalised.

    NFKC of whole texts would make ① of 1, ＠ of @ and 神 of 神 (U+FA19), which names are not written with.
    """
    if text.isascii():
        return text
    text = _HALF_WIDTH_KANA.sub(lambda run: unicodedata.normalize("NFKC", run[0]), text)
    return _LOOSE_VOICING.sub(lambda pair: unicodedata.normalize("NFC", pair[0]), text)
