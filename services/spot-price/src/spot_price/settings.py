"""What the price service can be told."""

from functools import cached_property
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field
from pydantic_settings import SettingsConfigDict

from genba_servicekit.addresses import parse_networks
from genba_servicekit.database_settings import DatabaseSettings
from genba_servicekit.settings import Unit
from spot_price.adapters.credentials import has_credentials


def _networks(texts: tuple[str, ...]) -> tuple[str, ...]:
    parse_networks(texts)
    return texts


WATCHED: Final = ("g4dn.xlarge", "g5.xlarge", "g5.2xlarge", "g6.xlarge", "g6e.xlarge", "p4d.24xlarge", "p5.48xlarge")
"""Types that are watched if nobody says which: one GPU of each generation, and the two that have eight."""


class SpotSettings(DatabaseSettings):
    """Settings of the price service, from `SPOT_…`."""

    model_config = SettingsConfigDict(env_prefix="SPOT_")

    port: int = Field(default=8004, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    source: Literal["auto", "aws", "replay", "synthetic"] = Field(
        default="auto",
        description="Where prices come from; auto: replay files if any are set, else aws if it knows an account, else "
        "synthetic.",
    )
    regions: Annotated[tuple[str, ...], Unit("JSON list")] = Field(
        default=("all",),
        description="Regions that are asked: names, beginnings of names (us-west), us eu ap sa ca me af all.",
    )
    products: Annotated[tuple[str, ...], Unit("JSON list")] = Field(
        default=("Linux/UNIX",), description="Product descriptions that are asked for; [] is all of them."
    )
    watch_types: Annotated[tuple[str, ...], Unit("JSON list")] = Field(
        default=WATCHED, description="Instance types, or patterns (g5.*), that are polled and told of in events."
    )
    poll_interval: Annotated[float, Unit("seconds")] = Field(
        default=60.0, ge=5, description="Between polls of the watched types at EC2."
    )
    sweep_interval: Annotated[float, Unit("seconds")] = Field(
        default=900.0, ge=60, description="Between polls of all types at EC2."
    )
    history: Annotated[int | None, Unit("days")] = Field(
        default=None,
        ge=1,
        le=90,
        description="How far back prices are asked for when there are none yet; none: 30, of a replay 7.",
    )
    replay_files: Annotated[tuple[Path, ...], Unit("JSON list")] = Field(
        default=(), description="Recordings to play: CSV, TSV, JSON or Parquet, each also as .zst."
    )
    replay_speed: float = Field(
        default=1.0, gt=0, le=100_000, description="How many times as fast as on the wall time goes in a replay."
    )
    replay_interval: Annotated[float, Unit("seconds")] = Field(
        default=2.0, ge=0.1, description="Between looks at a replay, or at made-up prices."
    )
    seed: int = Field(default=7, description="Of made-up prices: another one is another market.")
    offer_hysteresis: Annotated[float, Unit("share")] = Field(
        default=0.05,
        ge=0,
        lt=1,
        description="By which another zone must be cheaper to take the place of the one that is the cheapest.",
    )
    alert_limit: Annotated[int, Unit("alerts")] = Field(
        default=1_000, ge=1, le=100_000, description="Alerts that there may be."
    )
    webhook_attempts: Annotated[int, Unit("times")] = Field(
        default=8, ge=1, le=100, description="How often a message to a webhook is sent until it is given up."
    )
    webhook_retry: Annotated[float, Unit("seconds")] = Field(
        default=5.0,
        gt=0,
        le=3600,
        description="Until the second attempt; each wait is 4 times the one before, 6 h at most.",
    )
    webhook_timeout: Annotated[float, Unit("seconds")] = Field(
        default=15.0, gt=0, le=120, description="For a webhook to answer."
    )
    webhook_allow: Annotated[tuple[str, ...], Unit("JSON list"), AfterValidator(_networks)] = Field(
        default=(), description='Networks in which webhooks may be although they are not public: ["10.0.0.0/8"].'
    )
    webhook_ports: Annotated[tuple[int, ...], Unit("JSON list")] = Field(
        default=(80, 443), description="Ports of public hosts that webhooks may have."
    )
    retention: Annotated[int, Unit("days")] = Field(
        default=730, ge=1, description="How long prices are kept; EC2 itself answers for 90 days."
    )

    @cached_property
    def kind(self) -> Literal["aws", "replay", "synthetic"]:
        """Where prices come from: what `auto` means here."""
        if self.source != "auto":
            return self.source
        if self.replay_files:
            return "replay"
        return "aws" if has_credentials() else "synthetic"

    @property
    def database(self) -> str:
        """The database's URL. Prices made up or played again have a file of their own beside the real ones."""
        if self.database_url or self.kind == "aws":
            return super().database
        played = "".join(f"-{file.name}" for file in self.replay_files)
        name = f"spot-synthetic-{self.seed}" if self.kind == "synthetic" else f"spot-replay{played}"
        return f"sqlite:///{self.data_dir / name}.db"
