"""The price service as an application: settings, adapters, use cases, routes."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from importlib.metadata import version
from typing import Any, Final

from genba_servicekit.addresses import parse_networks
from genba_servicekit.app import GenbaApp, build_app
from genba_servicekit.auth_cache import SessionCache
from genba_servicekit.auth_http import Authenticator
from genba_servicekit.bus import EventBus
from genba_servicekit.cli import fail
from genba_servicekit.database import Database
from genba_servicekit.health import Check
from genba_servicekit.outbox import OutboxRelay
from genba_servicekit.ratelimit import RateLimiter
from genba_servicekit.settings import ServiceSpec
from genba_servicekit.tasks import every, run_beside
from genba_servicekit.upstream import Upstream
from spot_price.adapters import schema
from spot_price.adapters.alerts import Alerts
from spot_price.adapters.aws import AwsSource
from spot_price.adapters.aws_catalogue import AwsCatalogue
from spot_price.adapters.collector import DatabaseLead, agree
from spot_price.adapters.painters import Painters
from spot_price.adapters.replay import ReplayClock
from spot_price.adapters.store import Store
from spot_price.adapters.webhooks import HttpWebhooks
from spot_price.core.regions import UnknownNameError
from spot_price.deps import Spot
from spot_price.events import SOURCE, follow_other_processes
from spot_price.gauges import PriceGauges
from spot_price.ports import Catalogue, PlacementScores, PriceSource
from spot_price.routes import api, pages, pages_alerts, pages_static
from spot_price.routes.problems import handle_spot_errors
from spot_price.settings import SpotSettings
from spot_price.usecases.alerting import Alerting
from spot_price.usecases.charting import Charting
from spot_price.usecases.collecting import Collecting
from spot_price.usecases.delivering import Delivering
from spot_price.usecases.forecasting import Forecasting
from spot_price.usecases.history import History
from spot_price.usecases.market import Market
from spot_price.usecases.offering import Offering
from spot_price.usecases.telling import Telling
from spot_price.wiring import open_catalogue, open_source, plan_of, rhythm_of, wanted_of

DESCRIPTION: Final = """\
What an EC2 Spot instance costs now, in every zone of every region, and what it cost before; where it is cheapest.

Reading needs no account. Setting alerts up takes an API key (`spot-price key`). Prices are in US dollars an hour; a
price that is not known is null, never 0.
"""
DATABASE_CACHE_KIB: Final = 4 * 1024
"""A fourth of what other services give each of SQLite's connections. Of millions of records few are read twice: with
60,000 pools the service has 238 MB in place of 269, and answers as quickly."""
FORGET_EVERY: Final = 3600.0
"""Seconds between looks for prices that are older than is to be kept: 0.1 s where there are none, of 20,000 pools."""
LEAD_EVERY: Final = 10.0
"""Seconds between looks for which process asks the source: a third of what its lead lasts."""
ALERTS_EVERY: Final = 1.0
"""Seconds between looks at which alerts have something to say, and which messages are to be sent."""
LEARN_EVERY: Final = 3600.0
"""Seconds between looks for whether what types cost on demand was learnt today; where not, it is tried again."""
FOLLOW_EVERY: Final = 2.0
"""Seconds that another process's polls can stay unseen without Redis, beside those between its own notes of them."""
KEY_CACHE_MS: Final = 5_000
"""How long an API key that was revoked may go on opening things."""


def create_app(settings: SpotSettings) -> GenbaApp:
    """The whole service."""
    database = Database(
        settings.database,
        migrations="spot_price.migrations",
        read_threads=settings.read_threads,
        cache_kib=DATABASE_CACHE_KIB,
    )
    bus = EventBus(settings.redis_url, SOURCE)
    try:
        source = open_source(settings)
    except (ValueError, UnknownNameError) as error:  # a recording that cannot be read is a ValueError too
        fail(str(error))

    @asynccontextmanager
    async def lifespan(app: GenbaApp) -> AsyncIterator[dict[str, Any]]:
        async with AsyncExitStack() as stack:
            await database.start()
            stack.push_async_callback(database.stop)
            app.state.spot = spot = await _start(settings, source, database, bus, stack)
            app.state.metrics.registry.register(PriceGauges(spot.market, settings.watch_types))
            app.state.authenticator = spot.authenticator
            yield {}

    app = build_app(
        settings=settings,
        title="spot-price",
        description=DESCRIPTION,
        version=version("spot-price"),
        tags=api.TAGS,
        lifespan=lifespan,
        routers=[pages.router, pages_alerts.router, *api.ROUTERS],
        hot=pages_static.hot_read,
        html_errors=pages.error_page,
        checks=[Check("database", database.ping), Check("events", bus.check, required=False)],
    )
    handle_spot_errors(app)
    return app


async def _start(
    settings: SpotSettings, source: PriceSource, database: Database, bus: EventBus, stack: AsyncExitStack
) -> Spot:
    """Adapters, then use cases, then what runs beside the requests."""
    limiter = RateLimiter(settings.redis_url, SOURCE)
    stack.push_async_callback(limiter.close)
    store = Store(database)
    stack.push_async_callback(source.close)
    origin = await agree(database, source.name, 1.0 if settings.kind == "aws" else settings.replay_speed)
    if isinstance(source.clock, ReplayClock):
        source.clock.set(wall=origin.wall, shown=origin.shown)
    catalogue = open_catalogue(settings)
    _learn(settings, source, catalogue, stack)
    market = Market(store, catalogue, source.clock, source=source.name, synthetic=source.synthetic)
    forget = partial(_forget, settings, market, store)
    run_beside(stack, every(FORGET_EVERY, forget, name="forget old prices", at_once=True))
    collecting = Collecting(source, store, market, plan_of(settings), DatabaseLead(database))
    follow_other_processes(bus, collecting)
    await market.load()
    relay = OutboxRelay(database, schema.outbox, bus)
    await bus.start()
    stack.push_async_callback(bus.stop)
    await relay.start()
    stack.push_async_callback(relay.stop)
    alerting = await _alerts(settings, database, market, collecting, stack)
    await _collect(settings, collecting, stack)
    return Spot(
        settings=settings,
        authenticator=Authenticator(
            database, schema.auth, SessionCache(ttl=KEY_CACHE_MS), cookie=settings.session_cookie
        ),
        limiter=limiter,
        alerting=alerting,
        market=market,
        charting=Charting(market, Painters()),
        forecasting=Forecasting(market),
        history=History(market),
        offering=Offering(market, hysteresis=settings.offer_hysteresis, placement=await _placement(settings, stack)),
        telling=Telling(market),
    )


async def _collect(settings: SpotSettings, collecting: Collecting, stack: AsyncExitStack) -> None:
    """Ask for prices from now on; where that costs nothing, once before the service is ready."""
    rhythm = rhythm_of(settings)
    stack.push_async_callback(collecting.release)
    await collecting.lead()
    await collecting.follow()
    if rhythm.local:
        await collecting.sweep()
    run_beside(
        stack,
        every(LEAD_EVERY, collecting.lead, name="see who asks for prices"),
        every(FOLLOW_EVERY, collecting.follow, name="follow who asks for prices"),
        every(rhythm.sweep, collecting.sweep, name="ask for all prices", at_once=not rhythm.local),
    )
    if rhythm.poll is not None:
        run_beside(stack, every(rhythm.poll, collecting.poll, name="ask for watched prices", at_once=True))


async def _placement(settings: SpotSettings, stack: AsyncExitStack) -> PlacementScores | None:
    if settings.kind != "aws":
        return None
    from spot_price.adapters.placement import open_placement  # noqa: PLC0415  (an AWS client takes 0.5 s to load)

    return await stack.enter_async_context(open_placement())


def _learn(settings: SpotSettings, source: PriceSource, catalogue: Catalogue, stack: AsyncExitStack) -> None:
    """Learn from the account, if there is one, what types have and cost on demand, beside the requests."""
    if isinstance(source, AwsSource) and isinstance(catalogue, AwsCatalogue):
        learn = partial(catalogue.learn, source, wanted_of(settings))
        run_beside(stack, every(LEARN_EVERY, learn, name="learn what types cost on demand", at_once=True))


async def _alerts(
    settings: SpotSettings, database: Database, market: Market, collecting: Collecting, stack: AsyncExitStack
) -> Alerting:
    """Judge alerts and send their messages from now on, in the process that asks for prices."""
    upstream = Upstream(
        allow=parse_networks(settings.webhook_allow), ports=settings.webhook_ports, timeout=settings.webhook_timeout
    )
    stack.push_async_callback(upstream.close)
    store, webhooks = Alerts(database), HttpWebhooks(upstream)

    def leads() -> bool:
        return collecting.leads

    alerting = Alerting(store, webhooks, market, limit=settings.alert_limit, judges=leads)
    attempts, first_wait = settings.webhook_attempts, settings.webhook_retry
    delivering = Delivering(store, webhooks, attempts=attempts, first_wait=first_wait, sends=leads)
    run_beside(
        stack,
        every(ALERTS_EVERY, alerting.judge, name="judge alerts"),
        every(ALERTS_EVERY, delivering.send, name="send messages of alerts"),
        every(FORGET_EVERY, delivering.forget, name="forget old messages"),
    )
    return alerting


async def _forget(settings: SpotSettings, market: Market, store: Store) -> None:
    await store.forget(market.clock.now() - settings.retention * 86_400)


service = ServiceSpec(
    name="spot-price",
    command="spot-price",
    default_port=8004,
    settings=SpotSettings,
    app=create_app,
)
