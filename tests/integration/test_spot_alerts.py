"""Messages to webhooks over real sockets: retried, signed, given up; and none is lost when the service is killed."""

import asyncio
import random
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from contract.spot.spot_world import SPOT, make_key, settings_in
from genba_client import SpotClient
from genba_servicekit.addresses import parse_networks
from genba_servicekit.database import Database
from genba_servicekit.testing import running_service
from genba_servicekit.upstream import Upstream
from spot_price.adapters.alerts import Alerts
from spot_price.adapters.webhooks import HttpWebhooks
from spot_price.core.alerts import Alert, Kind, State
from spot_price.core.selection import Selection
from spot_price.core.webhooks import new_secret
from spot_price.ports_alerts import Delivery, KeptAlert
from spot_price.usecases.delivering import Delivering
from spot_webhooks import Receiver, is_signed, receiver

COMMAND = str(Path(sys.executable).with_name("spot-price"))
ATTEMPTS = 4
ALERT = "alr_1"


@dataclass
class Post:
    """Sends messages of one alert."""

    store: Alerts
    delivering: Delivering
    secret: str

    async def watch(self, url: str, alert: str = ALERT) -> None:
        """Have an alert whose webhook is there."""
        made = Alert(alert, "x", Kind.BELOW, Selection(), threshold=1.0, webhook=url)
        await self.store.add(KeptAlert(made, self.secret, 1, State()), limit=1_000)

    async def say(self, message: str, alert: str = ALERT) -> None:
        delivery = Delivery(message, alert, '{"type": "x"}', "waiting", int(time.time()))
        assert await self.store.send(delivery)

    async def put(self, url: str) -> None:
        await self.watch(url)
        await self.say("msg_1")

    async def go(self, rounds: int = ATTEMPTS) -> Delivery:
        """Send for some rounds; gives how it stands then."""
        for _ in range(rounds):
            await self.delivering.send()
            await asyncio.sleep(0.03)
        (found,) = await self.store.deliveries(alert=ALERT, state=None, limit=10)
        return found

    async def states(self, alert: str = ALERT) -> Sequence[str]:
        """Of an alert's messages, the first one first."""
        return [each.state for each in await self.store.deliveries(alert=alert, state=None, limit=500)][::-1]


@asynccontextmanager
async def post_office(url: str, patience: float) -> AsyncIterator[Post]:
    database = Database(url, migrations="spot_price.migrations")
    await database.start()
    upstream = Upstream(allow=parse_networks(["127.0.0.0/8"]), timeout=patience)
    store = Alerts(database)
    delivering = Delivering(store, HttpWebhooks(upstream), attempts=ATTEMPTS, first_wait=0.0001, sends=lambda: True)
    try:
        yield Post(store, delivering, new_secret())
    finally:
        await upstream.close()
        await database.stop()


@pytest.fixture
async def post(database_url: str) -> AsyncIterator[Post]:
    async with post_office(database_url, patience=60) as made:
        yield made


async def test_a_message_is_sent_until_it_is_taken_and_has_one_id(database_url: str) -> None:
    async with post_office(database_url, patience=3) as post, receiver(500, 0, -60) as hook:
        await post.put(hook.url)
        done = await post.go()
    assert (done.state, done.attempts, done.reason) == ("delivered", 4, None)
    assert hook.ids() == ["msg_1"] * 4
    assert all(is_signed(post.secret, headers, body) for headers, body in hook.got)
    assert {body for _, body in hook.got} == {b'{"type": "x"}'}
    assert abs(int(hook.got[-1][0]["webhook-timestamp"]) - time.time()) < 60


async def test_a_message_that_nobody_takes_is_given_up_and_can_be_sent_again(post: Post) -> None:
    async with receiver(*[500] * ATTEMPTS) as hook:
        await post.put(hook.url)
        done = await post.go(ATTEMPTS + 2)
        assert (done.state, done.attempts, done.reason) == ("dead", ATTEMPTS, "answered with 500")
        assert len(hook.got) == ATTEMPTS
        await post.store.tried(Delivery("msg_1", "alr_1", done.body, "waiting", done.created_at))
        assert (await post.go(1)).state == "delivered"
    assert hook.ids() == ["msg_1"] * (ATTEMPTS + 1)


async def test_a_redirect_is_not_followed(post: Post) -> None:
    async with receiver(302, 307, 301, 308) as hook:
        await post.put(hook.url)
        done = await post.go()
    assert (done.state, done.reason) == ("dead", "answered with 308")


async def test_what_is_gone_is_not_told_again(post: Post) -> None:
    async with receiver(410) as hook:
        await post.put(hook.url)
        done = await post.go()
    assert (done.state, done.attempts) == ("dead", 1)


async def test_nobody_there_is_a_reason_too(post: Post) -> None:
    await post.put("http://127.0.0.1:9/")
    done = await post.go()
    assert done.state == "dead"
    assert "cannot be reached" in (done.reason or "")


@pytest.mark.parametrize("goal", ["mailto:x", "http://xn--", "http://[", "http://a:b/"])
async def test_a_redirect_to_what_is_no_url_fails_as_others_do_and_hinders_nobody(post: Post, goal: str) -> None:
    answer = f"HTTP/1.1 307 X\r\nLocation: {goal}\r\nContent-Length: 0\r\n\r\n".encode()
    async with receiver(*[answer] * ATTEMPTS) as bad, receiver() as good:
        await post.put(bad.url)
        await post.watch(good.url, "alr_2")
        await post.say("msg_2", "alr_2")
        done = await post.go(ATTEMPTS + 2)
    assert (done.state, done.attempts, len(bad.got)) == ("dead", ATTEMPTS, ATTEMPTS)
    assert await post.states("alr_2") == ["delivered"]


async def test_messages_of_many_alerts_are_sent_at_once_those_of_one_in_their_order(post: Post) -> None:
    async with receiver(*[-0.1] * 100) as hook, receiver() as orderly:
        for number in range(40):
            await post.watch(hook.url, f"alr_m{number}")
            await post.say(f"msg_m{number}", f"alr_m{number}")
        await post.watch(orderly.url)
        for number in range(10):
            await post.say(f"msg_{number}")
        await post.delivering.send()
        assert len(set(hook.ids())) == 40
        assert hook.most_open > 8
        assert orderly.ids() == [f"msg_{number}" for number in range(10)]
        assert orderly.most_open == 1


async def test_a_receiver_that_hangs_keeps_no_other_waiting(post: Post) -> None:
    async with receiver(*[-60.0] * 100) as hangs, receiver() as hook:
        await post.watch(hangs.url)
        for number in range(50):
            await post.say(f"msg_{number}")
        sending = asyncio.create_task(post.delivering.send())
        await hangs.wait_for(1)
        await post.watch(hook.url, "alr_2")
        for number in range(3):  # the first as it hangs, others as they are said
            await post.say(f"msg_o{number}", "alr_2")
            await hook.wait_for(number + 1)
        assert hangs.open == hangs.most_open == 1
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert await post.states() == ["waiting"] * 50


async def test_what_waits_for_a_receiver_that_failed_comes_after_what_others_wait_for(post: Post) -> None:
    async with receiver(500) as fails:
        await post.watch(fails.url)
        await post.watch(fails.url, "alr_2")
        for number in range(3):
            await post.say(f"msg_{number}")
        ((first, _),) = await post.store.due(time.time(), 10, besides=["alr_2"])
        await post.store.tried(replace(first, due_at=time.time() + 90), others_at=time.time() + 60)
        await post.say("msg_2nd", "alr_2")
        due = await post.store.due(time.time() + 100, 10)
        assert [delivery.id for delivery, _ in due] == ["msg_2nd", "msg_1"]
        assert [delivery.id for delivery, _ in await post.store.due(time.time(), 10)] == ["msg_2nd"]


async def test_a_message_of_an_alert_that_is_gone_is_not_kept(post: Post) -> None:
    await post.put("http://127.0.0.1:9/")
    assert await post.store.remove(ALERT)
    assert await post.store.deliveries(alert=None, state=None, limit=10) == []
    assert not await post.store.send(Delivery("msg_2", ALERT, "{}", "waiting", 1))
    assert not await post.store.remove(ALERT)


async def alert_on(service_url: str, key: str, hook: Receiver, name: str) -> tuple[str, str]:
    """An alert that speaks at once; gives its id and its secret."""
    async with SpotClient(service_url, api_key=key) as spot:
        made = await spot.make_alert(name, "below", ["g5.xlarge"], threshold=1000, webhook=hook.url)
        return made.id, made.secret


async def settled(spot: SpotClient, hook: Receiver, alerts: int) -> bool:
    """Has every alert spoken, and does no message wait?"""
    heard = {told["data"]["alert"] for told in hook.told()}
    return len(heard) == alerts and not await spot.deliveries(state="waiting")


@pytest.mark.timeout(240)
async def test_whoever_kills_the_service_whenever_no_alert_is_lost_and_none_speaks_twice(tmp_path: Path) -> None:
    key = await make_key(settings_in(tmp_path))
    chance = random.Random(5)
    settings = {
        "GENBA_DATA_DIR": str(tmp_path),
        "GENBA_ACCESS_LOG": "false",
        "SPOT_REGIONS": '["us-east-1"]',
        "SPOT_HISTORY": "1",
        "SPOT_WEBHOOK_ALLOW": '["127.0.0.0/8"]',
        "SPOT_WEBHOOK_RETRY": "0.2",
    }
    made: dict[str, str] = {}
    async with receiver(*[chance.choice((204, 500, 0)) for _ in range(12)]) as hook:
        with running_service([COMMAND, "serve"], settings, forks=SPOT) as service:
            for number in range(6):
                alert, secret = await alert_on(service.url, key, hook, str(number))
                made[alert] = secret
                await asyncio.sleep(chance.uniform(0, 1.6))
                service.kill9()
                await asyncio.to_thread(service.start)
            async with SpotClient(service.url, api_key=key) as spot:
                async with asyncio.timeout(100):
                    while not await settled(spot, hook, len(made)):  # noqa: ASYNC110  (in another process)
                        await asyncio.sleep(0.1)
                assert [alert.spoken for alert in await spot.alerts()] == [1] * len(made)
                deliveries = await spot.deliveries()
        assert {each.state for each in deliveries} == {"delivered"}
        assert set(hook.ids()) == {each.id for each in deliveries}
        assert sorted(each.alert for each in deliveries) == sorted(made)
        for headers, body in hook.got:
            (alert,) = [each.alert for each in deliveries if each.id == headers["webhook-id"]]
            assert is_signed(made[alert], headers, body)
