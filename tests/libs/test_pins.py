"""Exact versions of everything stand in pyproject.toml, and are what is installed."""

import re
import sys
import tomllib
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from deploy.pin import with_constraints  # noqa: E402  (deploy/ is no installed package)
from deploy.venv import pinned_uv, uv_environment  # noqa: E402

PYTHON = Path("/venv/bin/python")


def project(path: str = ".") -> dict[str, Any]:
    return tomllib.loads((ROOT / path / "pyproject.toml").read_text("utf-8"))


def pins() -> list[str]:
    found: list[str] = project()["tool"]["uv"]["constraint-dependencies"]
    return found


def members() -> list[str]:
    return [str(path.parent.relative_to(ROOT)) for path in sorted(ROOT.glob("*/*/pyproject.toml"))]


def test_every_pin_is_one_exact_version_and_names_no_place() -> None:
    assert pins()
    for pin in pins():
        assert re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*( ; .+)?", pin), pin
        assert "/" not in pin


def test_the_pins_are_sorted_and_none_stands_there_twice() -> None:
    assert pins() == sorted(set(pins()))


def test_everything_that_is_asked_for_is_pinned() -> None:
    pinned = {Requirement(pin).name for pin in pins()}
    ours = {project(path)["project"]["name"] for path in members()}
    asked = [*project()["project"]["dependencies"], *project()["dependency-groups"]["dev"]]
    for path in members():
        asked += project(path)["project"]["dependencies"]
    missing = {canonicalize_name(Requirement(need).name) for need in asked} - pinned - ours
    assert missing == set(), "run `make lock`"


def test_what_is_installed_is_what_is_pinned() -> None:
    installed = {canonicalize_name(each.name): each.version for each in distributions()}
    wanted = {}
    for pin in map(Requirement, pins()):
        if pin.marker is None or Marker(str(pin.marker)).evaluate():
            wanted[canonicalize_name(pin.name)] = str(pin.specifier).removeprefix("==")
    differing = {
        name: (version, installed[name]) for name, version in wanted.items() if installed.get(name, version) != version
    }
    assert differing == {}, "run `make setup`"


def test_pinning_replaces_the_list_and_nothing_else() -> None:
    before = '[tool.uv]\n# why\nconstraint-dependencies = ["old==1"]\nother = ["x"]\n'
    after = with_constraints(before, ["b==2 ; sys_platform == 'win32'", "a==1"])
    assert tomllib.loads(after)["tool"]["uv"] == {
        "constraint-dependencies": ["a==1", "b==2 ; sys_platform == 'win32'"],
        "other": ["x"],
    }
    assert with_constraints(after, []) == before.replace('"old==1"', "")


def test_pinning_refuses_a_project_without_a_list() -> None:
    with pytest.raises(ValueError, match="one constraint-dependencies list"):
        with_constraints("[tool.uv]\n", ["a==1"])


def test_pip_is_asked_for_the_pinned_uv(tmp_path: Path) -> None:
    pyproject = tmp_path / "pyproject.toml"
    text = '[dependency-groups]\ndev = ["uv>=0.13,<0.14"]\n[tool.uv]\nconstraint-dependencies = {}\n'
    pyproject.write_text(text.format('["uv==0.13.9", "uvicorn==1"]'))
    assert pinned_uv(pyproject) == "uv==0.13.9"
    pyproject.write_text(text.format("[]"))
    assert pinned_uv(pyproject) == "uv>=0.13,<0.14"


def test_uv_works_with_the_environments_own_python_alone() -> None:
    env = uv_environment(PYTHON, "", {"PATH": "/bin", "VIRTUAL_ENV": "/elsewhere"})
    assert env == {"PATH": "/bin", "UV_PYTHON": str(PYTHON), "UV_PYTHON_DOWNLOADS": "never"}


def test_uv_is_told_of_the_indexes_that_pip_was_told_of() -> None:
    config = (
        ":env:.index-url='https://env.example/simple'\n"
        "global.cert='/etc/own.pem'\n"
        "global.extra-index-url='https://a.example https://b.example'\n"
        "global.find-links='\\n/wheels\\n/more'\n"
        "global.index-url='https://global.example/simple'\n"
    )
    env = uv_environment(PYTHON, config, {})
    assert env["UV_DEFAULT_INDEX"] == "https://env.example/simple"
    assert env["UV_INDEX"] == "https://a.example https://b.example"
    assert env["UV_INDEX_STRATEGY"] == "unsafe-best-match"
    assert env["UV_FIND_LINKS"] == "/wheels,/more"
    assert env["SSL_CERT_FILE"] == "/etc/own.pem"


def test_uv_keeps_to_its_own_settings_where_it_has_some() -> None:
    env = uv_environment(PYTHON, "global.index-url='https://pip.example'", {"UV_INDEX": "https://uv.example"})
    assert env["UV_INDEX"] == "https://uv.example"
    assert "UV_DEFAULT_INDEX" not in env
