"""Makes a virtual environment with exactly what the workspace needs: `python3 -m deploy.venv .venv/.ready`.

The argument is the file whose time says when the environment in its folder was last right. Needs the standard library
alone. Does nothing when nothing changed; two at once wait for each other. uv asks the same package indexes as pip does
on this machine, unless it has been told its own.
"""

import ast
import fcntl
import os
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent

_UV_OWN: Final = (
    "UV_DEFAULT_INDEX",
    "UV_INDEX",
    "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_CONFIG_FILE",
)
# What pip can be told about indexes, what uv calls the same, and what stands between the items of uv's lists.
_PIP_TO_UV: Final[dict[str, tuple[str, Callable[[str], str]]]] = {
    "index-url": ("UV_DEFAULT_INDEX", str.strip),
    "extra-index-url": ("UV_INDEX", lambda value: " ".join(value.split())),
    "find-links": ("UV_FIND_LINKS", lambda value: ",".join(value.split())),
    "cert": ("SSL_CERT_FILE", str.strip),
}

# The face service trains on the processor here, with TensorFlow and, for its tests, with JAX.
_SYNC: Final = ("sync", "--all-packages", "--extra", "cpu", "--extra", "jax")


class SetupError(Exception):
    """Says in one line what is missing."""


def uv_environment(python: Path, pip_config: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Environment for a uv that works with `python` alone and asks the indexes named in `pip config list`'s output.

    uv reads neither pip.conf nor PIP_…; where pip has been told of a mirror, the standard index is often out of reach.
    """
    env = {**environ, "UV_PYTHON": str(python), "UV_PYTHON_DOWNLOADS": "never"}
    env.pop("VIRTUAL_ENV", None)  # uv would warn that it is not the one it works on
    if any(name in environ for name in _UV_OWN):
        return env
    told: dict[str, str] = {}
    for scope in ("global", "install", ":env:"):  # the later wins, as in pip
        for line in pip_config.splitlines():
            key, _, value = line.partition("=")
            if key.startswith(f"{scope}."):
                told[key.removeprefix(f"{scope}.")] = str(ast.literal_eval(value))
    for option, (variable, convert) in _PIP_TO_UV.items():
        if told.get(option):
            env.setdefault(variable, convert(told[option]))
    if "UV_INDEX" in env:
        env["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # as pip does: the best version of all indexes
    return env


def pinned_uv(pyproject: Path = ROOT / "pyproject.toml") -> str:
    """What to ask pip for: the exact uv that the workspace names."""
    project = tomllib.loads(pyproject.read_text("utf-8"))
    pins = project["tool"]["uv"]["constraint-dependencies"] + project["dependency-groups"]["dev"]
    return str(next(pin for pin in pins if pin.startswith(("uv==", "uv>="))))


def make(stamp: Path) -> None:
    """Bring the environment in `stamp`'s folder up to date.

    Raises:
        SetupError: this Python cannot make one.
        subprocess.CalledProcessError: pip or uv failed, and has said why.
    """
    venv = stamp.parent.absolute()
    with _one_at_a_time():
        if _is_fresh(stamp):
            return
        began = time.time()
        python, uv = venv / "bin" / "python", venv / "bin" / "uv"
        if venv.exists() and not _is_ours(stamp, python):
            _say(f"{venv.name} was made for another place or another Python: making it anew")
            shutil.rmtree(venv)
        if not python.exists():
            _create(venv)
        env = uv_environment(python, output(python, "-m", "pip", "config", "list"), os.environ)
        env["UV_PROJECT_ENVIRONMENT"] = str(venv)
        if not (uv.exists() and pinned_uv() == f"uv=={output(uv, '--version').split()[1]}"):
            run(python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", pinned_uv())
        quiet = () if sys.stderr.isatty() else ("--quiet",)
        if os.environ.get("PYTHONDONTWRITEBYTECODE"):
            # A Python that may keep no byte code compiles all of it at every start: 3.4 s of work where 1.2 would do.
            env["UV_COMPILE_BYTECODE"] = "1"
        _sync(uv, *quiet, env=env)
        stamp.touch()
        os.utime(stamp, (began, began))  # what was edited meanwhile is newer, and is looked at next time
        _say(f"{venv.name} is ready")


def _sync(uv: Path, *options: str, env: Mapping[str, str]) -> None:
    """Install what is pinned: from the index itself if it answers, else with pip's extra indexes before it.

    uv takes a version from one index alone, and an extra one may have it for another Python only.
    """
    extra = {"UV_INDEX", "UV_INDEX_STRATEGY"} - os.environ.keys()
    if extra & env.keys():
        plain = {name: value for name, value in env.items() if name not in extra}
        tried = subprocess.run([uv, *_SYNC, "--quiet"], check=False, cwd=ROOT, env=plain, stderr=-1)  # noqa: S603  (our own words)
        if tried.returncode == 0:
            return
    run(uv, *_SYNC, *options, env=env)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Hold the checkout's folder itself: a lock file in the environment would vanish with it."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("waiting for another set-up of this checkout")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _is_fresh(stamp: Path) -> bool:
    inputs = [ROOT / "pyproject.toml", *ROOT.glob("libs/*/pyproject.toml"), *ROOT.glob("services/*/pyproject.toml")]
    return stamp.exists() and all(path.stat().st_mtime <= stamp.stat().st_mtime for path in (*inputs, Path(__file__)))


def _is_ours(stamp: Path, python: Path) -> bool:
    others = [path for path in stamp.parent.glob(".ready*") if path.name != stamp.name]
    try:
        output(python, "-m", "pip", "--version")
    except (OSError, subprocess.CalledProcessError):
        return False
    return not others


def _create(venv: Path) -> None:
    if not (find_spec("venv") and find_spec("ensurepip")):
        msg = f"{sys.executable} has no venv (Debian: apt-get install python3-venv); name another with PYTHON=…"
        raise SetupError(msg)
    _say(f"making {venv.name} with Python {'.'.join(map(str, sys.version_info[:3]))}")
    run(sys.executable, "-m", "venv", venv)


def output(*command: str | Path, env: Mapping[str, str] | None = None) -> str:
    """What a command prints on its standard output; CalledProcessError if it fails."""
    run = subprocess.run(command, check=True, cwd=ROOT, env=env, text=True, stdout=-1)  # noqa: S603  (our own words)
    return run.stdout


def run(*command: str | Path, env: Mapping[str, str] | None = None) -> None:
    """Run a command in the workspace's root; CalledProcessError if it fails."""
    subprocess.run(command, check=True, cwd=ROOT, env=env)  # noqa: S603  (our own words, no shell)


def _say(message: str) -> None:
    sys.stderr.write(f"{message}\n")


def main() -> int:
    """Exit with 0 when the environment is right, else with 1 after one line that says why."""
    try:
        make(Path(sys.argv[1] if len(sys.argv) > 1 else ".venv/.ready"))
    except SetupError as error:
        _say(f"set-up: {error}")
    except subprocess.CalledProcessError as error:
        _say(f"set-up: {Path(error.cmd[0]).name} {error.cmd[1]} failed with exit code {error.returncode}, see above")
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
