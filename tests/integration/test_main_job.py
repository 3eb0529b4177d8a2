"""The wiki's main job on real input, through the real server, over a real socket.

7,101 entries are imported, 857 posted and 100 pieces of spam refused; every link that the data names is looked for,
and 500 whole pages are compared with what a plain regular expression makes of them.
"""

import json
import random
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import httpx
import pytest

from genba_servicekit.testing import test_data
from wiki_helpers import log_in, make_user, run_wiki, wiki_process

PER_PAGE = 100
ARTICLE = re.compile(
    r'<article[^>]*>\s*<h1[^>]*><a href="/keyword/([^"]+)">[^<]*</a></h1>.*?<div[^>]*>(.*?)</div>', re.DOTALL
)
COMPARED = 500


def href(keyword: str) -> str:
    return "/keyword/" + quote(keyword, safe="")


def anchor(keyword: str) -> str:
    return f'<a href="{href(keyword)}">{escape(keyword).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")}</a>'


class Site:
    """The wiki as a browser sees it."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def all_articles(self) -> dict[str, str]:
        """Every entry's linked text by keyword, from the pages of the index."""
        found: dict[str, str] = {}
        page = 1
        while True:
            text = self.client.get("/", params={"page": str(page)}).raise_for_status().text
            found |= {unquote(name): html for name, html in ARTICLE.findall(text)}
            if 'rel="next"' not in text:
                return found
            page += 1

    def article(self, keyword: str) -> str:
        """One entry's linked text, from its own page."""
        text = self.client.get(href(keyword)).raise_for_status().text
        ((name, html),) = ARTICLE.findall(text)
        assert unquote(name) == keyword
        return str(html)

    def newest(self) -> list[str]:
        return [unquote(name) for name, _ in ARTICLE.findall(self.client.get("/").text)]

    def post(self, entry: dict[str, Any]) -> int:
        form = {"keyword": entry["keyword"], "description": entry["description"]}
        return self.client.post("/keyword", data=form).status_code


def lines(name: str) -> list[dict[str, Any]]:
    with (test_data("wiki") / name).open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def missing_links(entries: list[dict[str, Any]], articles: dict[str, str]) -> list[tuple[str, str]]:
    return [
        (entry["keyword"], keyword)
        for entry in entries
        for keyword in entry["links"]
        if f'<a href="{href(keyword)}">' not in articles[entry["keyword"]]
    ]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    data = test_data("wiki")
    imported = run_wiki("import", str(data / "entries.jsonl"), data=tmp_path)
    assert imported.returncode == 0, imported.stderr
    assert imported.stdout.startswith("7,101 entries created, 0 updated, 0 unchanged, 0 lines rejected.")
    make_user(tmp_path, "hanako")
    settings = {"WIKI_SPAM_FILE": str(data / "spam_words.csv"), "WIKI_PER_PAGE": str(PER_PAGE)}
    with (
        wiki_process(tmp_path, **settings) as service,
        httpx.Client(base_url=service.url, timeout=30) as client,
    ):
        log_in(client, "hanako")
        yield Site(client)


@pytest.mark.timeout(240)
def test_every_mention_is_a_link_before_while_and_after_entries_are_posted(site: Site) -> None:
    entries, posts, spam = lines("entries.jsonl"), lines("new_entries.jsonl"), lines("spam_entries.jsonl")
    texts = {entry["keyword"]: entry["description"] for entry in entries}

    before = site.all_articles()
    assert before.keys() == texts.keys()
    assert missing_links(entries, before) == []

    for number, post in enumerate(posts):
        assert site.post(post) == 302
        texts[post["keyword"]] = post["description"]
        if number % 20 == 0:  # at once: the page is there, it is the newest, and those that mention it link to it
            assert site.newest()[0] == post["keyword"]
            site.article(post["keyword"])
            for linking in post["back_links"]:
                assert f'<a href="{href(post["keyword"])}">' in site.article(linking)
        if number % 10 == 0 and spam:
            assert site.post(spam.pop()) == 400
    while spam:
        assert site.post(spam.pop()) == 400

    after = site.all_articles()
    assert after.keys() == texts.keys()
    assert missing_links(entries + posts, after) == []
    assert [
        (linking, post["keyword"])
        for post in posts
        for linking in post["back_links"]
        if f'<a href="{href(post["keyword"])}">' not in after[linking]
    ] == []

    pattern = re.compile("|".join(re.escape(word) for word in sorted(texts, key=len, reverse=True)))
    for keyword in random.Random(2016).sample(sorted(texts), COMPARED):
        assert site.article(keyword) == linked_by_expression(texts[keyword], pattern), keyword


def linked_by_expression(text: str, pattern: re.Pattern[str]) -> str:
    """The reference: the alternation of all escaped keywords, longest first."""
    parts = []
    position = 0
    for match in pattern.finditer(text):
        parts.append(plain(text[position : match.start()]))
        parts.append(anchor(match[0]))
        position = match.end()
    parts.append(plain(text[position:]))
    return "".join(parts)


def plain(text: str) -> str:
    escaped = escape(text).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")
    return re.sub(r"\r\n|\r|\n", "<br />\n", escaped)
