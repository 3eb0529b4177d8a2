"""A job on Spot instances, as it is asked for; what EC2 says of its instance; what its checkpoint consists of."""

import base64
import json
import math
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from spot_price.core.controlling import Budget, Ended, Leaving, Offer, Running, State
from spot_price.core.records import Pool

JOB_TAG: Final = "genba:job"
STORE_TAG: Final = "genba:store"
"""Jobs of one name in two stores are two jobs."""
NUMBER_TAG: Final = "genba:number"
SETTINGS_MARK: Final = "GENBA_JOB_SETTINGS"
"""What stands in user data where the job's settings go, base64."""
USER_DATA_BYTES: Final = 16 * 1024
"""The most that EC2 takes. Source: EC2 User Guide, "Instance user data"."""
UBUNTU: Final = "ssm:/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-ubuntu-24.04/latest/ami-id"
"""AWS's own parameter for a region's newest Ubuntu 24.04 with NVIDIA's driver. Source: AWS DLAMI Developer Guide."""
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def check_name(name: str) -> str:
    """A job's name itself. Raises ValueError."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name for a job: up to 40 lower-case letters, digits and hyphens")
    return name


@dataclass(frozen=True, slots=True)
class Job:
    """What is to run, and on what.

    Attributes:
        name: tells jobs apart: lower-case letters, digits and hyphens.
        command: its words.
        store: where its checkpoints and reports are, `s3://bucket/prefix`.
        user_data: cloud-init's, with `SETTINGS_MARK` where the job's settings go.
        images: AMI by region, `""` for all others; `ssm:NAME` asks the region's parameter store.
        settings: more for the job's settings: what the instance's scripts ask for, by name.
        budget: what it lasts at the price of the start bounds each instance, should nobody look after it.
        instance_profile: name of the IAM role that the instance has; it needs to read and write the store.
        key_name: SSH key pair.
        security_groups: ids of security groups; none: the VPC's default.
        subnets: the only subnets that may be used; none: any in the zone, its default one first.
        disk_gib: size of the root volume; None: as the AMI says.
        tags: more tags.
    """

    name: str
    command: Sequence[str]
    store: str
    user_data: str
    images: Mapping[str, str] = field(default_factory=lambda: {"": UBUNTU})
    settings: Mapping[str, str] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)
    instance_profile: str | None = None
    key_name: str | None = None
    security_groups: Sequence[str] = ()
    subnets: Sequence[str] = ()
    disk_gib: int | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_name(self.name)
        if not self.command:
            raise ValueError("there is no command to run")
        if SETTINGS_MARK not in self.user_data:
            raise ValueError(f"the user data has no {SETTINGS_MARK}, where the job's settings go")

    def image(self, region: str) -> str | None:
        """The AMI, or `ssm:` and a parameter's name, in a region; None if none is named for it."""
        return self.images.get(region) or self.images.get("")

    def user_data_for(self, offer: Offer, number: int) -> str:
        """The user data with the job's settings in it.

        Raises:
            ValueError: it is longer than EC2 takes.
        """
        values = {
            "GENBA_JOB": self.name,
            "GENBA_JOB_NUMBER": str(number),
            "GENBA_JOB_STORE": self.store,
            "GENBA_JOB_COMMAND": shlex.join(self.command),
            "GENBA_JOB_ZONE": offer.pool.zone,
            **self.settings,
        }
        if (seconds := self.budget.lasts(offer.price)) is not None:
            values["GENBA_JOB_SECONDS"] = str(math.ceil(seconds))
        lines = "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())
        made = self.user_data.replace(SETTINGS_MARK, base64.b64encode(lines.encode()).decode())
        if len(made.encode()) > USER_DATA_BYTES:
            raise ValueError(f"the user data has {len(made.encode()):,} bytes; EC2 takes {USER_DATA_BYTES:,}")
        return made


class Alive(StrEnum):
    """Whether an instance is there."""

    STARTING = "starting"
    RUNNING = "running"
    ENDING = "ending"
    GONE = "gone"
    UNKNOWN = "unknown"
    """EC2 knows of no such instance: it is long gone, or was started a moment ago."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What EC2 says of an instance.

    Attributes:
        alive: whether it is there.
        interrupted: it says that it took it back.
        by_hand: it says that somebody ended it from outside.
        reason: its words.
    """

    alive: Alive
    interrupted: bool = False
    by_hand: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """Which instance this is: its id, its region, the id of its zone."""

    instance: str
    region: str
    zone: str


@dataclass(frozen=True, slots=True)
class Found:
    """An instance of a job, found by its tags; `ending` if it is shutting down."""

    instance: str
    pool: Pool
    number: int
    since: int
    ending: bool = False


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a launch would use, and what EC2 says to it."""

    image: str
    subnet: str
    user_data_bytes: int
    said: str


@dataclass(frozen=True, slots=True)
class CheckpointFile:
    """A file of a checkpoint: its path within the folder, bytes, SHA-256 in hex."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a checkpoint consists of. It is put last: what it names is there.

    Attributes:
        number: 1, 2, 3… of the job.
        at: when it was put, `Seconds`.
        instance: that saved it.
        files: all of it.
    """

    number: int
    at: int
    instance: str
    files: tuple[CheckpointFile, ...]

    def json(self) -> bytes:
        """As it is kept."""
        files = [{"name": file.name, "size": file.size, "sha256": file.sha256} for file in self.files]
        made = {"number": self.number, "at": self.at, "instance": self.instance, "files": files}
        return json.dumps(made, ensure_ascii=False, indent=1).encode()


def manifest_of(data: bytes) -> Manifest:
    """A manifest from what is kept.

    Raises:
        ValueError: it is none.
    """
    try:
        said = json.loads(data)
        files = tuple(
            CheckpointFile(str(file["name"]), int(file["size"]), str(file["sha256"])) for file in said["files"]
        )
        return Manifest(int(said["number"]), int(said["at"]), str(said["instance"]), files)
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"it is no manifest: {error}") from None


def state_json(state: State) -> bytes:
    """A controller's state, for whoever goes on with it."""
    running = state.running and {
        "instance": state.running.instance,
        "offer": _offer_json(state.running.offer),
        "since": state.running.since,
        "leaving": state.running.leaving,
    }
    ended = state.ended and {"reason": state.ended.reason, "good": state.ended.good}
    plain = {name: getattr(state, name) for name in _PLAIN}
    made = {
        **plain,
        "running": running,
        "asked": state.asked and _offer_json(state.asked),
        "blocked": [[_pool_json(pool), until] for pool, until in state.blocked],
        "ended": ended,
    }
    return json.dumps(made, indent=1).encode()


def state_of(data: bytes) -> State:
    """A controller's state from what is kept.

    Raises:
        ValueError: it is none.
    """
    try:
        said = json.loads(data)
        running = said["running"] and Running(
            said["running"]["instance"],
            _offer_of(said["running"]["offer"]),
            said["running"]["since"],
            Leaving(said["running"]["leaving"]) if said["running"]["leaving"] else None,
        )
        return State(
            **{name: said[name] for name in _PLAIN},
            running=running,
            asked=said["asked"] and _offer_of(said["asked"]),
            blocked=tuple((Pool(**pool), until) for pool, until in said["blocked"]),
            ended=said["ended"] and Ended(**said["ended"]),
        )
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"it is no controller's state: {error}") from None


_PLAIN: Final = (
    "began",
    "at",
    "failures",
    "deaths",
    "next_try",
    "number",
    "interruptions",
    "moves",
    "spent",
)


def _pool_json(pool: Pool) -> dict[str, Any]:
    names = ("region", "zone_id", "zone_name", "instance_type", "product")
    return {name: getattr(pool, name) for name in names}


def _offer_json(offer: Offer) -> dict[str, Any]:
    return {"pool": _pool_json(offer.pool), "price": offer.price, "cap": offer.cap}


def _offer_of(said: Mapping[str, Any]) -> Offer:
    return Offer(Pool(**said["pool"]), said["price"], said["cap"])
