"""Pictures from URLs that people give, under the guards of `genba_servicekit.upstream`."""

from face_classifier.core.pictures import PictureError
from genba_servicekit.upstream import Upstream
from genba_servicekit.upstream_errors import UpstreamError


class UrlPictures:
    """Fulfils `ports.PictureSource`."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    async def fetch(self, url: str) -> bytes:
        """A picture's file.

        Raises:
            PictureError: it could not be had; the message says why.
        """
        try:
            answer = await self._upstream.get(url)
        except UpstreamError as error:
            raise PictureError(f"it was not fetched: {error}") from error
        return answer.body or b""
