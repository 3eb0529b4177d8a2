"""What happened: recent changes, and an entry's revisions with their differences."""

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from genba_servicekit.forms import number_of
from genba_servicekit.raw_paths import RawPathRoute
from wiki_linker.routes.pages_visit import Visit, VisitDep, keyword_of

_PER_PAGE: Final = 50

router = APIRouter(include_in_schema=False, route_class=RawPathRoute)


@router.get("/recent")
async def recent_changes(visit: VisitDep) -> Response:
    """What was changed lately, newest first; `?before=` goes on from there."""
    changes = await visit.wiki.reading.recent_changes(before=number_of(visit.request, "before"), limit=_PER_PAGE + 1)
    following = changes[_PER_PAGE - 1].seq if len(changes) > _PER_PAGE else None
    return visit.show("recent.html", title=visit.language("recent"), changes=changes[:_PER_PAGE], following=following)


@router.get("/history/{keyword:path}")
async def history(visit: VisitDep, keyword: str) -> Response:
    """An entry's revisions, newest first; `?revision=` shows what one of them changed (`&against=`: since another)."""
    surface = keyword_of(visit.request, keyword)
    number = number_of(visit.request, "revision")
    if number is not None:
        return await _revision(visit, surface, number)
    known, revisions = await visit.wiki.reading.revisions(
        surface, before=number_of(visit.request, "before"), limit=_PER_PAGE + 1
    )
    return visit.show(
        "history.html",
        title=visit.language("history_title", keyword=known.keyword),
        known=known,
        revisions=revisions[:_PER_PAGE],
        following=revisions[_PER_PAGE - 1].number if len(revisions) > _PER_PAGE else None,
    )


async def _revision(visit: Visit, surface: str, number: int) -> Response:
    found = await visit.wiki.reading.difference(surface, number, number_of(visit.request, "against"))
    known = visit.wiki.reading.lookup(surface)
    return visit.show(
        "revision.html",
        title=visit.language("history_title", keyword=known.keyword),
        known=known,
        found=found,
    )
