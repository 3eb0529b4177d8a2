"""What the launcher is told."""

import math
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from spot_price.core.controlling import LEAST_SAVING, Budget, Rules
from spot_price.core.durations import seconds_of
from spot_price.core.jobs import UBUNTU, check_name
from spot_price.core.records import LINUX, Seconds
from spot_price.core.regions import REGIONS, UnknownNameError, near
from spot_price.core.selection import Selection
from spot_price.options import Option, Section, dollars_of, names_of, one_of, server_of, types_of
from spot_price.usecases.market import product_of

TENSORFLOW: Final = "tensorflow[and-cuda]"
DISK: Final = (8, 16_384)
"""GiB of a gp3 volume. Source: EBS User Guide, "General Purpose SSD volumes"."""
EVERY: Final = (1, 120)
"""Seconds between looks: the lease lasts 300, so that one look may fail and the next still holds it."""
MOST_STORE: Final = 200
"""Characters: with the job's name it is a tag, which may have 256."""
_BUCKET: Final = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9_-][A-Za-z0-9_.-]{0,100})*/?")
_IMAGE: Final = re.compile(r"ami-[0-9a-f]{8,17}|ssm:[A-Za-z0-9_./:-]{1,1011}")
_OWN_TAGS: Final = ("aws:", "genba:")
_TAG: Final = (128, 256)
"""Characters of a tag's key and value. Source: EC2 User Guide, "Tag restrictions"."""


class Printed(StrEnum):
    """How a dry run is printed."""

    TABLE = "table"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class LaunchOptions:
    """What the launcher was told.

    Attributes:
        command: the job's words.
        name: of the job.
        store: `s3://bucket/prefix`, under which the job's own folder is.
        code: a folder that the job finds itself in.
        install: what pip installs for the job.
        type: instance types, or patterns.
        regions: names, prefixes or aliases; empty: all.
        product: product description.
        server: address of a price service; None: the source itself.
        max_price: US dollars an hour; None: what the type costs on demand.
        budget: US dollars in all.
        budget_hourly: US dollars an hour.
        budget_time: seconds from the beginning on.
        move_for: share of the price that a move must save; None: it stays.
        image: AMI by region, `""` for all others.
        subnet, security_group: ids.
        key_name, instance_profile: names.
        disk: GiB.
        tag: tags by key.
        user_data: a file in place of the packaged one.
        every: seconds between looks.
        format: how a dry run is printed.
    """

    command: tuple[str, ...] = ()
    name: str = "job"
    store: str | None = None
    code: Path | None = None
    install: tuple[str, ...] = (TENSORFLOW,)
    type: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    product: str = LINUX
    server: str | None = None
    max_price: float | None = None
    budget: float | None = None
    budget_hourly: float | None = None
    budget_time: Seconds | None = None
    move_for: float | None = None
    image: Mapping[str, str] = field(default_factory=lambda: {"": UBUNTU})
    subnet: tuple[str, ...] = ()
    security_group: tuple[str, ...] = ()
    key_name: str | None = None
    instance_profile: str | None = None
    disk: int | None = None
    tag: Mapping[str, str] = field(default_factory=dict)
    user_data: Path | None = None
    every: float = 30.0
    format: Printed = Printed.TABLE

    @property
    def selection(self) -> Selection:
        """Which pools the job could run in."""
        return Selection(types=self.type, regions=self.regions, products=(self.product,))

    @property
    def rules(self) -> Rules:
        """How the job is to be treated."""
        return Rules(self.move_for, Budget(self.budget, self.budget_hourly, self.budget_time))


def _command(said: Any) -> tuple[str, ...]:
    words = shlex.split(said) if isinstance(said, str) else said
    if not isinstance(words, list | tuple) or not words or not all(isinstance(word, str) for word in words):
        raise ValueError(f"{said!r} is no command: a list of words, or a line")
    return tuple(words)


def _store(said: Any) -> str:
    if not isinstance(said, str) or len(said) > MOST_STORE or not _BUCKET.fullmatch(said):
        raise ValueError(f"“{said}” is no place in S3: it looks like s3://bucket or s3://bucket/folder")
    return said.rstrip("/")


def _install(said: Any) -> tuple[str, ...]:
    names = (said,) if isinstance(said, str) else said
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"{said!r} is no list of what pip installs")
    words = [word for name in names for word in shlex.split(name)]
    return () if words == ["none"] else tuple(words)


def _time(said: Any) -> Seconds:
    seconds = seconds_of(str(said))
    if seconds <= 0:
        raise ValueError("it is no time at all")
    return seconds


def _every(said: Any) -> float:
    seconds = seconds_of(str(said))
    if not EVERY[0] <= seconds <= EVERY[1]:
        raise ValueError(f"“{said}” is not between {EVERY[0]} s and {EVERY[1]} s")
    return float(seconds)


def _share(said: Any) -> float:
    try:
        share = float(said) / 100
    except (TypeError, ValueError):
        share = math.nan
    if not LEAST_SAVING <= share < 1:
        raise ValueError(f"“{said}” is no number of per cent from {LEAST_SAVING * 100:.0f} to 99")
    return share


def _images(said: Any) -> dict[str, str]:
    pairs = said.items() if isinstance(said, dict) else [_pair(each) for each in names_of(said)]
    images: dict[str, str] = {}
    for region, image in pairs:
        if region and region not in REGIONS:
            raise UnknownNameError("region", region, near(region, REGIONS))
        if not isinstance(image, str) or not _IMAGE.fullmatch(image):
            raise ValueError(f"“{image}” is no image: ami-0123456789abcdef0, or ssm: and a parameter's name")
        images[region] = image
    return images


def _pair(text: str) -> tuple[str, str]:
    left, equals, right = text.partition("=")
    return (left.strip(), right.strip()) if equals else ("", left.strip())


def _tags(said: Any) -> dict[str, str]:
    pairs = said.items() if isinstance(said, dict) else [_pair(each) for each in names_of(said)]
    tags = {}
    for key, value in pairs:
        if not key or not isinstance(value, str) or len(key) > _TAG[0] or len(value) > _TAG[1]:
            raise ValueError(f"“{key}={value}” is no tag: it looks like team=vision")
        if key.lower().startswith(_OWN_TAGS):
            raise ValueError(f"“{key}”: tags that begin with {' or '.join(_OWN_TAGS)} are not yours to give")
        tags[key] = value
    return tags


def _ids(kind: str) -> Callable[[Any], tuple[str, ...]]:
    pattern = re.compile(rf"{kind}-[0-9a-f]{{8,17}}")

    def read(said: Any) -> tuple[str, ...]:
        for name in names_of(said):
            if not pattern.fullmatch(name):
                raise ValueError(f"“{name}” is no id: it looks like {kind}-0123456789abcdef0")
        return names_of(said)

    return read


def _word(said: Any) -> str:
    if not isinstance(said, str) or not re.fullmatch(r"[\x20-\x7e]{1,255}", said):
        raise ValueError(f"{said!r} is no name")
    return said


def _disk(said: Any) -> int:
    if isinstance(said, bool) or not re.fullmatch(r"\d{1,6}", str(said)) or not DISK[0] <= int(said) <= DISK[1]:
        raise ValueError(f"“{said}” is no number of GiB from {DISK[0]} to {DISK[1]:,}")
    return int(said)


def _path(said: Any) -> Path:
    if not isinstance(said, str | Path):
        raise ValueError(f"{said!r} is no path")  # noqa: TRY004  (a value that was told, not a bug)
    return Path(said).expanduser()


_RUNS, _WHERE, _COST = "What runs", "Where", "What it may cost"
_INSTANCE, _HOW = "The instance", "How it is looked after"
AGAIN: Final = "may be given again."
LAUNCH: Final = Section(
    "launch",
    (
        Option("command", "The job's words; on the command line they come after `--`.", "needed", _command, _RUNS),
        Option("name", "The job's name: small letters, digits, hyphens.", "job", check_name, _RUNS),
        Option("store", "Where it is kept safe: s3://bucket/folder; the job's name is added.", "needed", _store, _RUNS),
        Option("code", "A folder that the job begins in, copied to each instance.", "none", _path, _RUNS),
        Option("install", f"What pip installs for the job (`none`: nothing); {AGAIN}", TENSORFLOW, _install, _RUNS),
        Option("type", f"Instance type, or a pattern such as `g5.*`; {AGAIN}", "needed", types_of, _WHERE),
        Option(
            "regions",
            f"Region, prefix (`us-west`) or `us eu ap sa ca me af all`; {AGAIN}",
            "all",
            names_of,
            _WHERE,
        ),
        Option("product", "Product description.", LINUX, lambda said: product_of(str(said)), _WHERE),
        Option(
            "subnet", f"Only these subnets, one or more a zone; {AGAIN}", "each zone's default", _ids("subnet"), _WHERE
        ),
        Option("server", "Address of a price service; without it the source is asked.", "none", server_of, _WHERE),
        Option("max-price", "The most that is paid for an instance, $ an hour.", "on demand", dollars_of, _COST),
        Option("budget", "Dollars in all; then the job is saved and ended.", "none", dollars_of, _COST),
        Option("budget-hourly", "Dollars an hour; what is dearer is not taken, and left.", "none", dollars_of, _COST),
        Option("budget-time", "How long in all, waiting included: `12h`, `2d`.", "none", _time, _COST),
        Option("move-for", "Per cent that a move to another pool must save, 20 at least.", "it stays", _share, _COST),
        Option(
            "image",
            f"AMI, or `ssm:` and a parameter; for one region `us-east-1=ami-…`; {AGAIN}",
            "AWS's Ubuntu 24.04 with NVIDIA's driver",
            _images,
            _INSTANCE,
        ),
        Option("instance-profile", "IAM profile that lets the instance reach the store.", "none", _word, _INSTANCE),
        Option("security-group", f"Id of a security group; {AGAIN}", "the VPC's default", _ids("sg"), _INSTANCE),
        Option("key-name", "SSH key pair.", "none", _word, _INSTANCE),
        Option("disk", "GiB of the root volume.", "as the image says", _disk, _INSTANCE),
        Option("tag", f"A tag, `team=vision`; {AGAIN}", "none", _tags, _INSTANCE),
        Option("user-data", "A cloud-init file in place of the packaged one.", "deploy/gpu", _path, _INSTANCE),
        Option("every", "Between looks at the instance and the prices.", "30s", _every, _HOW),
        Option("format", "How `--dry-run` prints: table or json.", "table", one_of(Printed, "format"), _HOW),
    ),
)
"""Everything that the launcher can be told in all three ways."""


def read_options(given: Mapping[str, object], environ: Mapping[str, str], config: Path | None = None) -> LaunchOptions:
    """What the launcher is told; see Section.read. Raises OptionError."""
    return LaunchOptions(**LAUNCH.read(given, environ, config))
