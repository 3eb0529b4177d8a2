"""Calls about picks: plans, pictures, calendars, texts, shares."""

from collections.abc import Sequence
from typing import Final

from genba_client._timetable_festivals import JSON, path_of
from genba_client._transport import Call, ServiceClient
from genba_contracts.fields import path_segment
from genba_contracts.timetable import (
    Language,
    Layout,
    PickRequest,
    PictureFormat,
    PictureRequest,
    Plan,
    Share,
    ShareRequest,
    TextRequest,
    Theme,
)

_PICTURES: Final = {
    "png": "image/png",
    "webp": "image/webp",
    "pdf": "application/pdf",
    "svg": "image/svg+xml",
}


class PickCalls(ServiceClient):
    """What the timetable's client can do with picks: ids of slots, in any order.

    All of these are POSTs because of the picks' number; but for `share` they change nothing, and `share` gives the same
    key for the same picks, so that all may be repeated.
    """

    async def plan(self, festival: str, picks: Sequence[str]) -> Plan:
        """Tell what picks come to: all clashes, gaps, and walks that are too short.

        Raises:
            UnprocessableError: some are not in the timetable; `problem.unknown` has them.
        """
        return await self._call(self._post(path_of(festival, "plan"), PickRequest(picks=tuple(picks))), Plan)

    async def picture(
        self,
        festival: str,
        picks: Sequence[str],
        *,
        layout: Layout = "agenda",
        theme: Theme = "light",
        format: PictureFormat = "png",  # noqa: A002  (what people call it)
        scale: int = 1,
        width: int | None = None,
        height: int | None = None,
        day: int | None = None,
        inset_top: int = 0,
        inset_bottom: int = 0,
        language: Language = "ja",
        qr: bool = False,
    ) -> bytes:
        """Draw a picture of picks, and give the file.

        Args:
            festival: its id.
            picks: ids of slots.
            layout: `agenda`, `day`, `grid` or `story`.
            theme: `light` or `dark`.
            format: `png`, `webp`, `pdf` or `svg`.
            scale: pixels for one of 1080 across, where no width is given.
            width: in pixels.
            height: in pixels, of `day` and `story`.
            day: its number, from 1, of `day`, `grid` and `story`.
            inset_top: pixels that a lock screen's clock covers, of `day`.
            inset_bottom: pixels that a lock screen's buttons cover, of `day`.
            language: of the words on it.
            qr: whether a QR code on it leads to these picks.

        Raises:
            UnprocessableError: some are not in the timetable, or an option does not fit.
            ServiceUnavailableError: too many pictures are being drawn; it was tried again already.
        """
        asked = PictureRequest(
            picks=tuple(picks),
            layout=layout,
            theme=theme,
            format=format,
            scale=scale,
            width=width,
            height=height,
            day=day,
            inset_top=inset_top,
            inset_bottom=inset_bottom,
            language=language,
            qr=qr,
        )
        return (await self._bytes(self._post(path_of(festival, "picture"), asked, _PICTURES[format]))).content

    async def calendar(self, festival: str, picks: Sequence[str]) -> bytes:
        """Give picks as an iCalendar file (RFC 5545).

        Raises:
            UnprocessableError: some are not in the timetable.
        """
        asked = PickRequest(picks=tuple(picks))
        return (await self._bytes(self._post(path_of(festival, "calendar.ics"), asked, "text/calendar"))).content

    async def text(self, festival: str, picks: Sequence[str], *, language: Language = "ja") -> str:
        """Give picks as plain text: one a line, its time first.

        Raises:
            UnprocessableError: some are not in the timetable.
        """
        asked = TextRequest(picks=tuple(picks), language=language)
        return (await self._bytes(self._post(path_of(festival, "text"), asked, "text/plain"))).content.decode()

    async def share(self, festival: str, picks: Sequence[str]) -> Share:
        """Share picks under a short key: the same picks have the same one.

        Raises:
            UnprocessableError: some are not in the timetable.
            RateLimitError: too often from here.
        """
        asked = ShareRequest(festival=festival, picks=tuple(picks))
        return await self._call(self._post("/v1/shares", asked), Share)

    async def shared(self, key: str) -> Share:
        """Give shared picks as they are in the timetable now.

        Raises:
            NotFoundError: nothing is shared so, or its festival is gone.
        """
        return await self._call(Call("GET", f"/v1/shares/{path_segment(key)}"), Share)

    @staticmethod
    def _post(path: str, asked: PickRequest | ShareRequest, accept: str = "application/json") -> Call:
        content = asked.model_dump_json(exclude_defaults=True).encode()
        return Call("POST", path, headers={**JSON, "Accept": accept}, content=content, repeatable=True)
