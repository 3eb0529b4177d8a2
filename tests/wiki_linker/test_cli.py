"""The command line, as a person meets it: real processes, their words and their exit codes."""

import json
import os
import subprocess
import threading
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from genba_servicekit.testing import running_service
from wiki_helpers import COMMAND, PASSWORD, UNLIMITED, entry_path, key_of, make_user, run_wiki, wiki_process
from wiki_linker.__main__ import cli
from wiki_linker.adapters import entry_reads
from wiki_linker.core.entities import Entry
from wiki_linker.settings import WikiSettings

Done = subprocess.CompletedProcess[str]


def entries_in(data: Path) -> list[Entry]:
    engine = sa.create_engine(f"sqlite:///{data / 'wiki.db'}")
    with closing(engine.connect()) as connection:
        found = entry_reads.entries_after(connection, 0, limit=-1)
    engine.dispose()
    return found


def lines_file(folder: Path, *lines: str) -> Path:
    path = folder / "lines.ndjson"
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def line(keyword: str, **fields: object) -> str:
    return json.dumps({"keyword": keyword, "description": f"About {keyword}.", **fields}, ensure_ascii=False)


def wiki(*arguments: str, data: Path, settings: Mapping[str, str] | None = None) -> Done:
    """A wiki command in this process, which saves the second that Python takes to load it."""
    environment = {"GENBA_DATA_DIR": str(data), "TERM": "dumb", "COLUMNS": "200", **(settings or {})}
    result = CliRunner().invoke(cli, arguments, env=environment, prog_name="wiki-linker")
    return Done(arguments, result.exit_code, result.stdout, result.stderr)


def told_in_one_line(done: Done, code: int = 2) -> str:
    """What a command that cannot do what it was asked says: one line, no traceback, nothing on stdout."""
    assert (done.returncode, done.stdout) == (code, ""), done
    (said,) = done.stderr.splitlines()
    return said


def test_help_teaches_every_command_and_option(tmp_path: Path) -> None:
    said = wiki("--help", data=tmp_path).stdout
    for command in ("serve", "import", "export", "user", "config"):
        assert f" {command} " in said
    said = wiki("import", "--help", data=tmp_path).stdout
    for word in ("NDJSON", "MediaWiki", "--format", "--author", "--if-empty", "twice changes nothing"):
        assert word in said
    done = run_wiki(data=tmp_path)
    assert (done.returncode, "Usage" in done.stdout + done.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_config_lists_every_setting_with_its_default(tmp_path: Path) -> None:
    said = wiki("config", data=tmp_path).stdout
    rows = {row.split()[0]: row for row in said.splitlines() if row.startswith(("WIKI_", "GENBA_"))}
    for name, field in WikiSettings.model_fields.items():
        own = rows.get(f"WIKI_{name.upper()}") or rows.get(f"GENBA_{name.upper()}")
        assert own is not None, name
        assert " ".join((field.description or "").split()[:3]) in own, name
    assert "8001" in rows["WIKI_PORT"]


def test_an_import_takes_what_is_good_and_tells_of_the_rest_by_line(tmp_path: Path) -> None:
    file = lines_file(tmp_path, line("one"), "broken", "", line("two", author="hanako"), line(""))
    done = run_wiki("import", str(file), "--author", "me", data=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "2 entries created, 0 updated, 0 unchanged, 2 lines rejected.\n"
    assert f"{file}:2: the line is not JSON\n" in done.stderr
    assert f"{file}:5: keyword: " in done.stderr
    assert [(entry.keyword, entry.author) for entry in entries_in(tmp_path)] == [("one", "me"), ("two", "hanako")]

    again = wiki("import", str(file), data=tmp_path)
    assert again.stdout == "0 entries created, 0 updated, 2 unchanged, 2 lines rejected.\n"
    never = wiki("import", "--if-empty", str(file), data=tmp_path)
    assert (never.returncode, "nothing was imported" in never.stdout) == (0, True)


def test_more_than_a_hundred_bad_lines_are_counted(tmp_path: Path) -> None:
    done = wiki("import", str(lines_file(tmp_path, *["broken"] * 130)), data=tmp_path)
    assert done.returncode == 0
    assert done.stderr.count("the line is not JSON") == 100
    assert "30 more lines were not taken" in done.stderr
    assert "130 lines rejected" in done.stdout


def test_a_file_or_a_format_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    file = lines_file(tmp_path, line("one"))
    assert "nowhere.ndjson: there is no such file" in told_in_one_line(wiki("import", "nowhere.ndjson", data=tmp_path))
    said = told_in_one_line(wiki("import", str(file), "--format", "csv", data=tmp_path))
    assert "csv" in said
    assert "ndjson or mediawiki" in said
    assert "--author" in told_in_one_line(wiki("import", str(file), "--author", " x", data=tmp_path))
    assert not (tmp_path / "wiki.db").exists()


def test_a_file_that_is_no_dump_is_told_and_fails(tmp_path: Path) -> None:
    dump = tmp_path / "dump.xml"
    dump.write_text("<html></html>")
    done = wiki("import", str(dump), data=tmp_path)
    assert done.returncode == 1
    assert f"{dump}: the file is XML, but no MediaWiki export" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"WIKI_PORT": "http"}, "WIKI_PORT"),
        ({"WIKI_DATABASE_URL": "mysql://root:secret@host/wiki"}, "WIKI_DATABASE_URL"),
        ({"WIKI_DATABASE_URL": "wiki.db"}, "WIKI_DATABASE_URL"),
        ({"GENBA_DATA_DIR": "/proc/nowhere"}, "/proc/nowhere"),
    ],
)
def test_a_setting_that_does_not_fit_is_told_in_one_line(tmp_path: Path, settings: dict[str, str], word: str) -> None:
    said = told_in_one_line(wiki("export", data=tmp_path, settings=settings))
    assert word in said
    assert "secret" not in said


def test_an_export_is_what_an_import_reads(tmp_path: Path) -> None:
    one, other, out = tmp_path / "one", tmp_path / "other", tmp_path / "out.ndjson"
    lines = [
        line("夏フェス", aliases=["サマーフェス"], updated_at="2020-02-02T02:02:02Z"),
        line('a\\b"<é>', author="x y"),
    ]
    assert wiki("import", str(lines_file(tmp_path, *lines)), data=one).returncode == 0
    done = wiki("export", str(out), data=one)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "2 entries exported.\n")
    assert run_wiki("export", data=one).stdout == out.read_text()
    assert run_wiki("import", str(out), data=other).returncode == 0
    assert wiki("export", data=other).stdout == out.read_text()
    (first, second) = entries_in(other)
    assert (first.aliases, first.updated_at) == (("サマーフェス",), 1_580_608_922_000)
    assert (second.keyword, second.author) == ('a\\b"<é>', "x y")


def test_an_export_that_cannot_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    assert wiki("import", str(lines_file(tmp_path, line("one"))), data=tmp_path).returncode == 0
    for place in (str(tmp_path / "no" / "folder"), "/dev/full", str(tmp_path)):
        assert told_in_one_line(wiki("export", place, data=tmp_path)).startswith(f"{place}: ")


def test_a_reader_that_takes_only_a_part_of_an_export_sees_no_traceback(tmp_path: Path) -> None:
    lines = (line(f"keyword {number}", author="x" * 60) for number in range(2_000))
    assert wiki("import", str(lines_file(tmp_path, *lines)), data=tmp_path).returncode == 0
    environment = {**os.environ, "GENBA_DATA_DIR": str(tmp_path)}
    with subprocess.Popen(
        [COMMAND, "export"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as export:
        assert export.stdout is not None
        assert export.stderr is not None
        assert "keyword 0" in export.stdout.readline()
        export.stdout.close()
        said = export.stderr.read()
    assert said == ""


def test_people_are_made_and_given_other_roles(tmp_path: Path) -> None:
    settings = {"WIKI_USER_PASSWORD": PASSWORD}
    made = wiki("user", "ann", data=tmp_path, settings=settings)
    assert (made.returncode, made.stdout) == (0, "ann was made, as editor.\n")
    given = wiki("user", "ann", "--role", "admin", data=tmp_path)
    assert (given.returncode, given.stdout) == (0, "ann is admin now.\n")
    assert "ann " in told_in_one_line(wiki("user", "ann ", data=tmp_path, settings=settings))
    assert "bob: " in told_in_one_line(wiki("user", "bob", data=tmp_path, settings={"WIKI_USER_PASSWORD": "x" * 2000}))
    wrong = wiki("user", "ann", "--role", "king", data=tmp_path)
    assert (wrong.returncode, "reader" in wrong.stderr) == (2, True)


def test_a_new_person_without_a_password_is_not_made(tmp_path: Path) -> None:
    environment = {**os.environ, "GENBA_DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [COMMAND, "user", "ann"], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert "WIKI_USER_PASSWORD" in told_in_one_line(done)


def test_a_second_server_on_a_port_says_that_it_is_taken(tmp_path: Path) -> None:
    with wiki_process(tmp_path / "one") as service:
        port = str(service.port)
        done = run_wiki("serve", "--port", port, data=tmp_path / "other")
        said = told_in_one_line(done)
        assert port in said
        assert "taken" in said
        assert "WIKI_PORT" in said
        assert not (tmp_path / "other").exists(), "it did something before it looked"
        assert httpx.get(f"{service.url}/livez").status_code == 200


def test_an_import_beside_a_server_that_is_written_to_loses_nothing(tmp_path: Path) -> None:
    file = lines_file(tmp_path, *(line(f"imported {number}") for number in range(3_000)))
    imported: list[Done] = []
    with (
        running_service([COMMAND, "serve"], {**UNLIMITED, "GENBA_DATA_DIR": str(tmp_path)}) as service,
        closing(httpx.Client(base_url=service.url)) as client,
    ):
        make_user(tmp_path)
        key = key_of(client)
        importer = threading.Thread(target=lambda: imported.append(run_wiki("import", str(file), data=tmp_path)))
        importer.start()
        posted = 0
        while importer.is_alive() or not posted:
            saved = client.put(entry_path(f"posted {posted}"), json={"description": "x"}, headers=key)
            assert saved.status_code == 201, saved.text
            posted += 1
        importer.join()
        assert imported[0].stdout == "3,000 entries created, 0 updated, 0 unchanged, 0 lines rejected.\n"
        text = "imported 0, imported 2999, posted 0"
        linked = client.post("/v1/link", json={"text": text}).json()
        assert [span["keyword"] for span in linked["spans"]] == ["imported 0", "imported 2999", "posted 0"]
        lines = client.get("/v1/export").text.splitlines()
        assert len(lines) == 3_000 + posted
        assert len({json.loads(one)["keyword"] for one in lines}) == 3_000 + posted
