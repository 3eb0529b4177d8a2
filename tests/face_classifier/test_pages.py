"""The page over ASGI: choosing, what was found, with and without a model, in two languages, without scripts."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from contract.faces.faces_world import World, faces_world, photo
from face_classifier.routes.languages import MESSAGES
from face_classifier.usecases.training_jobs import ask_for_first

pytestmark = pytest.mark.anyio

STATIC = Path(__file__).parents[2] / "services/face-classifier/src/face_classifier/static"
HTML = {"accept": "text/html", "accept-language": "en"}


@pytest.fixture(scope="module")
async def empty(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with faces_world(tmp_path_factory.mktemp("faces"), upload_limit=300_000) as made:
        yield made


@pytest.fixture(scope="module")
async def drawn(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with faces_world(tmp_path_factory.mktemp("faces"), model=True, drawn=True) as made:
        yield made


def texts(answer: httpx.Response, selector: str) -> list[str]:
    return [" ".join(node.text().split()) for node in LexborHTMLParser(answer.text).css(selector)]


async def test_without_a_model_the_page_says_how_to_have_one_and_finds_faces(empty: World) -> None:
    page = await empty.http.get("/", headers=HTML)
    assert texts(page, ".banner h2") == ["There is no model yet"]
    assert "models add run --promote" in texts(page, "pre")[0]
    assert texts(page, "#drawn") == []
    found = await empty.http.post("/look", files={"picture": photo()}, headers=HTML)
    assert texts(found, ".faces strong") == ["Face 1"]
    assert "One face · 160 × 160 pixels" in texts(found, "figcaption .soft")[0]


async def test_where_a_first_model_is_being_trained_the_page_says_how_far_it_is(tmp_path: Path) -> None:
    async with faces_world(tmp_path) as world:
        assert (await world.http.get("/training")).json() == {"answers": False}
        job = await ask_for_first(world.faces.jobs)
        assert job is not None
        assert await ask_for_first(world.faces.jobs) is None  # it is in the works already
        page = await world.http.get("/", headers=HTML)
        assert texts(page, "#training-said") == ["People are being drawn…"]
        assert texts(page, "pre") == []
        telling = {"step": 30, "steps": 300, "loss": 1.0, "accuracy": 0.5, "rate": 600.0, "left": 14.2}
        world.faces.jobs.tell(job.id, telling)
        assert texts(await world.http.get("/", headers=HTML), "#training-said") == ["Step 30 of 300, about 15 s left"]
        said = (await world.http.get("/training", headers={"accept-language": "ja"})).json()
        assert (said["step"], said["steps"], said["answers"]) == (30, 300, False)
        assert "残り約15秒" in said["said"]
        await world.add()
        assert (await world.http.get("/training")).json() == {"answers": True}
        assert texts(await world.http.get("/", headers=HTML), "#training") == []


async def test_a_model_of_drawn_people_is_called_so_and_can_be_tried(drawn: World) -> None:
    page = await drawn.http.get("/", headers=HTML)
    assert texts(page, ".banner")[0].startswith("This model knows drawn people alone")
    assert texts(page, ".people li") == ["Label 0", "Label 1", "Label 2"]
    assert texts(page, "#drawn") == ["Try a drawn face"]
    tried = await drawn.http.get("/drawn", headers=HTML)
    (image,) = LexborHTMLParser(tried.text).css("svg image")
    picture = await drawn.http.get(str(image.attributes["href"]))
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
    assert (await drawn.http.get("/drawn/../../etc/passwd.png", headers=HTML)).status_code == 404
    assert (await drawn.http.get("/drawn/1-2.png", headers=HTML)).status_code == 404


async def test_without_scripts_faces_are_named_on_a_page(drawn: World) -> None:
    sent = [("picture", ("a<b>.png", photo())), ("picture", ("no.txt", b"no picture"))]
    found = await drawn.http.post("/look", files=sent, headers=HTML)
    assert found.status_code == 200
    assert texts(found, "figcaption > strong") == ["a<b>.png", "no.txt"]
    assert re.fullmatch(r"Label \d \d+\.\d%.*", texts(found, ".faces li div")[0])
    assert texts(found, ".fault") == ["This picture cannot be read: no picture in JPEG, PNG, WebP or PGM"]
    assert found.headers["cache-control"] == "no-store"
    assert "<b>" not in found.text


async def test_the_script_is_given_the_same_in_the_readers_language(drawn: World) -> None:
    headers = {"accept": "application/json", "accept-language": "ja"}
    body = (await drawn.http.post("/look", files={"picture": ("a.png", photo())}, headers=headers)).json()
    assert body["sources"] == [""]
    assert "顔1つ" in body["html"]
    assert "<html" not in body["html"]


async def test_nothing_chosen_is_no_fault(drawn: World) -> None:
    found = await drawn.http.post("/look", files={"picture": ("", b"")}, headers=HTML)
    assert (found.status_code, texts(found, "figure")) == (200, [])


async def test_what_is_too_long_is_said_on_a_page_and_to_the_script(empty: World) -> None:
    for headers, kind in ((HTML, "text/html"), ({"accept": "application/json"}, "application/problem+json")):
        refused = await empty.http.post("/look", files={"picture": bytes(400_000)}, headers=headers)
        assert (refused.status_code, refused.headers["content-type"].partition(";")[0]) == (413, kind)
    assert texts(await empty.http.get("/nowhere", headers=HTML), "h1") == ["There is nothing here"]


async def test_the_page_speaks_both_languages_and_keeps_the_choice(drawn: World) -> None:
    japanese = await drawn.http.get("/?lang=ja", headers=HTML)
    assert "だれの顔" in japanese.text
    assert "faces-lang=ja" in japanese.headers["set-cookie"]
    for key, message in MESSAGES.items():
        assert set(re.findall(r"{\w+}", message.en)) == set(re.findall(r"{\w+}", message.ja)), key


async def test_nothing_on_the_page_needs_another_site_or_breaks_the_policy(drawn: World) -> None:
    found = await drawn.http.post("/look", files={"picture": ("a.png", photo())}, headers=HTML)
    assert "default-src 'self'" in found.headers["content-security-policy"]
    assert " style=" not in found.text
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=", found.text)
    named = [
        str(node.attributes.get("src") or node.attributes.get("href"))
        for node in LexborHTMLParser(found.text).css("script, link, img")
    ]
    for path in named:
        assert path.startswith("/static/")
        assert (await drawn.http.get(path)).status_code == 200
    assert "style=" not in (STATIC / "look.js").read_text()


def luminance(colour: str) -> float:
    """Relative luminance of a colour (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (each / 12.92 if each <= 0.03928 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_text_stands_out_in_the_light_and_in_the_dark() -> None:
    css = (STATIC / "site.css").read_text()
    themes = [
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
        for block in re.findall(r":root {(.*?)}", css, re.DOTALL)
    ]
    assert len(themes) == 2
    pairs = [
        ("ink", "paper"),
        ("ink", "raised"),
        ("ink", "tint"),
        ("ink", "note"),
        ("soft", "paper"),
        ("soft", "raised"),
    ]
    pairs += [
        ("soft", "tint"),
        ("accent", "paper"),
        ("on-accent", "accent"),
        ("good", "paper"),
        ("bad", "paper"),
        ("good", "tint"),
    ]
    for theme in themes:
        for text, ground in pairs:
            low, high = sorted((luminance(theme[text]), luminance(theme[ground])))
            assert (high + 0.05) / (low + 0.05) >= 4.5, (text, ground, json.dumps(theme))
