"""What would link to a keyword if it existed."""

from wiki_linker.core.index import LinkView


def would_link(text: str, keyword: str, view: LinkView) -> int:
    """How often `text` would link to `keyword` if that were an entry beside all the others.

    Leftmost-longest over all matches and the keyword's own occurrences: a mention inside a longer keyword's does not
    count, and one that starts before or is longer than another keyword's does.
    """
    if keyword not in text:
        return 0
    spans = [(start, end) for start, end, _ in view.overlapping(text)]
    at = text.find(keyword)
    while at >= 0:
        spans.append((at, at + len(keyword)))
        at = text.find(keyword, at + 1)
    spans = sorted(set(spans), key=lambda span: (span[0], -span[1]))
    position = count = 0
    for start, end in spans:
        if start >= position:
            position = end
            count += text[start:end] == keyword
    return count
