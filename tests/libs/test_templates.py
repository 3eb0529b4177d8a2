"""The frame of pages, and errors as they are said to people."""

from pathlib import Path

import pytest
from jinja2 import UndefinedError

from genba_servicekit.auth import ANONYMOUS, Principal, Role
from genba_servicekit.errors import Conflict, NotFound, ProblemError, UnprocessableContent
from genba_servicekit.languages import Languages, Message
from genba_servicekit.prepared import Part
from genba_servicekit.templates import Shell, kind_of, make_templates, time_of
from genba_servicekit.troubles import NeedsEditor, NeedsLogin, Trouble, as_trouble, need_editor, need_member

READER = Principal(1, "hana<b>", Role.READER, "session")
EDITOR = Principal(2, "ken", Role.EDITOR, "session")
PAGE = "{% if x %}\n<p>{{ x }}</p>\n{% endif %}\n{{ 0 | time }}{{ x | q }}\n"
SHELL = (
    "<title>{{ slot.title }}</title>{{ slot.head }}<b>{{ site }}</b><i>{{ slot.name }}</i>"
    '<a href="/login?next={{ slot.here }}"></a><a href="{{ slot.switch }}lang=ja"></a><main>{{ slot.main }}</main>'
)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    folder = tmp_path / "templates_of_a_test"
    (folder / "templates").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "templates" / "page.html").write_text(
        "{% if x %}\n<p>{{ x }}</p>\n{% endif %}\n{{ 0 | time }}{{ x | q }}\n"
    )
    (folder / "templates" / "shell.html").write_text(SHELL)
    monkeypatch.syspath_prepend(tmp_path)
    return folder.name


def test_everything_is_escaped_and_an_unknown_name_is_an_error(package: str) -> None:
    page = make_templates(package).get_template("page.html")
    assert page.render(x="<&/>") == f"<p>&lt;&amp;/&gt;</p>\n{time_of(0)}%3C%26%2F%3E\n"
    with pytest.raises(UndefinedError):
        page.render()


def test_a_page_is_its_frame_with_the_slots_filled(package: str) -> None:
    shell = Shell.cut(make_templates(package).get_template("shell.html"), site="A & B")
    parts = shell.around(
        [Part(b"<p>1</p>"), Part(b"<p>2</p>")], title="1 < 2", url="/a?b=c&d=e", who=READER, head="<meta>"
    )
    assert b"".join(part.plain for part in parts).decode() == (
        "<title>1 &lt; 2</title><meta><b>A &amp; B</b><i>hana&lt;b&gt;</i>"
        '<a href="/login?next=%2Fa%3Fb%3Dc%26d%3De"></a><a href="/a?b=c&amp;d=e&amp;lang=ja"></a>'
        "<main><p>1</p><p>2</p></main>"
    )
    again = shell.around([], title="", url="/", who=ANONYMOUS)
    assert again[0] is parts[0]


def test_a_time_reads_as_utc_to_the_minute() -> None:
    assert time_of(1_500) == '<time datetime="1970-01-01T00:00:01Z">1970-01-01 00:00 UTC</time>'


def test_readers_are_told_apart_by_what_they_may_do() -> None:
    assert [kind_of(who) for who in (ANONYMOUS, READER, EDITOR)] == ["anonymous", "reader", "editor"]
    assert need_member(READER) is READER
    assert need_editor(EDITOR) is EDITOR
    with pytest.raises(NeedsLogin):
        need_member(ANONYMOUS)
    with pytest.raises(NeedsLogin):
        need_editor(ANONYMOUS)
    with pytest.raises(NeedsEditor):
        need_editor(READER)


def test_an_error_is_said_by_its_class_or_else_by_its_status_or_else_as_some_error() -> None:
    t = Languages(
        {
            "error": Message("Something went wrong", "問題が起きました"),
            "error_404": Message("There is no such page", "ページがありません"),
            "taken": Message("Taken", "使われています"),
        },
        cookie="lang",
    ).english
    texts: dict[type[ProblemError], str] = {Conflict: "taken"}
    assert as_trouble(Conflict("It is."), t, texts=texts) == Trouble(409, "Taken", "It is.")
    assert as_trouble(NotFound("There is no such page"), t, texts=texts) == Trouble(404, "There is no such page")
    bad = as_trouble(UnprocessableContent("No."), t, texts=texts, bad_input=(UnprocessableContent,))
    assert bad == Trouble(400, "Something went wrong", "No.")
