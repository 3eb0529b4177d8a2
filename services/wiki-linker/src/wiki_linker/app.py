"""The wiki as an application: settings, adapters, use cases, routes."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from redis.asyncio import Redis

from genba_servicekit.app import GenbaApp, build_app
from genba_servicekit.auth_cache import SessionCache
from genba_servicekit.auth_http import Authenticator
from genba_servicekit.bus import EventBus
from genba_servicekit.health import Check
from genba_servicekit.outbox import OutboxRelay
from genba_servicekit.settings import ServiceSpec
from genba_servicekit.tasks import every, run_beside
from wiki_linker.adapters import schema
from wiki_linker.adapters.imports import ImportJobs
from wiki_linker.adapters.search import TextSearch
from wiki_linker.adapters.strict_seq import StrictSeq
from wiki_linker.core.entrycache import EntryCache
from wiki_linker.core.live import LiveWiki
from wiki_linker.core.options import LinkOptions
from wiki_linker.core.pagelinks import PageLinker
from wiki_linker.core.spam import SpamFilter
from wiki_linker.deps import Wiki
from wiki_linker.events import SOURCE, follow_other_processes
from wiki_linker.routes import api, hot, pages
from wiki_linker.routes.problems import handle_wiki_errors
from wiki_linker.settings import WikiSettings
from wiki_linker.usecases.following import LogFollower
from wiki_linker.usecases.importing import Importing
from wiki_linker.usecases.linking import Linking
from wiki_linker.usecases.people import forget_revoked
from wiki_linker.usecases.reading import Reading
from wiki_linker.usecases.searching import Searching
from wiki_linker.usecases.writing import Writing
from wiki_linker.wiring import Storage, open_accounts, open_storage, wiki_database

DESCRIPTION = """\
A wiki in which every mention of every entry's keyword is a link, at once and exactly.

Reading needs no account. Writing takes a session (`POST /v1/sessions`) or an API key. Every answer tells in `Genba-Seq`
up to which change it is true; send that number back and the next answer is at least as new, whichever process gives it.
"""


_SHRINK_EVERY: Final = 0.05  # seconds: a look costs nothing, and a large delta slows every page
_INDEX_EVERY: Final = 1.0  # seconds: until then, what was saved is looked through as it is
_FORM_LIMIT: Final = 4 << 20  # bytes: 300,000 Japanese characters are 2.7 MB when a form encodes them


def create_app(settings: WikiSettings) -> GenbaApp:
    """The whole service."""
    database = wiki_database(settings)
    bus = EventBus(settings.redis_url, SOURCE)

    @asynccontextmanager
    async def lifespan(app: GenbaApp) -> AsyncIterator[dict[str, Any]]:
        async with AsyncExitStack() as stack:
            storage = await open_storage(settings, database, stack)
            app.state.wiki = wiki = await _start(settings, storage, bus, stack)
            app.state.authenticator = wiki.authenticator
            yield {}

    app = build_app(
        settings=settings,
        title="wiki-linker",
        description=DESCRIPTION,
        version=version("wiki-linker"),
        tags=api.TAGS,
        lifespan=lifespan,
        routers=[*pages.ROUTERS, *api.ROUTERS],
        hot=hot.hot_reads(settings),
        checks=[
            Check("database", database.ping),
            Check("events", bus.check, required=settings.strict_freshness),
        ],
        html_errors=pages.error_page,
        body_limits={
            "/keyword": _FORM_LIMIT,
            "/v1/imports": settings.import_limit,
            "/v1/link/batch": settings.import_limit,
        },
    )
    handle_wiki_errors(app)
    return app


async def _start(settings: WikiSettings, storage: Storage, bus: EventBus, stack: AsyncExitStack) -> Wiki:
    """Adapters, then use cases, then what runs beside the requests."""
    database, store = storage.database, storage.store
    live = LiveWiki()
    strict = await _strict_seq(settings, storage.identity, stack)
    follower = LogFollower(live, store, storage.counter, storage.committed, strict=strict)
    search = TextSearch(database)
    authenticator = Authenticator(database, schema.auth, SessionCache(), cookie=settings.session_cookie)
    live.listen(lambda change: forget_revoked(authenticator.cache, change), authenticator.cache.clear)

    cache = EntryCache(settings.entry_cache)
    reading = Reading(store, follower, live, cache, page_cache=settings.page_cache, linker=_page_linker(settings))
    spam = SpamFilter.load(settings.spam_file)
    writing = Writing(store, follower, live, cache, spam)
    importing = Importing(store, ImportJobs(database), follower, inbox=settings.data_dir / "inbox")
    stack.push_async_callback(importing.stop)
    await follower.reload()

    relay = OutboxRelay(database, schema.outbox, bus)
    follow_other_processes(bus, follower)
    await bus.start()
    stack.push_async_callback(bus.stop)
    await relay.start()
    stack.push_async_callback(relay.stop)
    run_beside(
        stack,
        every(settings.poll_interval, follower.poll, name="poll the log"),
        every(_SHRINK_EVERY, follower.shrink_delta, name="shrink the link index's delta"),
        every(_INDEX_EVERY, search.catch_up, name="index texts"),
    )
    return Wiki(
        settings=settings,
        authenticator=authenticator,
        accounts=open_accounts(settings, storage, follower, stack),
        reading=reading,
        writing=writing,
        searching=Searching(search, live, reading),
        linking=Linking(live),
        importing=importing,
    )


def _page_linker(settings: WikiSettings) -> PageLinker:
    options = LinkOptions(
        first_only=settings.link_first_only,
        limit=settings.link_limit,
        exclude=frozenset(settings.link_exclude),
        whole_words=settings.link_whole_words,
        min_length=settings.link_min_length,
    )
    return PageLinker(options, link_self=settings.link_self)


async def _strict_seq(settings: WikiSettings, identity: str, stack: AsyncExitStack) -> StrictSeq | None:
    if not settings.strict_freshness or settings.redis_url is None:
        return None
    redis = Redis.from_url(settings.redis_url, socket_timeout=1.0, socket_connect_timeout=1.0)
    strict = StrictSeq(redis, f"genba:wiki:{identity}:seq")
    stack.push_async_callback(strict.close)
    return strict


service = ServiceSpec(
    name="wiki-linker",
    command="wiki-linker",
    default_port=8001,
    settings=WikiSettings,
    app=create_app,
    sample=("import", "--if-empty", str(Path(__file__).parent / "data" / "sample.ndjson")),
)
