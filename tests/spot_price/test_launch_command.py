"""`spot-price launch`: what a dry run says, and what is refused before anything is started."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from genba_servicekit.testing import forks_of, running_service
from spot_cloud import prices_file
from spot_price.__main__ import cli
from spot_price.core.controlling import Budget, Launch, Offer, Rules, Wait
from spot_price.core.records import Pool
from spot_price.launch.planning import Plan, costs_of, offers_of, plan_of
from spot_price.usecases.market import Quote
from spot_price.watch.feed import Snapshot

NEEDED = ("--store", "s3://mine/jobs", "--instance-profile", "genba-job")
JOB = ("--type", "g5.xlarge", "--", "python", "train.py")


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_CONFIG_HOME", "AWS_ACCESS_KEY_ID", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["launch", *words])


def test_a_dry_run_needs_no_account_and_says_where_and_for_how_much() -> None:
    result = run("--dry-run", "--budget", "5", *JOB)
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0] == "job: python train.py"
    assert lines[1].startswith("would start a g5.xlarge in ")
    assert "a day costs $" in lines[2]
    assert "at $5.00" in lines[2]
    assert "--store has to say" in lines[3]
    assert "below on demand" in lines[5]
    assert lines[-1].startswith("nothing was started; prices: synthetic (seed 7)")


def test_the_same_is_had_as_json() -> None:
    result = run("--dry-run", "--format", "json", "--regions", "us", "--budget-time", "10h", *NEEDED, *JOB)
    told = json.loads(result.stdout)
    assert (told["synthetic"], told["job"]["store"], told["ec2"]) == (True, "s3://mine/jobs/job", None)
    cheapest = min(told["offers"], key=lambda offer: offer["price"])
    assert told["launch"] == cheapest
    assert cheapest["price"] <= cheapest["max_price"]
    assert told["costs"]["seconds"] == 36_000
    assert told["costs"]["dollars"] == pytest.approx(10 * cheapest["price"], abs=1e-6)
    assert {offer["region"][:3] for offer in told["offers"]} == {"us-"}
    assert all(each["reason"] for each in told["left_out"])


def test_a_dry_run_on_prices_that_are_real_asks_ec2_and_says_why_it_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPOT_REPLAY_FILES", json.dumps([str(prices_file(tmp_path, {"use1-az1": 0.4}))]))
    told = json.loads(run("--dry-run", "--format", "json", *JOB).stdout)
    assert told["launch"]["zone_id"] == "use1-az1"
    assert "Unable to locate credentials" in told["ec2"]["says"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--type", "g5.xlarge"), "there is no command to run"),
        (("--", "true"), "--type has to name an instance type"),
        (("--type", "g5.17xlarge", "--dry-run", "--", "true"), "There is no instance type “g5.17xlarge”. Did you"),
        (("--regions", "mars", "--dry-run", *JOB), "There is no region “mars”"),
        (JOB, "--store has to say where the job is kept safe"),
        (("--store", "s3://mine", *JOB), "--instance-profile has to name"),
        ((*NEEDED, *JOB), "nothing is started on prices that are made up"),
        (("--server", "http://127.0.0.1:9", "--dry-run", *JOB), "http://127.0.0.1:9 does not answer"),
        (("--code", "/nowhere", "--dry-run", *JOB), "/nowhere: there is no such folder"),
        (("--user-data", "/nowhere", "--dry-run", *JOB), "/nowhere: No such file or directory"),
        (("--user-data", "/dev/null", "--dry-run", *JOB), "the user data has no GENBA_JOB_SETTINGS"),
        (("--budget", "much", "--dry-run", *JOB), "--budget: “much” is no amount of dollars"),
    ],
)
def test_what_is_wrong_is_one_line_and_exit_code_2(words: tuple[str, ...], said: str) -> None:
    result = run(*words)
    assert (result.exit_code, result.stderr.count("\n"), result.stdout) == (2, 1, "")
    assert said in result.stderr


def test_no_price_means_no_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOT_REPLAY_FILES", json.dumps([str(prices_file(tmp_path, {"use1-az1": 1.2}))]))
    result = run("--dry-run", *JOB)
    assert result.exit_code == 0
    assert "would wait: no pool may be taken now" in result.stdout
    assert "not in use1-az1: dearer than the $1.006 an hour of on demand" in result.stdout


def quote(zone: str, price: float | None, on_demand: float | None = 1.0) -> Quote:
    return Quote(Pool("us-east-1", zone, None, "g5.xlarge"), price, 0, 100_000, on_demand, None)


def snapshot(*quotes: Quote) -> Snapshot:
    return Snapshot("test", False, 100_000, 0, 100_000, quotes, {}, [])


def planned(*quotes: Quote, max_price: float | None = None, budget: Budget | None = None) -> Plan:
    return plan_of(snapshot(*quotes), Rules(budget=budget or Budget()), max_price)


def test_the_most_that_is_paid_is_the_least_of_what_was_said_and_of_on_demand_if_nothing_was() -> None:
    seen = snapshot(quote("a", 0.5), quote("b", 0.5, None))
    assert [offer.cap for offer in offers_of(seen, Rules(), None)] == [1.0]
    assert [offer.cap for offer in offers_of(seen, Rules(), 2.0)] == [2.0, 2.0]
    assert [offer.cap for offer in offers_of(seen, Rules(budget=Budget(hourly=0.7)), 2.0)] == [0.7, 0.7]


def test_each_pool_is_either_offered_or_left_out_with_a_reason() -> None:
    quotes = [quote("a", 0.5), quote("b", None), quote("c", 0.3, None), quote("d", 1.5), quote("e", 0.9)]
    plan = planned(*quotes, budget=Budget(hourly=0.8))
    assert [offer.pool.zone for offer in plan.offers] == ["a"]
    assert plan.decision == Launch(Offer(quotes[0].pool, 0.5, 0.8), 1)
    assert {each.pool.zone: each.reason for each in plan.left_out} == {
        "b": "its price is not known",
        "c": "what it costs on demand is not known: --max-price says what may be paid",
        "d": "dearer than the $0.8 an hour of --budget-hourly",
        "e": "dearer than the $0.8 an hour of --budget-hourly",
    }
    assert [each.reason for each in planned(quote("d", 1.5), max_price=1.2).left_out] == [
        "dearer than the $1.2 an hour of --max-price"
    ]
    assert isinstance(planned(quote("d", 1.5)).decision, Wait)


def test_a_budget_ends_it_at_whatever_comes_first() -> None:
    offer = Offer(quote("a", 0.5).pool, 0.5, 1.0)
    assert costs_of(offer, Budget()).seconds is None
    by_money = costs_of(offer, Budget(total=2.0, seconds=5 * 3600))
    assert (by_money.seconds, by_money.total) == (4 * 3600, 2.0)
    by_time = costs_of(offer, Budget(total=2.0, seconds=3600))
    assert (by_time.seconds, by_time.total) == (3600, 0.5)


def test_a_price_that_nobody_has_confirmed_for_an_hour_is_not_counted_on() -> None:
    old = replace(quote("a", 0.3), observed_until=100_000 - 3601)
    plan = planned(old, replace(quote("b", 0.5), observed_until=100_000 - 3600))
    assert [offer.pool.zone for offer in plan.offers] == ["b"]
    assert [each.reason for each in plan.left_out] == ["its region has not answered for an hour"]


QUOTES = st.lists(
    st.builds(
        quote,
        st.sampled_from([f"use1-az{number}" for number in range(1, 7)]),
        st.none() | st.floats(0.01, 3),
        st.none() | st.floats(0.5, 2),
    ),
    max_size=6,
    unique_by=lambda each: each.pool,
)


@settings(deadline=None)
@given(quotes=QUOTES, max_price=st.none() | st.floats(0.1, 3), hourly=st.none() | st.floats(0.1, 3))
def test_whatever_prices_are_the_cheapest_that_may_be_paid_is_taken_and_no_pool_is_forgotten(
    quotes: list[Quote], max_price: float | None, hourly: float | None
) -> None:
    plan = planned(*quotes, max_price=max_price, budget=Budget(hourly=hourly))
    affordable = [
        each
        for each in quotes
        if each.price is not None
        and (most := max_price or each.on_demand) is not None
        and each.price <= min(most, hourly or most)
    ]
    assert {offer.pool for offer in plan.offers} == {each.pool for each in affordable}
    assert {each.pool for each in plan.left_out} == {each.pool for each in quotes} - {each.pool for each in affordable}
    if affordable:
        assert isinstance(plan.decision, Launch)
        assert plan.decision.offer.price == min(each.price for each in affordable if each.price is not None)
        assert plan.decision.offer.price <= plan.decision.offer.cap <= (hourly or 3)
    else:
        assert isinstance(plan.decision, Wait)


def test_prices_may_come_from_a_running_service() -> None:
    with running_service(["spot-price", "serve"], forks=forks_of("spot-price")) as service:
        result = run("--dry-run", "--format", "json", "--server", service.url, "--regions", "us-east-1", *JOB)
        own = json.loads(run("--dry-run", "--format", "json", "--regions", "us-east-1", *JOB).stdout)
    told = json.loads(result.stdout)
    assert told["source"] == own["source"] == "synthetic (seed 7)"
    assert [offer["zone_id"] for offer in told["offers"]]
    assert {offer["max_price"] for offer in told["offers"]} == {1.006}
