"""Writes down what each service's REST API is: `python -m deploy.openapi` (`make openapi`).

A test compares the files with the applications, so that no change of an API goes unseen.
"""

import json
import sys
from pathlib import Path
from typing import Final

from deploy.venv import ROOT
from genba_servicekit.settings import ServiceSpec, load_services

FOLDER: Final = ROOT / "docs" / "openapi"


def document(spec: ServiceSpec) -> str:
    """The OpenAPI document of a service as it is with its default settings, as text that is easy to compare.

    Raises:
        TypeError: its application has no OpenAPI document.
    """
    app = spec.app(spec.settings())
    describe = getattr(app, "openapi", None)
    if describe is None:
        msg = f"{spec.name} is no FastAPI application"
        raise TypeError(msg)
    return json.dumps(describe(), ensure_ascii=False, indent=2) + "\n"


def path_of(spec: ServiceSpec) -> Path:
    """Where a service's document is kept."""
    return FOLDER / f"{spec.name}.json"


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for service in load_services():
        path_of(service).write_text(document(service), "utf-8")
        sys.stdout.write(f"{path_of(service).relative_to(ROOT)}\n")
