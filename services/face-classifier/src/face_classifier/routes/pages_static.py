"""The site's few files, answered ahead of the router."""

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, Final

from genba_servicekit.middleware import HEADERS_KEY, Prepared
from genba_servicekit.static_files import StaticFiles

static_files: Final = StaticFiles(Path(__file__).parent.parent / "static")


def hot_read(scope: MutableMapping[str, Any]) -> Prepared | None:
    """The answer to a request for a static file; None for everything else."""
    path: str = scope["path"]
    return static_files.answer(path, scope[HEADERS_KEY]) if path.startswith(static_files.prefix) else None
