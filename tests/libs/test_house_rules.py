"""House rules that no general tool knows: each is a function over a file's syntax tree, tried on a bad example too."""

import ast
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for folder in ("libs", "services") for path in (ROOT / folder).glob("*/src/**/*.py"))
LONGEST = 420  # "about 400": a file that passes it is asking to be two
MAY_PRINT = {"__main__", "cli", "commands"}  # and commands_keys, where a service has many
HOSTS = [".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("debian", "org"))]
SERVICES = sorted(path.parent.name for path in (ROOT / "services").glob("*/src/*/__init__.py"))
OURS = ("genba_client", "genba_servicekit", *SERVICES)
EVERYWHERE = {"events", "problem"}
"""Contracts that are not of REST alone."""

Rule = Callable[[Path, ast.Module], Iterator[str]]


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Each name that is imported, dotted, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def called(node: ast.AST) -> str:
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""


def no_base_http_middleware(_path: Path, tree: ast.Module) -> Iterator[str]:
    """One such layer costs a route three quarters of its throughput."""
    for node in ast.walk(tree):
        name = getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "name", None)
        if name == "BaseHTTPMiddleware":
            yield "BaseHTTPMiddleware: write pure ASGI"


def no_blocking_client(_path: Path, tree: ast.Module) -> Iterator[str]:
    for line, name in imported(tree):
        if name.split(".")[0] == "requests":
            yield f"line {line}: requests blocks the event loop: use httpx"


def _in_coroutine(node: ast.AST) -> Iterator[ast.AST]:
    """What runs in a coroutine itself: not in functions that it defines."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from _in_coroutine(child)


def no_sleep_on_the_event_loop(_path: Path, tree: ast.Module) -> Iterator[str]:
    for coroutine in ast.walk(tree):
        if isinstance(coroutine, ast.AsyncFunctionDef):
            for node in _in_coroutine(coroutine):
                if called(node) in {"time.sleep", "sleep"} and not _is_imported_from_asyncio(tree):
                    yield f"line {coroutine.lineno}: {coroutine.name} sleeps on the event loop"


def _is_imported_from_asyncio(tree: ast.Module) -> bool:
    return any(name in {"asyncio.sleep", "anyio.sleep"} for _, name in imported(tree))


def prints_on_the_command_line_alone(path: Path, tree: ast.Module) -> Iterator[str]:
    if path.stem not in MAY_PRINT and not path.stem.startswith("commands_"):
        for node in ast.walk(tree):
            if called(node) in {"print", "typer.echo", "click.echo"}:
                yield f"line {node.lineno}: prints; log it"  # type: ignore[attr-defined]


def contracts_import_nothing_of_ours(path: Path, tree: ast.Module) -> Iterator[str]:
    if "genba_contracts" in path.parts:
        for line, name in imported(tree):
            if name.startswith(OURS):
                yield f"line {line}: a contract imports {name}"


def contracts_of_rest_meet_core_in_routes_alone(path: Path, tree: ast.Module) -> Iterator[str]:
    other_end = any(name.startswith("genba_client.") for _, name in imported(tree))
    if "services" in path.parts and "routes" not in path.parts and not other_end:
        for line, name in imported(tree):
            package, _, module = name.partition(".")
            if package == "genba_contracts" and module.partition(".")[0] not in EVERYWHERE:
                yield f"line {line}: {name} is for routes"


def dependencies_stay_on_the_event_loop(_path: Path, tree: ast.Module) -> Iterator[str]:
    """FastAPI calls a plain function in a thread: a tenth of a millisecond, and more while threads compute."""
    plain = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(tree):
        if called(node) in {"Depends", "Security"} and isinstance(node, ast.Call):
            for argument in node.args:
                if isinstance(argument, ast.Name) and argument.id in plain:
                    yield f"line {node.lineno}: {argument.id} is called in a thread: make it async"
    for route in tree.body:
        if isinstance(route, ast.FunctionDef) and any(
            called(made).startswith("router.") for made in route.decorator_list
        ):
            yield f"line {route.lineno}: {route.name} is called in a thread: make it async"


RULES: dict[Rule, tuple[str, str]] = {
    # rule: (where a bad example might stand, the bad example)
    no_base_http_middleware: ("libs/a.py", "from starlette.middleware.base import BaseHTTPMiddleware"),
    no_blocking_client: ("libs/a.py", "import requests"),
    no_sleep_on_the_event_loop: ("libs/a.py", "import time\nasync def f():\n    if g():\n        time.sleep(1)"),
    prints_on_the_command_line_alone: ("libs/a.py", "def f():\n    print('x')"),
    dependencies_stay_on_the_event_loop: ("libs/a.py", "def f():\n    pass\nX = Annotated[int, Depends(f)]"),
    contracts_import_nothing_of_ours: ("libs/genba_contracts/a.py", "from genba_servicekit.errors import NotFound"),
    contracts_of_rest_meet_core_in_routes_alone: ("services/core/a.py", "from genba_contracts.wiki_links import X"),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_rule_holds_in_every_source_file(rule: Rule) -> None:
    assert len(SOURCES) > 30
    broken = [
        f"{path.relative_to(ROOT)}: {what}"
        for path in SOURCES
        for what in rule(path.relative_to(ROOT), ast.parse(path.read_text()))
    ]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_rule_sees_what_breaks_it(rule: Rule) -> None:
    where, bad = RULES[rule]
    assert list(rule(Path(where), ast.parse(bad)))


def test_a_function_defined_in_a_coroutine_may_sleep_in_its_thread() -> None:
    source = "import time\nasync def f():\n    def work():\n        time.sleep(1)\n    await run(work)"
    assert not list(no_sleep_on_the_event_loop(Path("a.py"), ast.parse(source)))


def test_no_source_file_is_much_longer_than_400_lines() -> None:
    tests = sorted((ROOT / "tests").rglob("*.py"))
    long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in [*SOURCES, *tests]}
    assert {name: lines for name, lines in long.items() if lines > LONGEST} == {}


def test_nothing_names_a_package_registrys_host() -> None:
    kept = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(kept) > 30
    naming = [
        name
        for name in kept
        if any(host.encode() in (ROOT / name).read_bytes() for host in HOSTS) and (ROOT / name).suffix != ".lock"
    ]
    assert naming == []
