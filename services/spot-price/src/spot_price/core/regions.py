"""EC2's regions: names, the names that zone ids begin with, aliases of many at once.

Source: AWS General Reference, "Amazon EC2 endpoints"; EC2 User Guide, "Availability Zone IDs".
"""

import difflib
from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import Final

ZONE_ID_PREFIXES: Final = MappingProxyType(
    {
        "afs1": "af-south-1",
        "ape1": "ap-east-1",
        "ape2": "ap-east-2",
        "apne1": "ap-northeast-1",
        "apne2": "ap-northeast-2",
        "apne3": "ap-northeast-3",
        "aps1": "ap-south-1",
        "aps2": "ap-south-2",
        "apse1": "ap-southeast-1",
        "apse2": "ap-southeast-2",
        "apse3": "ap-southeast-3",
        "apse4": "ap-southeast-4",
        "apse5": "ap-southeast-5",
        "apse6": "ap-southeast-6",
        "apse7": "ap-southeast-7",
        "cac1": "ca-central-1",
        "caw1": "ca-west-1",
        "euc1": "eu-central-1",
        "euc2": "eu-central-2",
        "eun1": "eu-north-1",
        "eus1": "eu-south-1",
        "eus2": "eu-south-2",
        "euw1": "eu-west-1",
        "euw2": "eu-west-2",
        "euw3": "eu-west-3",
        "ilc1": "il-central-1",
        "mec1": "me-central-1",
        "mes1": "me-south-1",
        "mxc1": "mx-central-1",
        "sae1": "sa-east-1",
        "use1": "us-east-1",
        "use2": "us-east-2",
        "usw1": "us-west-1",
        "usw2": "us-west-2",
    }
)
"""Region by what its zones' ids begin with."""
REGIONS: Final = tuple(sorted(ZONE_ID_PREFIXES.values()))
ALIASES: Final = MappingProxyType(
    {
        "us": ("us-",),
        "eu": ("eu-",),
        "ap": ("ap-",),
        "sa": ("sa-",),
        "ca": ("ca-",),
        "me": ("me-", "il-"),
        "af": ("af-",),
        "all": ("",),
    }
)
"""What regions' names begin with, by alias."""
_NEAR: Final = 3


class UnknownNameError(Exception):
    """A name that nothing has; `near` are those like it.

    Attributes:
        kind: what it should have been the name of, `region`, `instance type`…
        name: the name.
        near: names like it, the nearest first.
    """

    def __init__(self, kind: str, name: str, near: Sequence[str]) -> None:
        self.kind, self.name, self.near = kind, name, tuple(near)
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        super().__init__(f"There is no {kind} “{name}”.{hint}")


def region_of(zone: str) -> str | None:
    """The region of a zone, by its id (`use1-az1`) or its name (`us-east-1a`, `us-west-2-lax-1a`); None: not known."""
    prefix, dash, _ = zone.partition("-")
    if dash and prefix in ZONE_ID_PREFIXES:
        return ZONE_ID_PREFIXES[prefix]
    for region in REGIONS:
        rest = zone.removeprefix(region)
        if rest != zone and rest and not rest[0].isdigit():
            return region
    return None


def expand_regions(asked: Iterable[str], known: Sequence[str] = REGIONS) -> tuple[str, ...]:
    """The regions that names, prefixes and aliases mean, each once, in the order of `known`; nothing asked: all.

    Raises:
        UnknownNameError: one of them means none.
    """
    found: set[str] = set()
    wanted = [name.strip().lower() for name in asked]
    for name in wanted:
        if name in known:
            found.add(name)
            continue
        starts = ALIASES.get(name, (name,) if "-" in name else ())
        meant = {region for region in known if starts and region.startswith(starts)}
        if not meant:
            raise UnknownNameError("region", name, near(name, [*known, *ALIASES]))
        found |= meant
    return tuple(region for region in known if region in found or not wanted)


def near(name: str, names: Iterable[str]) -> list[str]:
    """Names like this one, the nearest first."""
    every = sorted(set(names))
    starting = [each for each in every if name and each.startswith(name)]
    like = difflib.get_close_matches(name, every, n=_NEAR, cutoff=0.5)
    return list(dict.fromkeys([*like, *starting]))[:_NEAR]
