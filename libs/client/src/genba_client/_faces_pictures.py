"""Calls that look at pictures."""

import secrets
from collections.abc import Sequence
from typing import Final, TypeAlias

from genba_client._transport import JSON, Call, ServiceClient, parameters
from genba_contracts.faces import DetectedPictures, PicturesRequest, PictureUrl, RecognizedPictures

Picture: TypeAlias = bytes | tuple[str, bytes] | str
"""A picture's file, its name and its file, or the URL where the service is to fetch it."""
_ESCAPES: Final = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})
"""As browsers write file names (WHATWG HTML, multipart/form-data)."""


class PictureCalls(ServiceClient):
    """What the face service's client can have looked at."""

    async def detect(self, pictures: Sequence[Picture]) -> DetectedPictures:
        """Find the faces in pictures.

        Args:
            pictures: files, names with files, or URLs; all of one request are files, or all are URLs.

        Raises:
            ValueError: there are files among URLs.
            UnprocessableError: none of them can be read.
            RateLimitError: the service has too many in the works; it was tried again already.
        """
        return await self._call(_sending("/v1/faces:detect", pictures), DetectedPictures)

    async def recognize(self, pictures: Sequence[Picture], *, top: int | None = None) -> RecognizedPictures:
        """Say whose faces are in pictures.

        Args:
            pictures: as for `detect`.
            top: guesses of each face, at most; 5 if none is said.

        Raises:
            ValueError: there are files among URLs.
            ConflictError: there is no model yet.
            UnprocessableError: none of them can be read.
            RateLimitError: the service has too many in the works; it was tried again already.
        """
        return await self._call(_sending("/v1/faces:recognize", pictures, top=top), RecognizedPictures)


def _sending(path: str, pictures: Sequence[Picture], *, top: int | None = None) -> Call:
    """A call with pictures. It may be repeated: nothing is kept of what is sent."""
    params = parameters({"top": top})
    urls = [picture for picture in pictures if isinstance(picture, str)]
    if urls and len(urls) < len(pictures):
        raise ValueError("send files, or URLs, not both at once")
    if urls:
        asked = PicturesRequest(pictures=[PictureUrl(url=url) for url in urls])
        return Call("POST", path, params, headers=JSON, content=asked.model_dump_json().encode(), repeatable=True)
    files = [one if isinstance(one, tuple) else ("", one) for one in pictures if not isinstance(one, str)]
    boundary = secrets.token_hex(16)
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return Call("POST", path, params, headers=headers, content=_form(files, boundary), repeatable=True)


def _form(files: Sequence[tuple[str, bytes]], boundary: str) -> bytes:
    """Files as a form (RFC 7578)."""
    parts = []
    for name, data in files:
        shown = name.translate(_ESCAPES)
        parts += [
            f'--{boundary}\r\nContent-Disposition: form-data; name="picture"; filename="{shown}"\r\n'.encode(),
            b"Content-Type: application/octet-stream\r\n\r\n",
            data,
            b"\r\n",
        ]
    return b"".join([*parts, f"--{boundary}--\r\n".encode()])
