"""Which pools somebody wants to see."""

from dataclasses import dataclass

from spot_price.core.records import LINUX


@dataclass(frozen=True, slots=True)
class Selection:
    """Which pools are asked for; an empty tuple asks for all there are.

    Attributes:
        types: instance types, or patterns with `*` and `?` (`g5.*`, `*.2xlarge`).
        regions: names, prefixes (`us-west`) or aliases (`us eu ap sa ca me af all`) of regions.
        zones: ids or names of zones.
        products: product descriptions, without ` (Amazon VPC)`.
    """

    types: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    products: tuple[str, ...] = (LINUX,)
