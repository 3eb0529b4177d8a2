"""The timetable service as an application: settings, adapters, use cases, routes."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from genba_client import WikiClient
from genba_contracts.events import WikiEntryDeleted, WikiEntrySaved
from genba_servicekit.app import GenbaApp, build_app
from genba_servicekit.auth_cache import SessionCache
from genba_servicekit.auth_http import Authenticator
from genba_servicekit.bus import EventBus
from genba_servicekit.database import Database
from genba_servicekit.health import Check
from genba_servicekit.logging import get_logger
from genba_servicekit.outbox import OutboxRelay
from genba_servicekit.ratelimit import RateLimiter
from genba_servicekit.settings import ServiceSpec
from genba_servicekit.tasks import every, run_beside
from genba_servicekit.upstream import Upstream
from timetable_renderer.adapters import schema
from timetable_renderer.adapters.config_folder import read_configs
from timetable_renderer.adapters.entry_links import NoEntryLinks, WikiEntryLinks
from timetable_renderer.adapters.fonts import Fonts
from timetable_renderer.adapters.painters import Painters
from timetable_renderer.adapters.sources import Sources
from timetable_renderer.adapters.store import Shares, Store
from timetable_renderer.core.config import FestivalConfig
from timetable_renderer.core.layout import lay_out
from timetable_renderer.deps import Renderer
from timetable_renderer.events import SOURCE, follow_other_processes
from timetable_renderer.gauges import TimetableGauges
from timetable_renderer.ports import EntryLinks
from timetable_renderer.routes import api, pages, pages_static
from timetable_renderer.routes.pages_lists import SlotLists
from timetable_renderer.routes.problems import handle_timetable_errors
from timetable_renderer.settings import TimetableSettings
from timetable_renderer.usecases.festivals import Festivals
from timetable_renderer.usecases.following import Updates
from timetable_renderer.usecases.picking import Picking
from timetable_renderer.usecases.picturing import Picturing
from timetable_renderer.usecases.refreshing import Refreshing
from timetable_renderer.usecases.timetables import Timetables

DESCRIPTION: Final = """\
A festival's official timetable and a person's picks, as one picture for the phone; also as a calendar, text, JSON.

Reading needs no account. Setting festivals up takes an API key (`timetable-renderer key`). Slots are named by ids that
stay the same when a timetable is updated; no text or colour that a client sends is ever drawn.
"""
KEY_CACHE_MS: Final = 5_000
"""How long an API key that was revoked may go on opening things."""

LISTS_BYTES: Final = 4 << 20
"""For pages' lists of slots: three of the largest festivals, in two languages a dozen of usual ones."""

log = get_logger(__name__)


def create_app(settings: TimetableSettings) -> GenbaApp:
    """The whole service.

    Raises:
        FontMissingError: a font that is set is not there, or there is no Japanese one at all.
        SourceRefusedError: a festival's configuration file cannot be read, or there are too many.
    """
    fonts = Fonts(settings.font_regular, settings.font_bold)
    for lack in fonts.check():
        log.warning("characters_without_font", missing=lack)
    configs = [] if settings.festivals is None else read_configs(settings.festivals, most=settings.festival_limit)
    migrations = "timetable_renderer.migrations"
    database = Database(settings.database, migrations=migrations, read_threads=settings.read_threads)
    bus = EventBus(settings.redis_url, SOURCE)

    @asynccontextmanager
    async def lifespan(app: GenbaApp) -> AsyncIterator[dict[str, Any]]:
        async with AsyncExitStack() as stack:
            await database.start()
            stack.push_async_callback(database.stop)
            app.state.renderer = renderer = await _start(settings, database, bus, stack, fonts=fonts, configs=configs)
            app.state.metrics.registry.register(
                TimetableGauges(renderer.festivals, renderer.refreshing, renderer.picturing)
            )
            app.state.authenticator = renderer.authenticator
            yield {}

    app = build_app(
        settings=settings,
        title="timetable-renderer",
        description=DESCRIPTION,
        version=version("timetable-renderer"),
        tags=api.TAGS,
        lifespan=lifespan,
        routers=[pages.router, *api.ROUTERS],
        hot=pages_static.hot_read,
        html_errors=pages.error_page,
        checks=[Check("database", database.ping), Check("events", bus.check, required=False)],
    )
    handle_timetable_errors(app)
    return app


async def _start(
    settings: TimetableSettings,
    database: Database,
    bus: EventBus,
    stack: AsyncExitStack,
    *,
    fonts: Fonts,
    configs: Sequence[FestivalConfig],
) -> Renderer:
    """Adapters, then use cases, then what runs beside the requests."""
    upstream = Upstream(
        allow=settings.fetch_networks,
        ports=settings.fetch_ports,
        timeout=settings.fetch_timeout,
        limit=settings.fetch_limit,
    )
    stack.push_async_callback(upstream.close)
    limiter = RateLimiter(settings.redis_url, SOURCE)
    stack.push_async_callback(limiter.close)
    store = Store(database, versions_kept=settings.versions_kept)
    links = _entry_links(settings, bus, stack)

    festivals = Festivals(store, limit=settings.festival_limit)
    refreshing = Refreshing(store, Sources(upstream, limit=settings.fetch_limit), festivals)
    timetables = Timetables()
    picturing = Picturing(
        timetables,
        lambda plan, options: lay_out(plan, options, fonts),
        Painters(fonts),
        cache_bytes=settings.picture_cache,
        threads=settings.render_threads,
        queue=settings.render_waiting,
    )

    await festivals.set_up_from_files(configs)
    await festivals.load()

    relay = OutboxRelay(database, schema.outbox, bus)
    follow_other_processes(bus, festivals)
    await bus.start()
    stack.push_async_callback(bus.stop)
    await relay.start()
    stack.push_async_callback(relay.stop)
    stack.push_async_callback(refreshing.stop)
    run_beside(
        stack,
        every(settings.refresh_poll, refreshing.refresh_due, name="refresh festivals"),
        every(settings.follow_poll, festivals.follow, name="follow other processes"),
    )
    return Renderer(
        settings=settings,
        authenticator=Authenticator(
            database, schema.auth, SessionCache(ttl=KEY_CACHE_MS), cookie=settings.session_cookie
        ),
        limiter=limiter,
        festivals=festivals,
        refreshing=refreshing,
        timetables=timetables,
        picking=Picking(festivals, Shares(database)),
        picturing=picturing,
        links=links,
        updates=Updates(festivals),
        lists=SlotLists(LISTS_BYTES),
    )


def _entry_links(settings: TimetableSettings, bus: EventBus, stack: AsyncExitStack) -> EntryLinks:
    if settings.wiki_url is None:
        return NoEntryLinks()
    client = WikiClient(settings.wiki_url)
    stack.push_async_callback(client.aclose)
    links = WikiEntryLinks(client, settings.wiki_url)
    stack.push_async_callback(links.stop)
    bus.subscribe([WikiEntrySaved, WikiEntryDeleted], links.on_event, links.on_gap)
    return links


service = ServiceSpec(
    name="timetable-renderer",
    command="timetable-renderer",
    default_port=8002,
    settings=TimetableSettings,
    app=create_app,
    sample=("add", "--if-empty", str(Path(__file__).parent / "data" / "sample.toml")),
    neighbours={"TIMETABLE_WIKI_URL": "wiki-linker"},
)
