"""Stars: who gave one, giving one, taking one's own back."""

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from genba_servicekit.errors import Forbidden
from genba_servicekit.forms import form_of, wants_html
from wiki_linker.core.hrefs import href_of
from wiki_linker.routes.pages_visit import Visit, VisitDep

router = APIRouter(include_in_schema=False)


@router.get("/stars")
async def list_stars(visit: VisitDep) -> Response:
    """The stars of the entry of `keyword`: a page for people, JSON for programs."""
    kept = await visit.wiki.reading.entry(visit.request.query_params.get("keyword", ""))
    keyword = kept.entry.keyword
    if wants_html(visit.request):
        title = visit.language("stars_title", keyword=keyword)
        return visit.show("stars.html", title=title, keyword=keyword, stars=kept.stars)
    stars = [{"user_name": user, "keyword": keyword} for user in kept.stars]
    return JSONResponse({"stars": stars}, headers={"Cache-Control": "no-store"})


@router.post("/stars")
async def give_star(visit: VisitDep) -> Response:
    """Give one's star to the entry of `keyword`, or take it back with `remove=1`."""
    form = await form_of(visit.request)
    return await _set_star(visit, form, on=form.get("remove") != "1")


@router.delete("/stars")
async def take_star_back(visit: VisitDep) -> Response:
    """Take one's star back from the entry of `keyword`."""
    return await _set_star(visit, {}, on=False)


async def _set_star(visit: Visit, form: dict[str, str], *, on: bool) -> Response:
    who = visit.member()
    query = visit.request.query_params
    for user in (form.get("user"), *query.getlist("user")):
        if user is not None and user != who.name:
            raise Forbidden("Everyone gives stars in their own name.")
    known = visit.wiki.reading.lookup(query.get("keyword") or form.get("keyword", ""))
    await visit.wiki.writing.star(keyword=known.keyword, user=who.name, on=on)
    if wants_html(visit.request):
        return visit.wrote(visit.see(href_of(known.keyword)))
    return visit.wrote(JSONResponse({"result": "ok"}, headers={"Cache-Control": "no-store"}))
