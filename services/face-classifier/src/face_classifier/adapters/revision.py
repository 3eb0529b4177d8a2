"""Which revision of the code this is, for whoever repeats a training."""

import subprocess
from pathlib import Path


def git_revision() -> str | None:
    """The commit of the checkout that this runs from; None if it is none, or there is no git."""
    here = Path(__file__).parent
    try:
        found = subprocess.run(  # noqa: S603  (our own words)
            ["git", "-C", str(here), "rev-parse", "HEAD"],  # noqa: S607  (git is where PATH says)
            capture_output=True,
            text=True,
            check=False,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip() or None
