"""Which source the settings mean, and how it is asked: for the service and for commands."""

from dataclasses import dataclass
from typing import Final

from botocore.exceptions import BotoCoreError

from spot_price.adapters.aws import AwsSource
from spot_price.adapters.aws_catalogue import AwsCatalogue, Wanted
from spot_price.adapters.catalogue import packaged
from spot_price.adapters.replay import ReplayClock, ReplaySource, SyntheticSource, read_recordings
from spot_price.core.regions import expand_regions
from spot_price.ports import Catalogue, PriceSource
from spot_price.settings import SpotSettings
from spot_price.usecases.collecting import Plan
from spot_price.usecases.market import product_of

DAY: Final = 86_400
CATALOGUE_FILE: Final = "spot-catalogue.json"
OVERLAP: Final = 600
"""Seconds that a poll of EC2 goes back behind the end of the last one: its answers may come late."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often is asked.

    Attributes:
        poll: seconds between polls of the watched types; None: the sweeps do.
        sweep: seconds between polls of all.
        local: whether asking costs nobody anything, so that a service can ask before it is ready.
    """

    poll: float | None
    sweep: float
    local: bool


def open_source(settings: SpotSettings) -> PriceSource:
    """Where prices come from.

    Raises:
        PriceFileError: a recording cannot be read; it is a ValueError.
        ValueError: the settings name a source without what it needs.
        UnknownNameError: they name a region or a product that there is none of.
    """
    expand_regions(settings.regions)
    for product in settings.products:
        product_of(product)
    kind = settings.kind
    clock = ReplayClock(settings.replay_speed)
    if kind == "replay":
        if not settings.replay_files:
            raise ValueError("SPOT_SOURCE is replay: SPOT_REPLAY_FILES has to name recordings")
        names = ", ".join(file.name for file in settings.replay_files)
        return ReplaySource(read_recordings(settings.replay_files), clock, name=f"replay of {names}")
    if kind == "synthetic":
        return SyntheticSource(settings.seed, clock)
    try:
        return AwsSource()
    except BotoCoreError as error:  # a profile that is not there
        raise ValueError(f"SPOT_SOURCE is aws: {error}") from None


def open_catalogue(settings: SpotSettings) -> Catalogue:
    """What types have and cost on demand: with an account, as a service with this data directory has learnt it."""
    return AwsCatalogue(packaged(), settings.data_dir / CATALOGUE_FILE) if settings.kind == "aws" else packaged()


def wanted_of(settings: SpotSettings) -> Wanted:
    """What is learnt of types."""
    return Wanted(settings.watch_types, tuple(product_of(name) for name in settings.products), settings.regions)


def plan_of(settings: SpotSettings) -> Plan:
    """What is asked for."""
    history = (settings.history or (7 if settings.kind == "replay" else 30)) * DAY
    aws = settings.kind == "aws"
    return Plan(
        regions=settings.regions,
        types=settings.watch_types,
        products=tuple(product_of(name) for name in settings.products),
        hysteresis=settings.offer_hysteresis,
        history=history,
        sweep_first=0 if aws else history,
        sweep_history=DAY if aws else history,
        sweep_every=int(settings.sweep_interval) if aws else None,
        overlap=OVERLAP if aws else 0,
    )


def rhythm_of(settings: SpotSettings) -> Rhythm:
    """How often is asked."""
    if settings.kind == "aws":
        return Rhythm(poll=settings.poll_interval, sweep=settings.sweep_interval, local=False)
    return Rhythm(poll=None, sweep=settings.replay_interval, local=True)
