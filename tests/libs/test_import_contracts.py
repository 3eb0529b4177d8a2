"""Imports go the way that the architecture says, in every service: `.importlinter` forgets none of them."""

import configparser
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {path.parent.name: path.parent for path in sorted((ROOT / "services").glob("*/src/*/__init__.py"))}
LIBRARIES = {path.parent.name for path in (ROOT / "libs").glob("*/src/*/__init__.py")}
Contract = tuple[set[str], set[str]]
"""What may not import, and what it may not import."""

WEB = {"fastapi", "starlette"}
NEVER: dict[str, tuple[set[str], set[str]]] = {
    # room: (rooms that it may not import, packages that it may not import)
    "core": (
        {"adapters", "app", "deps", "events", "ports", "routes", "settings", "usecases", "wiring"},
        {*LIBRARIES, *WEB, "httpx", "jinja2", "redis", "sqlalchemy"},
    ),
    "usecases": ({"adapters", "app", "deps", "routes"}, {*WEB, "sqlalchemy"}),
    "adapters": ({"app", "deps", "routes", "usecases"}, WEB),
    "routes": ({"adapters"}, {"redis", "sqlalchemy"}),
}
WITHOUT_REST = {"adapters", "app", "core", "deps", "events", "ports", "settings", "usecases", "wiring"}
"""Rooms that contracts of REST are not for."""


def read_contracts(text: str) -> list[Contract]:
    """The contracts that forbid."""
    parser = configparser.ConfigParser()
    parser.read_string(text)
    sections = [parser[name] for name in parser.sections() if parser[name].get("type") == "forbidden"]
    return [(set(one["source_modules"].split()), set(one["forbidden_modules"].split())) for one in sections]


def rooms_of(package: Path) -> set[str]:
    """The modules and folders of Python that a service has."""
    return {path.stem for path in package.glob("*.py")} | {path.parent.name for path in package.glob("*/*.py")}


def wanting(contracts: list[Contract], package: str, rooms: set[str]) -> Iterator[str]:
    """What should be forbidden in a service that has these rooms, and is not."""
    wanted = {
        room: {f"{package}.{other}" for other in forbidden & rooms} | packages
        for room, (forbidden, packages) in NEVER.items()
    }
    for room in WITHOUT_REST:
        wanted.setdefault(room, set()).update({"genba_contracts.*"} if room != "core" else set())
    for room in sorted(wanted.keys() & rooms):
        named = {module for sources, forbidden in contracts if f"{package}.{room}" in sources for module in forbidden}
        for module in sorted(wanted[room] - named):
            yield f"{package}.{room} may not import {module}"


def test_imports_go_the_way_that_the_contracts_say() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("package", PACKAGES)
def test_every_room_of_every_service_has_its_contracts(package: str) -> None:
    contracts = read_contracts((ROOT / ".importlinter").read_text("utf-8"))
    missing = list(wanting(contracts, package, rooms_of(PACKAGES[package])))
    assert not missing, ".importlinter does not say:\n" + "\n".join(missing)


def test_every_service_is_known_to_the_contracts_of_all() -> None:
    parser = configparser.ConfigParser()
    parser.read_string((ROOT / ".importlinter").read_text("utf-8"))
    assert set(parser["importlinter"]["root_packages"].split()) == {*PACKAGES, *LIBRARIES}
    assert set(parser["importlinter:contract:services"]["modules"].split()) == set(PACKAGES)
    for library, others in (("contracts", LIBRARIES - {"genba_contracts"}), ("client", {"genba_servicekit"})):
        forbidden = set(parser[f"importlinter:contract:{library}"]["forbidden_modules"].split())
        assert forbidden == {*PACKAGES, *others}
    assert set(PACKAGES) < set(parser["importlinter:contract:servicekit"]["forbidden_modules"].split())


def test_a_room_without_its_contract_is_seen() -> None:
    contracts: list[Contract] = [({"shop.adapters"}, {"shop.app", *WEB, "genba_contracts.*"})]
    assert list(wanting(contracts, "shop", {"adapters", "app", "routes"})) == [
        "shop.adapters may not import shop.routes",
        "shop.app may not import genba_contracts.*",
        "shop.routes may not import redis",
        "shop.routes may not import shop.adapters",
        "shop.routes may not import sqlalchemy",
    ]
