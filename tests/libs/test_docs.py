"""The docs pages draw themselves from local files alone, in a real browser, under their own policy."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from genba_servicekit.app import GenbaApp
from genba_servicekit.docs import DOCS_POLICY
from genba_servicekit.testing import RunningService, app_client, missing, running_service
from libs import demo_service

CHROMIUM = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"

COMPLAINT = re.compile(r"Content Security Policy|Uncaught|Failed to load")


@pytest.fixture
def app() -> GenbaApp:
    return demo_service.create_app(demo_service.DemoSettings(access_log=False))


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
async def test_a_docs_page_names_only_files_that_are_here(app: GenbaApp, path: str) -> None:
    async with app_client(app) as client:
        answer = await client.get(path)
        assert answer.headers.get_list("content-security-policy") == [DOCS_POLICY]
        tree = LexborHTMLParser(answer.text)
        named = [node.attributes.get("src") or node.attributes.get("href") for node in tree.css("script, link")]
        assert len(named) >= 3
        for name in named:
            assert name is not None
            assert re.fullmatch(r"docs/static/[a-z.-]+", name)  # relative: it works behind a path of a proxy too
            assert (await client.get(f"/{name}")).status_code == 200
        assert not [script for script in tree.css("script") if script.text(strip=True)]


async def test_a_title_is_text_and_not_markup(app: GenbaApp) -> None:
    async with app_client(app) as client:
        assert "<title>Demo &lt;&amp;&gt;</title>" in (await client.get("/docs")).text


def test_the_policy_lets_no_script_in_but_our_own_files() -> None:
    directives = dict(part.split(" ", 1) for part in DOCS_POLICY.split("; "))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["connect-src"] == "'self'"


async def test_the_document_is_served_and_has_the_examples_of_its_models(app: GenbaApp) -> None:
    async with app_client(app) as client:
        schema = (await client.get("/openapi.json")).json()
    assert schema["components"]["schemas"]["Note"]["properties"]["text"]["examples"] == ["東京ドーム"]
    json.dumps(schema).encode()


def drawn(url: str, profile: Path) -> tuple[str, list[str]]:
    """The page's DOM once its scripts have run, and what the browser complained of."""
    browser = shutil.which("chromium") or missing("chromium")
    command = [
        browser, *CHROMIUM.split(), f"--user-data-dir={profile}", "--virtual-time-budget=10000",
        "--enable-logging=stderr", "--disable-component-update", "--disable-sync", "--dump-dom", url,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True)
    return done.stdout, [line for line in done.stderr.splitlines() if COMPLAINT.search(line)]


@pytest.fixture(scope="module")
def service() -> Iterator[RunningService]:
    with running_service(["python", demo_service.__file__, "serve"]) as running:
        yield running


def test_swagger_ui_draws_every_operation(service: RunningService, tmp_path: Path) -> None:
    dom, complaints = drawn(f"{service.url}/docs#/notes/save_note", tmp_path)
    text = LexborHTMLParser(dom).text()
    assert "Notes of all kinds." in text
    assert text.count("/v1/notes/{name}") >= 2
    assert "The body is too long" in text  # the opened operation lists its errors
    assert complaints == []


def test_redoc_draws_every_operation_and_its_logo_from_outside_is_not_fetched(
    service: RunningService, tmp_path: Path
) -> None:
    dom, complaints = drawn(f"{service.url}/redoc", tmp_path)
    text = LexborHTMLParser(dom).text()
    assert "Give one note." in text
    assert "Keep one note." in text
    assert [line for line in complaints if "logo-mini.svg" not in line] == []
