"""When alerts speak, and how webhooks are signed."""

import base64
import hashlib
import hmac
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from spot_price.core.alerts import Alert, Kind, Prices, Spoken, State, judge, place_of
from spot_price.core.records import Pool
from spot_price.core.selection import Selection
from spot_price.core.webhooks import LONGEST, new_secret, signed, wait_after

A = Pool("us-east-1", "use1-az1", "us-east-1a", "g5.xlarge")
B = Pool("eu-west-1", "euw1-az1", "eu-west-1a", "g5.xlarge")
PRICES = st.lists(st.one_of(st.none(), st.floats(0.01, 2.0)), max_size=60)


def alert(kind: Kind, **more: float) -> Alert:
    return Alert("a", "a", kind, Selection(types=("g5.xlarge",)), **more)  # type: ignore[arg-type]


def told(kind: Kind, *prices: float | None, **more: float) -> list[float | None]:
    """What is said after each price of A: the price, or None."""
    state, said = State(), []
    for price in prices:
        state, spoken = judge(alert(kind, **more), state, Prices([] if price is None else [(A, price)]))
        said.append(spoken.price if spoken else None)
    return said


def test_below_speaks_once_as_it_comes_true_and_again_after_it_was_over() -> None:
    assert told(Kind.BELOW, 0.5, 0.4, 0.39, 0.404, 0.4, 0.41, 0.4, threshold=0.4, rearm=2) == [
        *(None, 0.4, None, None, None, None, 0.4)
    ]


def test_above_speaks_once_as_it_comes_true_and_again_after_it_was_over() -> None:
    assert told(Kind.ABOVE, 0.5, 0.6, 0.7, 0.595, 0.61, 0.58, 0.6, threshold=0.6, rearm=2) == [
        *(None, 0.6, None, None, None, None, 0.6)
    ]


def test_what_is_true_when_an_alert_is_made_is_told_at_once() -> None:
    assert told(Kind.BELOW, 0.3, threshold=0.4) == [0.3]


def test_a_change_is_measured_from_when_it_last_spoke() -> None:
    assert told(Kind.CHANGE, 1.0, 1.05, 1.1, 1.15, 1.22, 1.0, percent=10) == [None, None, 1.1, None, 1.22, 1.0]


def test_another_place_has_to_be_cheaper_by_the_margin() -> None:
    waiting = alert(Kind.CHEAPEST, rearm=10)
    state, spoken = judge(waiting, State(), Prices([(A, 0.5), (B, 0.6)]))
    assert (state.place, spoken) == (place_of(A), None)
    state, spoken = judge(waiting, state, Prices([(A, 0.5), (B, 0.46)]))
    assert spoken is None
    state, spoken = judge(waiting, state, Prices([(A, 0.5), (B, 0.44)]))
    assert (state.place, spoken) == (place_of(B), Spoken(B, 0.44, 0.5))
    state, spoken = judge(waiting, state, Prices([(A, 0.7)]))
    assert (state.place, spoken) == (place_of(A), Spoken(A, 0.7, None))


@given(st.permutations([(A, 0.5), (B, 0.5), (replace(A, instance_type="g6.xlarge"), 0.7)]))
def test_of_pools_that_cost_the_same_the_first_by_name_counts_in_whatever_order_they_come(
    known: list[tuple[Pool, float]],
) -> None:
    prices = Prices(known)
    assert prices.cheapest == Spoken(B, 0.5)
    assert prices.by_place == {place_of(pool): price for pool, price in known}


@given(PRICES, st.floats(0.05, 1.5), st.floats(0, 50))
def test_between_two_words_the_price_was_over_the_threshold_by_the_margin(
    prices: list[float | None], threshold: float, rearm: float
) -> None:
    said = told(Kind.BELOW, *prices, threshold=threshold, rearm=rearm)
    over = True
    for price, word in zip(prices, said, strict=True):
        if word is not None:
            assert over
            assert word <= threshold
            over = False
        elif price is not None:
            over = over or price > threshold + threshold * rearm / 100
            assert not (over and price <= threshold)


@given(PRICES, st.floats(0.05, 1.5))
def test_above_is_below_turned_over(prices: list[float | None], threshold: float) -> None:
    turned = [None if price is None else -price for price in prices]
    below = told(Kind.BELOW, *turned, threshold=-threshold, rearm=0)
    above = told(Kind.ABOVE, *prices, threshold=threshold, rearm=0)
    assert [word is not None for word in above] == [word is not None for word in below]


@given(PRICES)
def test_unknown_prices_are_no_news(prices: list[float | None]) -> None:
    known = [price for price in prices if price is not None]
    for kind in Kind:
        more = {"threshold": 0.5} if kind in {Kind.BELOW, Kind.ABOVE} else {"percent": 10.0}
        said = [word for word in told(kind, *prices, **more) if word is not None]
        assert said == [word for word in told(kind, *known, **more) if word is not None]


def test_a_body_is_signed_as_the_standard_says() -> None:
    # The example of the Standard Webhooks specification's reference libraries.
    headers = signed(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.binary(max_size=200), st.integers(0, 2**33))
def test_who_has_the_secret_can_check_a_body(body: bytes, timestamp: int) -> None:
    secret = new_secret()
    headers = signed(secret, "msg_1", timestamp, body)
    key = base64.b64decode(secret[len("whsec_") :])
    content = b"msg_1." + str(timestamp).encode() + b"." + body
    wanted = base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{wanted}"


@given(st.integers(1, 60), st.floats(0.01, 60))
def test_waits_grow_up_to_six_hours(attempts: int, first: float) -> None:
    wait = wait_after(attempts, first)
    grown = min(first * 4.0 ** min(attempts - 1, 20), LONGEST)
    assert 0.8 * grown <= wait <= 1.2 * grown
