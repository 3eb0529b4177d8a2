"""The entries last saved, as an Atom feed (RFC 4287)."""

import uuid
from datetime import UTC, datetime
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from genba_servicekit.middleware import HEADERS_KEY
from genba_servicekit.prepared import Page, Part, as_response
from wiki_linker.core.entities import Entry
from wiki_linker.core.hrefs import href_of
from wiki_linker.routes.pages_shell import templates
from wiki_linker.routes.pages_visit import VisitDep

_ENTRIES: Final = 20
_KIND: Final = "application/atom+xml; charset=utf-8"

router = APIRouter(include_in_schema=False)


@router.get("/feed.atom")
async def feed(visit: VisitDep) -> Response:
    """The entries last saved, with their linked text, the same for everybody.

    Addresses are whole ones where the wiki knows its public one, else they are relative to the feed's own.
    """
    reading = visit.wiki.reading
    articles = await reading.articles(lambda: reading.newest(0, _ENTRIES))
    settings = visit.wiki.settings
    text = templates.get_template("feed.xml").render(
        site=settings.title,
        base=settings.public_url or "",
        id=_urn(f"feed {settings.public_url} {settings.title}"),
        updated=_rfc3339(max((one.entry.updated_at for one in articles), default=0)),
        entries=[
            {
                "id": _entry_id(one.entry),
                "keyword": one.entry.keyword,
                "href": href_of(one.entry.keyword),
                "author": one.entry.author,
                "published": _rfc3339(one.entry.created_at),
                "updated": _rfc3339(one.entry.updated_at),
                "html": str(one.html),
            }
            for one in articles
        ],
    )
    page = Page(
        [Part(text.encode())], route="/feed.atom", content_type=_KIND, cache="public, no-cache", vary="Accept-Encoding"
    )
    return as_response(page.answer(visit.request.scope[HEADERS_KEY]))


def _urn(name: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"genba-wiki {name}").urn


def _entry_id(entry: Entry) -> str:
    """An id that stays when the entry is renamed or edited, and that no other wiki's entry has (4.2.6)."""
    return _urn(f"entry {entry.id} {entry.created_at}")


def _rfc3339(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"
