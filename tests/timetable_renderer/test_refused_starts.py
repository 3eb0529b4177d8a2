"""A service that cannot be put together says in a line what must be changed, and ends with 2: `make up` then stops."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("timetable-renderer")


@pytest.mark.parametrize(
    ("setting", "text", "said"),
    [
        ("TIMETABLE_FONT_REGULAR", None, "there is no font file at"),
        ("TIMETABLE_FESTIVALS", "id = 'fes'", "name: Field required"),
        ("TIMETABLE_FESTIVALS", "id =", "it is no TOML"),
    ],
)
def test_a_file_that_cannot_be_used_ends_the_start_with_a_line(
    tmp_path: Path, setting: str, text: str | None, said: str
) -> None:
    file = tmp_path / "fes.toml"
    if text is not None:
        file.write_text(text)
    assert said in refused_start(tmp_path, setting, file)


def test_two_files_that_set_up_one_festival_end_the_start_with_a_line(tmp_path: Path) -> None:
    folder = tmp_path / "festivals"
    folder.mkdir()
    for name in ("a.toml", "b.toml"):
        (folder / name).write_text("id = 'fes'\nname = 'Fes'\n")
    said = refused_start(tmp_path, "TIMETABLE_FESTIVALS", folder)
    assert said == f"{folder / 'b.toml'}: sets up “fes”, which a.toml sets up already\n"


def refused_start(tmp_path: Path, setting: str, value: Path) -> str:
    """What a start says that ends with 2."""
    environment = {**os.environ, "GENBA_DATA_DIR": str(tmp_path), "TIMETABLE_PORT": "0", setting: str(value)}
    run = subprocess.run([COMMAND, "serve"], env=environment, check=False, capture_output=True, text=True)
    assert run.returncode == 2, run.stderr
    assert "Traceback" not in run.stderr
    return run.stderr
