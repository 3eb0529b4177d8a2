"""How a caller wants a text linked, what comes out, and which matches count."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, Protocol
from unicodedata import category, name

from wiki_linker.core.links import Link

Format = Literal["text", "html", "markdown"]


@dataclass(frozen=True, slots=True)
class Accept:
    """Which matches count.

    Attributes:
        link: Whether one that links there does; None for all.
        edge: Whether it may begin or end at this place, in code points; None for anywhere.
    """

    link: Callable[[Link], bool] | None = None
    edge: Callable[[int], bool] | None = None


EVERY: Final = Accept()


@dataclass(frozen=True, slots=True)
class LinkOptions:
    """How a text is linked; the defaults link every mention.

    The filters (`exclude`, `self_keyword`, `whole_words`, `min_length`) apply to all overlapping matches before the
    leftmost-longest choice, so that a shorter or later mention takes the place of one that does not count.
    `first_only` and `limit` then count the mentions that were chosen: a second mention of 東京都 is plain text, and
    not a mention of 東京.

    Attributes:
        format: What the text is, and what comes out: plain text becomes HTML, HTML and Markdown stay what they are.
        first_only: Link each entry once, at its first mention, whichever of its surfaces that is.
        limit: At most so many links; None for no bound.
        exclude: Keywords and aliases that are not linked; a keyword leaves out its entry's aliases too.
        self_keyword: The keyword of the entry that the text belongs to: neither it nor its aliases are linked.
        whole_words: A mention may not begin or end inside a word of letters and digits that are written with spaces
            between words (Latin, Greek, Cyrillic, and so on); Japanese and Chinese are linked as they are.
        ignore_case: Upper and lower case are one (Unicode case folding).
        ignore_width: Full-width, half-width and other compatibility forms are one (Unicode NFKC).
        min_length: Surfaces shorter than this many code points are not linked.
        in_headings: Whether headings of HTML and Markdown are linked too.
    """

    format: Format = "text"
    first_only: bool = False
    limit: int | None = None
    exclude: frozenset[str] = frozenset()
    self_keyword: str | None = None
    whole_words: bool = False
    ignore_case: bool = False
    ignore_width: bool = False
    min_length: int = 1
    in_headings: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """A link that was made. Offsets are code points of the text as it was given, markup and all.

    `keyword` is the entry's, also where the mention is an alias; `surface` is the mention as a reader sees it.
    """

    start: int
    end: int
    keyword: str
    href: str
    surface: str


@dataclass(frozen=True, slots=True)
class Linked:
    """A linked text (HTML; Markdown where the text is Markdown) and its links in order."""

    html: str
    spans: tuple[Span, ...]


class Finder(Protocol):
    """What finds mentions: `index.LinkView`, or a `folding.FoldedView` of one."""

    def find(self, text: str, accept: Accept = EVERY, /) -> Sequence[tuple[int, int, Link]]:
        """Leftmost-longest over the accepted matches of all surfaces: start, end and link, in order."""


def filters(options: LinkOptions, fold: Callable[[str], str] = str) -> Callable[[str], Accept]:
    """The filters of `options`, as what they are in one text or another (a document has many): made once for all.

    `fold` is how surfaces are compared: excluded keywords are compared in the same way.
    """
    tests: list[Callable[[Link], bool]] = []
    if options.min_length > 1:
        tests.append(lambda link: len(link.surface) >= options.min_length)
    if options.self_keyword is not None:
        tests.append(lambda link: options.self_keyword not in {link.keyword, link.surface})
    if options.exclude:
        excluded = frozenset(map(fold, options.exclude))
        tests.append(lambda link: excluded.isdisjoint((fold(link.surface), fold(link.keyword))))
    said: dict[Link, bool] = {}

    def wanted(link: Link) -> bool:
        known = said.get(link)
        if known is None:
            known = said[link] = all(test(link) for test in tests)
        return known

    link_test = wanted if tests else None
    if options.whole_words:
        return lambda text: Accept(link_test, lambda place: not splits_word(text, place))
    always = Accept(link_test) if tests else EVERY
    return lambda _text: always


class Quota:
    """How many of the chosen mentions may become links, over all parts of one text."""

    def __init__(self, options: LinkOptions) -> None:
        self._first_only = options.first_only
        self._left = options.limit
        self._linked: set[int] = set()

    @property
    def spent(self) -> bool:
        """Whether no mention will become a link any more."""
        return self._left == 0

    def take(self, matches: Sequence[tuple[int, int, Link]]) -> Iterator[tuple[int, int, Link]]:
        """Those of the next `matches` that become links."""
        for match in matches:
            if self.spent:
                return
            entry_id = match[2].entry_id
            if self._first_only:
                if entry_id in self._linked:
                    continue
                self._linked.add(entry_id)
            if self._left is not None:
                self._left -= 1
            yield match


def splits_word(text: str, position: int) -> bool:
    """Whether `position` lies inside a word of a script that puts spaces between words: `con|cert`, `19|84`.

    Between scripts there is a boundary (`東京|Tower`), and the ends of the text are boundaries.
    """
    return 0 < position < len(text) and _spaced(text[position - 1]) and _spaced(text[position])


# Scripts whose words follow each other without spaces, by how Unicode names their letters.
_UNSPACED: Final = (
    "CJK",
    "HIRAGANA",
    "KATAKANA",
    "HALFWIDTH KATAKANA",
    "BOPOMOFO",
    "IDEOGRAPHIC",
    "THAI",
    "LAO",
    "KHMER",
    "MYANMAR",
    "TIBETAN",
    "YI ",
    "NUSHU",
    "TANGUT",
    "KANGXI",
    "VERTICAL KANA",
    "COMBINING KATAKANA",
)


@lru_cache(maxsize=8192)
def _spaced(character: str) -> bool:
    """Whether it is a letter, digit or mark of a script with spaces between words (or an underscore)."""
    if character == "_":
        return True
    return category(character)[0] in "LNM" and not name(character, "").startswith(_UNSPACED)
