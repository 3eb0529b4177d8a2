"""The words that the price service's requests and responses share: their bounds and their patterns."""

from typing import Annotated, Final

from pydantic import Field

TYPES_MAX: Final = 100
"""Types, zones, regions or products that one selection names at most."""
NAME_MAX: Final = 64
TYPE_PATTERN: Final = r"^[A-Za-z0-9.*?-]{1,64}$"
PLACE_PATTERN: Final = r"^[A-Za-z0-9-]{1,64}$"
PRODUCT_PATTERN: Final = r"^[A-Za-z/() ]{1,64}$"
RESOLUTION_PATTERN: Final = r"^(raw|[1-9][0-9]{0,3}[mhd])$"
PRICES_MAX: Final = 2_000
"""Prices in a page: 600 kB of JSON."""
POINTS_MAX: Final = 100_000
"""Steps, or buckets, that one answer has at most: 6 MB of JSON."""

RegionName = Annotated[str, Field(description="A region's name.", examples=["us-east-1"])]
SourceName = Annotated[
    str,
    Field(
        description="Where the prices come from; one that is made up says so.", examples=["aws", "synthetic (seed 7)"]
    ),
]
Synthetic = Annotated[bool, Field(description="Whether the prices are made up.", examples=[True])]
ZoneId = Annotated[
    str | None,
    Field(
        description="The zone's id, the same for everyone; null where the source does not say it.",
        examples=["use1-az1"],
    ),
]
ZoneName = Annotated[
    str | None,
    Field(
        description="The zone's name; each account has its own order of them. Null where the source does not say it.",
        examples=["us-east-1a"],
    ),
]
TypeName = Annotated[str, Field(description="An instance type.", examples=["g5.2xlarge"])]
Product = Annotated[
    str, Field(description="The product description, without ` (Amazon VPC)`.", examples=["Linux/UNIX"])
]
Price = Annotated[float, Field(gt=0, description="US dollars an hour.", examples=[0.4361])]
MaybePrice = Annotated[
    float | None, Field(gt=0, description="US dollars an hour; null where it is not known.", examples=[0.4361])
]
OnDemand = Annotated[
    float | None, Field(description="US dollars an hour on demand; null where it is not known.", examples=[1.212])
]

AskedType = Annotated[
    str,
    Field(
        pattern=TYPE_PATTERN,
        description="An instance type, or a pattern with `*` and `?`.",
        examples=["g5.2xlarge", "g5.*", "*.2xlarge"],
    ),
]
AskedRegion = Annotated[
    str,
    Field(
        pattern=PLACE_PATTERN,
        description="A region, what several begin with (`us-west`), or us, eu, ap, sa, ca, me, af or all.",
        examples=["us", "eu-west-1"],
    ),
]
AskedZone = Annotated[
    str, Field(pattern=PLACE_PATTERN, description="A zone, by id or name.", examples=["use1-az1", "us-east-1a"])
]
AskedProduct = Annotated[
    str,
    Field(
        pattern=PRODUCT_PATTERN,
        description="A product description in any case, with or without ` (Amazon VPC)`; `all` for every one.",
        examples=["Linux/UNIX", "Windows (Amazon VPC)"],
    ),
]
Resolution = Annotated[
    str,
    Field(
        pattern=RESOLUTION_PATTERN,
        description="`raw` for steps as they are; or how long a bucket is: from `1m` to `1d`.",
        examples=["raw", "15m", "1h", "1d"],
    ),
]
