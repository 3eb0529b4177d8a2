"""A site's few files, under names that change with their contents: browsers keep them for a year without asking."""

from hashlib import blake2b
from pathlib import Path
from typing import Final

from genba_servicekit.middleware import Prepared
from genba_servicekit.prepared import Page, Part

_FOR_EVER: Final = "public, max-age=31536000, immutable"
_TEXTS: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
_PACKED: Final = {".png": "image/png", ".webp": "image/webp", ".woff2": "font/woff2"}
"""These are compressed already: gzip makes them larger."""
_KINDS: Final = _TEXTS | _PACKED


class StaticFiles:
    """The files of a folder and of the folders right in it, read once and held in memory.

    They are style sheets, scripts, pictures (.svg, .png, .webp), fonts (.woff2) and web manifests; other files are not
    served. A file's name is its path in the folder: `site.css`, `icons/large.png`.

    Args:
        folder: where they are.
        prefix: of their paths, with a slash at both ends.
    """

    def __init__(self, folder: Path, prefix: str = "/static/") -> None:
        self.prefix: Final = prefix
        paths = sorted([*folder.glob("*"), *folder.glob("*/*")])
        contents = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in paths
            if path.suffix in _KINDS and path.is_file()
        }
        self._fingerprint = blake2b(repr(contents).encode(), digest_size=8).hexdigest()
        self._fingerprinted = {name: self._prepare(name, content, _FOR_EVER) for name, content in contents.items()}
        # What asks under another fingerprint has a page of another version of the service: it gets what there is.
        self._others = {name: self._prepare(name, content, "public, no-cache") for name, content in contents.items()}

    def path(self, name: str) -> str:
        """Where a file is served, fingerprint included.

        Raises:
            KeyError: there is no such file.
        """
        if name not in self._fingerprinted:
            raise KeyError(name)
        return f"{self.prefix}{self._fingerprint}/{name}"

    def answer(self, path: str, headers: dict[bytes, bytes]) -> Prepared | None:
        """The answer to a request for a path that begins with the prefix; None if there is no such file.

        Args:
            path: decoded, as in the ASGI scope.
            headers: of the request, as the front keeps them (`scope[HEADERS_KEY]`).
        """
        fingerprint, _, name = path.removeprefix(self.prefix).partition("/")
        page = (self._fingerprinted if fingerprint == self._fingerprint else self._others).get(name)
        return None if page is None else page.answer(headers)

    def _prepare(self, name: str, content: bytes, cache: str) -> Page:
        suffix = Path(name).suffix
        return Page(
            [Part(content)],
            route=f"{self.prefix}{{file}}",
            content_type=_KINDS[suffix],
            cache=cache,
            vary="Accept-Encoding",
            compress=suffix in _TEXTS,
        )
