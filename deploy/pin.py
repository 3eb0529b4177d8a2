"""Writes the exact version of everything into pyproject.toml: `python -m deploy.pin` (`make lock`).

uv.lock says the same and more, but also names the package index that it was made with, so it stays on the machine (see
docs/decisions/0001).
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from deploy.venv import ROOT, output, run, uv_environment

_LIST: Final = re.compile(r"^constraint-dependencies = \[[^\]]*\]$", re.MULTILINE)
_EXPORT: Final = "export --quiet --all-packages --all-groups --no-hashes --no-header --no-annotate --no-emit-workspace"
_EXTRAS: Final = (("--extra", "cpu", "--extra", "jax"), ("--extra", "gpu"))
"""Sets of extras that together are all of them, none of which asks for what another one rules out."""


def with_constraints(pyproject: str, constraints: Iterable[str]) -> str:
    """The text of pyproject.toml with its `constraint-dependencies` set to these, sorted, one a line."""
    lines = "".join(f"    {_quoted(line)},\n" for line in sorted(constraints))
    text = f"constraint-dependencies = [\n{lines}]" if lines else "constraint-dependencies = []"
    changed, count = _LIST.subn(lambda _: text, pyproject)
    if count != 1:
        msg = "pyproject.toml must have one constraint-dependencies list"
        raise ValueError(msg)
    return changed


def _quoted(requirement: str) -> str:
    # Markers quote with ', so " is free; neither occurs in names and versions.
    return f'"{requirement}"'


def pin(pyproject: Path = ROOT / "pyproject.toml") -> list[str]:
    """Resolve everything to its newest version, write that down, and return it.

    Raises:
        subprocess.CalledProcessError: uv found no solution, and has said why; pyproject.toml is as it was.
    """
    python = Path(sys.executable)
    uv = python.with_name("uv")
    env = uv_environment(python, output(python, "-m", "pip", "config", "list"), os.environ)
    before = pyproject.read_text("utf-8")
    after = before
    try:
        pyproject.write_text(with_constraints(before, []), "utf-8")
        run(uv, "lock", "--upgrade", env=env)
        constraints = {
            line for extras in _EXTRAS for line in output(uv, *_EXPORT.split(), *extras, env=env).splitlines()
        }
        after = with_constraints(before, constraints)
    finally:
        pyproject.write_text(after, "utf-8")
    return sorted(constraints)


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{len(pin())} versions pinned in pyproject.toml\n")
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
