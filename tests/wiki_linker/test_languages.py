"""The words of the pages in Japanese and English."""

import re
from pathlib import Path
from string import Formatter

import wiki_linker
from wiki_linker.routes.languages import MESSAGES, languages
from wiki_site import wiki_site

_FOLDER = Path(wiki_linker.__file__).parent
SOURCE = "\n".join(
    path.read_text()
    for folder in ("templates", "routes")
    for path in (_FOLDER / folder).iterdir()
    if path.suffix in {".html", ".py"} and path.name != "languages.py"
)


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_message_is_there_in_both_languages_with_the_same_places() -> None:
    assert set(languages.english.texts) == set(languages.japanese.texts) == set(MESSAGES)
    for key, message in MESSAGES.items():
        assert message.en.strip(), key
        assert message.ja.strip(), key
        assert _places(message.en) == _places(message.ja), key


def test_every_message_that_a_page_asks_for_exists_and_none_is_left_over() -> None:
    asked = set(re.findall(r'\b(?:t|language)\(\s*"([a-z_0-9]+)"\s*[,)]', SOURCE))
    assert len(asked) > 50
    assert asked <= set(MESSAGES)
    made_up = {key for key in MESSAGES if key.startswith(("op_", "error"))}  # of an operation, of a status
    assert {key for key in MESSAGES if f'"{key}"' not in SOURCE} <= made_up


async def test_a_page_is_in_the_language_that_its_html_element_says(tmp_path: Path) -> None:
    async with wiki_site(tmp_path) as site:
        english = await site.client.get("/recent")
        assert '<html lang="en">' in english.text
        assert "Recent changes" in english.text
        japanese = await site.client.get("/recent", headers={"accept-language": "ja"})
        assert '<html lang="ja">' in japanese.text
        assert "最近の更新" in japanese.text
        assert "Recent changes" not in japanese.text
        assert "Accept-Language" in japanese.headers["vary"]


async def test_the_switch_keeps_the_query_and_is_remembered(tmp_path: Path) -> None:
    async with wiki_site(tmp_path) as site:
        page = await site.page("/search?q=a%26b&page=1")
        (switch,) = [node.attributes["href"] for node in page.css("a[hreflang=ja]")]
        assert switch == "/search?q=a%26b&page=1&lang=ja"
        answer = await site.client.get(switch)
        assert '<html lang="ja">' in answer.text
        assert "wiki-lang=ja" in answer.headers["set-cookie"]
        assert '<html lang="ja">' in (await site.client.get("/")).text
        nonsense = await site.client.get("/?lang=xx")
        assert "wiki-lang" not in nonsense.headers.get("set-cookie", "")
