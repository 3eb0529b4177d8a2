"""What instance types have and cost on demand, from a table."""

from collections.abc import Mapping
from types import MappingProxyType

from spot_price.core.instances import InstanceType


class TableCatalogue:
    """A `Catalogue` of what it is made with.

    Args:
        dated: the date of the table, ISO 8601.
        types: instance types by name.
        prices: US dollars an hour on demand, by (region, instance type, product).
    """

    def __init__(
        self, dated: str, types: Mapping[str, InstanceType], prices: Mapping[tuple[str, str, str], float]
    ) -> None:
        self._dated = dated
        self._types = MappingProxyType(dict(types))
        self._prices = dict(prices)

    @property
    def dated(self) -> str:
        """The date of the table."""
        return self._dated

    def types(self) -> Mapping[str, InstanceType]:
        """Every type of the table, by name."""
        return self._types

    def on_demand(self, region: str, instance_type: str, product: str) -> float | None:
        """US dollars an hour; None where the table does not say it."""
        return self._prices.get((region, instance_type, product))
