"""Whatever is sent to the forms and pages of the site: a page that says what is wrong, and nothing stored by half."""

from urllib.parse import quote

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from contract.wiki.wiki_world import World
from wiki_helpers import PASSWORD

pytestmark = pytest.mark.anyio

FORMS = [
    "/keyword",
    "/keyword/stage",
    "/rename/stage",
    "/aliases/stage",
    "/restore/stage",
    "/register",
    "/login",
    "/stars",
]
URLENCODED = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
async def session_token(world: World) -> str:
    """A session of an editor."""
    return (await world.client().log_in("writer", password=PASSWORD)).token


@pytest.fixture
def browser(session_token: str, http: httpx.AsyncClient) -> httpx.AsyncClient:
    """A browser in which the editor is logged in; it has to leave the wiki as it was."""
    del http.headers["Authorization"]
    http.headers.update({"Accept": "text/html", "Accept-Language": "en"})
    http.cookies.set("wiki_session", session_token)
    return http


def refused(answer: httpx.Response, *statuses: int) -> None:
    """It has to be a page of one of these statuses, with a heading, not as long as what was sent."""
    assert answer.status_code in statuses, (answer.status_code, answer.text[:300])
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "Traceback" not in answer.text
    page = LexborHTMLParser(answer.text)
    assert page.css_first("h1") is not None or page.css_first("[role=alert]") is not None, answer.text


NO_TEXT = {
    "nothing": "",
    "white space": "%20%0D%0A%E3%80%80",
    "NUL": "a%00b",
    "escape": "a%1Bb",
    "lone surrogate": "%ED%A0%80",
    "surrogates": "%ED%A0%BD%ED%B8%80",
    "not UTF-8": "%FF%FE",
    "overlong": "%C0%AF",
    "cut UTF-8": "%E3%81",
    "raw bytes": "\xff",
    "no character": "%EF%BF%BF",
}
NO_KEYWORD = {
    **NO_TEXT,
    "256 characters": "x" * 256,
    "10,000 characters": "x" * 10_000,
    "two lines": "a%0Ab",
    "bidi": "a%E2%80%AEb",
    "isolate": "%E2%81%A6a",
    "C1 control": "a%C2%9Bb",
    "space before": "%20a",
    "line separator": "a%E2%80%A8b",
}


@pytest.mark.parametrize("name", NO_KEYWORD)
async def test_no_entry_is_called_so(browser: httpx.AsyncClient, name: str) -> None:
    raw = NO_KEYWORD[name].encode("latin-1")
    headers = {"Content-Type": URLENCODED}
    body = b"description=text&summary=s&keyword=" + raw
    refused(await browser.post("/keyword", content=body, headers=headers), 400)
    refused(await browser.post("/rename/stage", content=b"keep_alias=1&new_keyword=" + raw, headers=headers), 400)
    refused(await browser.post("/register", content=b"password=x&name=" + raw, headers=headers), 400)
    refused(await browser.post("/login", content=b"password=x&name=" + raw, headers=headers), 400, 403)


@pytest.mark.parametrize("name", NO_TEXT)
async def test_no_entry_says_so(browser: httpx.AsyncClient, name: str) -> None:
    raw = NO_TEXT[name].encode("latin-1")
    for keyword in (b"stage", b"new"):
        body = b"keyword=" + keyword + b"&description=" + raw
        refused(await browser.post("/keyword", content=body, headers={"Content-Type": URLENCODED}), 400)


PART = b'--cut\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
BOMBS: dict[str, tuple[str, bytes, int]] = {
    "100,000 fields": (URLENCODED, b"&".join(b"%x=" % number for number in range(100_000)), 400),
    "a field 100,000 times": (URLENCODED, b"keyword=a&" * 100_000, 400),
    "a million separators": (URLENCODED, b"&" * 1_000_000, 400),
    "5 MB": (URLENCODED, b"keyword=x&description=" + b"x" * (5 * 2**20), 413),
    "10,000 parts": ("multipart/form-data; boundary=cut", PART * 10_000 + b"--cut--", 400),
    "cut off after a part": ("multipart/form-data; boundary=cut", PART, 400),
    "a part without an end": ("multipart/form-data; boundary=cut", PART[:-2] + b"x" * 500_000, 400),
    "a part of long headers": (
        "multipart/form-data; boundary=cut",
        b"--cut\r\nContent-Disposition: form-data; name=" + b"x" * 500_000 + b"\r\n\r\n1\r\n--cut--",
        400,
    ),
    "no boundary": ("multipart/form-data", PART, 400),
    "JSON": ("application/json", b'{"keyword": "x", "description": "x"}', 415),
    "plain": ("text/plain", b"keyword=x", 415),
    "no type": ("", b"keyword=x&description=x", 415),
}


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.parametrize("path", FORMS)
async def test_a_form_that_is_none_is_not_read(browser: httpx.AsyncClient, path: str, name: str) -> None:
    content_type, body, status = BOMBS[name]
    headers = {"Content-Type": content_type} if content_type else {}
    refused(await browser.post(path, content=body, headers=headers), status)


@pytest.mark.parametrize("files", [{"keyword": b"x"}, {"keyword": ("x.txt", b"x"), "description": ("y.txt", b"x")}])
async def test_a_file_is_no_text(browser: httpx.AsyncClient, files: dict[str, bytes]) -> None:
    refused(await browser.post("/keyword", files=files), 400)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        *(("GET", f"/?page={page}", 400) for page in ("-1", "0", "x", "1.5", "9" * 30, "%EF%BC%91")),
        ("GET", "/?page=1000000", 404),
        ("GET", "/keyword/" + "x" * 10_000, 404),
        *(
            ("GET", f"/keyword/{quote(word)}", 404)
            for word in ("unknown", " x", "a\nb", "\u202e", "<script>", "../../etc")
        ),
        *(("GET", f"/keyword/{raw}", 400) for raw in ("%ED%A0%80", "%FF", "%C0%AF", "a%00b")),
        ("GET", "/keyword", 405),
        ("GET", "/history/unknown", 404),
        ("GET", "/history/stage?revision=99", 404),
        ("GET", "/history/stage?revision=x", 400),
        ("GET", "/history/stage?revision=" + "9" * 30, 400),
        ("GET", "/links/unknown", 404),
        ("GET", "/stars?keyword=unknown", 404),
        ("GET", "/stars?keyword=" + "x" * 10_000, 404),
        ("GET", "/stars", 404),
        ("GET", "/search?q=" + "x" * 10_000, 400),
        ("GET", "/recent?before=x", 400),
        ("GET", "/recent?before=-1", 400),
        ("GET", "/recent?before=" + "9" * 30, 400),
        ("GET", "/edit/unknown", 404),
        ("POST", "/stars?keyword=unknown", 404),
        ("POST", "/stars?keyword=stage&user=someone", 403),
        ("POST", "/keyword/unknown", 400),
        ("POST", "/undelete/unknown", 404),
        ("POST", "/restore/stage", 400),
        ("POST", "/aliases/stage", 400),
        ("GET", "/nothing", 404),
        ("GET", "/wp-login.php", 404),
        ("GET", "/static/../app.py", 404),
        ("GET", "/static/%2e%2e/app.py", 404),
        ("PUT", "/keyword/stage", 405),
        ("DELETE", "/", 405),
        ("BREW", "/", 405),
    ],
)
async def test_an_address_that_leads_nowhere_says_so(
    browser: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    headers = {"Content-Type": URLENCODED} if method == "POST" else {}
    refused(await browser.request(method, path, headers=headers), status)


async def test_who_is_not_logged_in_writes_nothing(browser: httpx.AsyncClient) -> None:
    browser.cookies.clear()
    for path in (
        "/keyword",
        "/keyword/stage",
        "/rename/stage",
        "/aliases/stage",
        "/restore/stage",
        "/stars?keyword=stage",
    ):
        form = {"keyword": "x", "description": "x", "delete": "1", "new_keyword": "x", "aliases": "x", "revision": "1"}
        refused(await browser.post(path, data=form), 403)
