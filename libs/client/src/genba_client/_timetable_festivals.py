"""Calls about festivals, their slots, their performers and their versions."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import date
from typing import Final

from pydantic import ValidationError

from genba_client import _constants as constants
from genba_client._pages import Pages
from genba_client._streams import events_of
from genba_client._transport import Call, ServiceClient, backoff, pieces_of
from genba_client.errors import ApiConnectionError, ApiResponseError, ApiStatusError
from genba_contracts.fields import path_segment
from genba_contracts.timetable import (
    Festival,
    FestivalList,
    FestivalSpec,
    FestivalSummary,
    FestivalUpdate,
    Kind,
    Performer,
    PerformerPage,
    Refreshed,
    RefreshState,
    Slot,
    SlotDetail,
    SlotPage,
    Timetable,
    Version,
    VersionDiff,
    VersionPage,
)

JSON: Final = {"Content-Type": "application/json"}


def path_of(festival: str, *rest: str | int) -> str:
    """Give the path of a festival, or of something of it."""
    return "/".join(("/v1/festivals", path_segment(festival), *(path_segment(str(part)) for part in rest)))


class FestivalCalls(ServiceClient):
    """What the timetable's client can do with festivals, which it names by their ids."""

    async def festivals(self) -> list[FestivalSummary]:
        """List every festival."""
        return (await self._call(Call("GET", "/v1/festivals"), FestivalList)).items

    async def festival(self, festival: str) -> Festival:
        """Give a festival: its days, stages and ways, all but the slots.

        Raises:
            NotFoundError: there is none, or no timetable of it yet.
        """
        return await self._call(Call("GET", path_of(festival)), Festival)

    async def set_up(self, festival: str, spec: FestivalSpec) -> FestivalSummary:
        """Set a festival up, or otherwise than before. Its sources are fetched within seconds.

        Raises:
            UnprocessableError: something in it does not fit.
            ConflictError: a file sets it up.
        """
        content = spec.model_dump_json(exclude_defaults=True).encode()
        return await self._call(Call("PUT", path_of(festival), headers=JSON, content=content), FestivalSummary)

    async def delete_festival(self, festival: str) -> None:
        """Forget a festival, its versions and what was shared of it.

        Raises:
            NotFoundError: there is none; also if an earlier attempt's answer was lost after it had deleted it.
            ConflictError: a file sets it up.
        """
        await self._bytes(Call("DELETE", path_of(festival)))

    async def refresh(self, festival: str) -> Refreshed:
        """Fetch a festival's sources now. What cannot be had or read replaces nothing.

        Raises:
            NotFoundError: there is none.
        """
        return await self._call(Call("POST", path_of(festival, "refresh"), repeatable=True), Refreshed)

    async def refresh_state(self, festival: str) -> RefreshState:
        """Tell how the last refresh went.

        Raises:
            NotFoundError: there is no such festival.
        """
        return await self._call(Call("GET", path_of(festival, "state")), RefreshState)

    def slots(
        self,
        festival: str,
        *,
        days: Sequence[date] = (),
        stages: Sequence[str] = (),
        kinds: Sequence[Kind] = (),
        q: str | None = None,
        start: str | None = None,
        end: str | None = None,
        limit: int | None = None,
    ) -> Pages[SlotPage, Slot]:
        """List slots by their start; all pages are of one version.

        Args:
            festival: its id.
            days: on one of these.
            stages: on one of the stages of these ids.
            kinds: of one of these.
            q: in the title or a performer's name, in any case, width and kana.
            start: that start at this time of day or later: `18:00`.
            end: that start before this time of day: `25:30` is half past one in the night.
            limit: slots a page.
        """
        return self._listing(
            path_of(festival, "slots"),
            SlotPage,
            items=lambda page: page.items,
            following=lambda page: page.next_cursor,
            params={
                "day": [day.isoformat() for day in days] or None,
                "stage": list(stages) or None,
                "kind": list(kinds) or None,
                "q": q,
                "from": start,
                "to": end,
                "limit": limit,
            },
        )

    async def slot(self, festival: str, slot: str) -> SlotDetail:
        """Give a slot, with links to who takes part.

        Raises:
            NotFoundError: there is none of this id.
        """
        return await self._call(Call("GET", path_of(festival, "slots", slot)), SlotDetail)

    def performers(
        self, festival: str, *, q: str | None = None, limit: int | None = None
    ) -> Pages[PerformerPage, Performer]:
        """List who takes part, by name.

        Args:
            festival: its id.
            q: in the name, in any case, width and kana.
            limit: performers a page.
        """
        return self._listing(
            path_of(festival, "performers"),
            PerformerPage,
            items=lambda page: page.items,
            following=lambda page: page.next_cursor,
            params={"q": q, "limit": limit},
        )

    def versions(self, festival: str, *, limit: int | None = None) -> Pages[VersionPage, Version]:
        """List the accepted versions of a timetable, newest first."""
        return self._listing(
            path_of(festival, "versions"),
            VersionPage,
            items=lambda page: page.items,
            following=lambda page: page.next_cursor,
            params={"limit": limit},
        )

    async def timetable(self, festival: str, *, version: int) -> Timetable:
        """Give one version of a timetable, whole.

        Raises:
            NotFoundError: there is no such festival or version.
        """
        return await self._call(Call("GET", path_of(festival, "versions", version)), Timetable)

    async def diff(self, festival: str, *, version: int, since: int | None = None) -> VersionDiff:
        """Tell what a version changed, by default against the one before it.

        Raises:
            NotFoundError: there is no such festival or version.
        """
        params = {} if since is None else {"since": str(since)}
        return await self._call(Call("GET", path_of(festival, "versions", version, "diff"), params), VersionDiff)

    async def watch(self, festival: str, *, since: int | None = None) -> AsyncGenerator[FestivalUpdate, None]:
        """Give every new version of a timetable, for as long as it is iterated; ends when the festival is gone.

        A connection that ends is opened again, as often as it takes. Versions that come close together may be told as
        one, the newest.

        Args:
            festival: its id.
            since: the version that is known; None: whichever there is now.

        Raises:
            ApiConnectionError: the first connection failed.
            ApiStatusError: the service refused.
        """
        last, opened, failures = since, False, 0
        while True:
            headers = {"Accept": "text/event-stream", **({} if last is None else {"Last-Event-ID": str(last)})}
            call = Call("GET", path_of(festival, "events"), headers=headers, read_timeout=constants.EVENTS_READ_TIMEOUT)
            try:
                async with self._stream(call) as response:
                    opened = True
                    async for event in events_of(pieces_of(response)):
                        failures = 0
                        if event.event != "update":
                            continue
                        try:
                            update = FestivalUpdate.model_validate_json(event.data)
                        except ValidationError as error:
                            raise ApiResponseError(f"an event is no update: {error}", response=response) from error
                        last = update.version
                        yield update
                        if not last:
                            return
            except (ApiConnectionError, ApiStatusError) as error:
                again = isinstance(error, ApiConnectionError) or error.status in constants.RETRY_STATUSES
                if not (opened and again):
                    raise
            failures += 1
            await asyncio.sleep(backoff(failures))
