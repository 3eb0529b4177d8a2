"""The site's few files, under names that change with their contents: browsers keep them for a year without asking."""

from hashlib import blake2b
from pathlib import Path
from typing import Final

from genba_servicekit.middleware import Prepared
from wiki_linker.routes.page_parts import Page, Part

_FOLDER: Final = Path(__file__).parent.parent / "static"
STATIC: Final = "/static/"
_KINDS: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_FOR_EVER: Final = "public, max-age=31536000, immutable"

_contents: Final = {path.name: path.read_bytes() for path in sorted(_FOLDER.iterdir()) if path.suffix in _KINDS}
_hash: Final = blake2b(repr(_contents).encode(), digest_size=8).hexdigest()


def _prepare(name: str, content: bytes, cache: str) -> Page:
    kind = _KINDS[Path(name).suffix]
    return Page([Part(content)], route="/static/{file}", content_type=kind, cache=cache, vary="Accept-Encoding")


_fingerprinted: Final = {name: _prepare(name, content, _FOR_EVER) for name, content in _contents.items()}
# What asks under another fingerprint has a page of another version of the wiki: it gets what there is, for now.
_others: Final = {name: _prepare(name, content, "public, no-cache") for name, content in _contents.items()}


def static_path(name: str) -> str:
    """Where a file of the `static` folder is served, fingerprint included."""
    if name not in _contents:
        raise KeyError(name)
    return f"{STATIC}{_hash}/{name}"


def static_file(path: str, headers: dict[bytes, bytes]) -> Prepared | None:
    """The answer to a request for a static file; None if there is no such file."""
    fingerprint, _, name = path.removeprefix(STATIC).partition("/")
    page = (_fingerprinted if fingerprint == _hash else _others).get(name)
    return None if page is None else page.answer(headers)
