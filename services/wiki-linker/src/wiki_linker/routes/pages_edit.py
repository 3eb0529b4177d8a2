"""Pages that change entries: writing, renaming, other names, deleting, bringing back, restoring."""

import re
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from genba_servicekit.errors import BadRequest
from genba_servicekit.forms import form_of
from genba_servicekit.raw_paths import RawPathRoute
from genba_servicekit.troubles import Trouble
from wiki_linker.core.entities import ANYTHING, Entry, Expect, Stale, UnknownEntry, WikiError
from wiki_linker.core.hrefs import href_of
from wiki_linker.core.validation import InvalidText
from wiki_linker.routes.pages_errors import trouble_of
from wiki_linker.routes.pages_visit import Visit, VisitDep, keyword_of
from wiki_linker.routes.problems import EntryChanged
from wiki_linker.usecases.writing import Spam

_BASE: Final = re.compile(r"([0-9]{1,18})\.([0-9]{1,9})")
_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_NEW: Final = "new"
_REFUSED: Final = (InvalidText, Spam, WikiError)

router = APIRouter(include_in_schema=False, route_class=RawPathRoute)


@router.get("/edit")
async def new_entry(visit: VisitDep) -> Response:
    """A form for a new entry; `?keyword=` fills it in."""
    visit.editor()
    return _new_form(visit, keyword=visit.request.query_params.get("keyword", ""), base=_NEW)


@router.get("/edit/{keyword:path}")
async def edit_entry(visit: VisitDep, keyword: str) -> Response:
    """A form for an entry, and what else can be done to it."""
    visit.editor()
    kept = await visit.wiki.reading.entry(keyword_of(visit.request, keyword))
    return _edit_form(visit, kept.entry)


@router.post("/keyword")
async def save_entry(visit: VisitDep) -> Response:
    """Save an entry, new or not. Forms of this site say what they were made from; others replace what there is."""
    who = visit.editor()
    form = await form_of(visit.request)
    keyword = form.get("keyword", "")
    # Browsers send every line end as CRLF, whatever it was: kept so, each edit would be a change of every line.
    description = form.get("description", "").replace("\r\n", "\n")
    summary, base = form.get("summary", ""), form.get("base", "")
    try:
        await visit.wiki.writing.save(
            keyword=keyword, description=description, author=who.name, summary=summary, expect=_expected(base)
        )
    except Stale:
        return await _overtaken(visit, keyword.strip(), description, summary, base)
    except _REFUSED as error:
        trouble = trouble_of(error, visit.language)
        known = visit.wiki.reading.find(keyword.strip())
        if known is None or base == _NEW:
            return _new_form(visit, trouble, keyword=keyword, description=description, summary=summary, base=base)
        kept = await visit.wiki.reading.entry(known.keyword)
        return _edit_form(visit, kept.entry, trouble, description=description, summary=summary)
    return visit.wrote(visit.see("/"))


async def _overtaken(visit: Visit, keyword: str, description: str, summary: str, base: str) -> Response:
    """Someone else was first: the form again, with both texts."""
    try:
        entry = (await visit.wiki.reading.entry(keyword)).entry
    except UnknownEntry as error:  # deleted meanwhile: saving again makes it anew
        trouble = trouble_of(error, visit.language)
        trouble = Trouble(EntryChanged.status, trouble.text)
        return _new_form(visit, trouble, keyword=keyword, description=description, summary=summary, base=_NEW)
    trouble = Trouble(EntryChanged.status, visit.language("exists_text" if base == _NEW else "stale_text"))
    return _edit_form(visit, entry, trouble, description=description, summary=summary, current=entry.description)


async def delete(visit: Visit, keyword: str, form: dict[str, str]) -> Response:
    """What a form sent to an entry's own address does: `delete=1` deletes it."""
    who = visit.editor()
    if form.get("delete") != "1":
        raise BadRequest("Send delete=1 to delete the entry.")
    known = visit.wiki.reading.lookup(keyword)
    await visit.wiki.writing.delete(keyword=known.keyword, author=who.name)
    return visit.wrote(visit.see("/"))


@router.post("/rename/{keyword:path}")
async def rename_entry(visit: VisitDep, keyword: str) -> Response:
    """Give an entry another keyword (`new_keyword`); `keep_alias` keeps the old one as another name."""
    who = visit.editor()
    form = await form_of(visit.request)
    entry = (await visit.wiki.reading.entry(keyword_of(visit.request, keyword))).entry
    try:
        written = await visit.wiki.writing.edit(
            keyword=entry.keyword,
            author=who.name,
            new_keyword=form.get("new_keyword", ""),
            keep_alias="keep_alias" in form,
        )
    except _REFUSED as error:
        return _edit_form(visit, entry, trouble_of(error, visit.language))
    return visit.wrote(visit.see(href_of(written.entry.keyword)))


@router.post("/aliases/{keyword:path}")
async def save_aliases(visit: VisitDep, keyword: str) -> Response:
    """Make the lines of `aliases` all of the entry's other names."""
    who = visit.editor()
    form = await form_of(visit.request)
    entry = (await visit.wiki.reading.entry(keyword_of(visit.request, keyword))).entry
    if "aliases" not in form:
        raise BadRequest("Send aliases, one a line: an empty field takes every one away.")
    names = tuple(name for line in form["aliases"].splitlines() if (name := line.strip()))
    try:
        await visit.wiki.writing.edit(keyword=entry.keyword, author=who.name, aliases=names)
    except _REFUSED as error:
        return _edit_form(visit, entry, trouble_of(error, visit.language), aliases=form["aliases"])
    return visit.wrote(visit.see(href_of(entry.keyword)))


@router.post("/undelete/{keyword:path}")
async def undelete_entry(visit: VisitDep, keyword: str) -> Response:
    """Bring back what was deleted last under a keyword."""
    who = visit.editor()
    written = await visit.wiki.writing.undelete(keyword=keyword_of(visit.request, keyword), author=who.name)
    return visit.wrote(visit.see(href_of(written.entry.keyword)))


@router.post("/restore/{keyword:path}")
async def restore_entry(visit: VisitDep, keyword: str) -> Response:
    """Save the text of an earlier `revision` again."""
    who = visit.editor()
    form = await form_of(visit.request)
    number = form.get("revision", "")
    if not _NUMBER.fullmatch(number):
        raise BadRequest("revision has to be a number.")
    known = visit.wiki.reading.lookup(keyword_of(visit.request, keyword))
    written = await visit.wiki.writing.restore(keyword=known.keyword, number=int(number), author=who.name)
    return visit.wrote(visit.see(href_of(written.entry.keyword)))


def _expected(base: str) -> Expect:
    """What a form says it was made from: `new`, an entry's id and revision, or nothing."""
    if base == _NEW:
        return Expect(absent=True)
    match = _BASE.fullmatch(base)
    return ANYTHING if match is None else Expect(versions=frozenset({(int(match[1]), int(match[2]))}))


def _new_form(
    visit: Visit,
    trouble: Trouble | None = None,
    *,
    keyword: str,
    description: str = "",
    summary: str = "",
    base: str,
) -> Response:
    return _form(
        visit,
        trouble,
        title=visit.language("new_entry"),
        keyword=keyword,
        description=description,
        summary=summary,
        base=base if _BASE.fullmatch(base) else _NEW if base == _NEW else "",
    )


def _edit_form(
    visit: Visit,
    entry: Entry,
    trouble: Trouble | None = None,
    *,
    description: str | None = None,
    summary: str = "",
    current: str | None = None,
    aliases: str | None = None,
) -> Response:
    return _form(
        visit,
        trouble,
        title=visit.language("edit_title", keyword=entry.keyword),
        entry=entry,
        keyword=entry.keyword,
        description=entry.description if description is None else description,
        summary=summary,
        base=f"{entry.id}.{entry.revision}",
        current=current,
        aliases="\n".join(entry.aliases) if aliases is None else aliases,
    )


def _form(visit: Visit, trouble: Trouble | None, *, title: str, **values: Any) -> Response:
    shown: dict[str, Any] = {"entry": None, "current": None, "aliases": "", **values}
    return visit.show(
        "edit.html",
        title=title,
        status=200 if trouble is None else trouble.status,
        headers=None if trouble is None else dict(trouble.headers),
        trouble=trouble,
        **shown,
    )
