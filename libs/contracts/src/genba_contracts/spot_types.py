"""Instance types, as they travel."""

from datetime import date
from typing import Any, Final

from pydantic import Field

from genba_contracts.fields import NextCursor, Wire, examples
from genba_contracts.spot_fields import Price, Product, RegionName, SourceName, Synthetic, TypeName

_TYPE: Final[dict[str, Any]] = {
    "name": "g5.2xlarge",
    "vcpus": 8,
    "memory_gib": 32.0,
    "gpus": 1,
    "gpu_name": "A10G",
    "gpu_memory_gib": 24.0,
    "on_demand": [{"region": "us-east-1", "price": 1.212}],
    "has_prices": True,
}


class OnDemandPrice(Wire):
    """What an instance type costs on demand in a region."""

    model_config = Wire.model_config | {"json_schema_extra": examples({"region": "us-east-1", "price": 1.212})}

    region: RegionName
    price: Price


class InstanceType(Wire):
    """What an instance type has, and what it costs on demand. What is not known of it is null."""

    model_config = Wire.model_config | {"json_schema_extra": examples(_TYPE)}

    name: TypeName
    vcpus: int | None = Field(description="Virtual CPUs.", examples=[8])
    memory_gib: float | None = Field(description="Main memory, GiB.", examples=[32.0])
    gpus: int | None = Field(description="GPUs; 0 without any.", examples=[1])
    gpu_name: str | None = Field(description="Which GPUs; null without any.", examples=["A10G"])
    gpu_memory_gib: float | None = Field(description="Memory of all its GPUs together, GiB.", examples=[24.0])
    on_demand: list[OnDemandPrice] = Field(description="On demand, in the regions that are asked for; only known ones.")
    has_prices: bool = Field(description="Whether there are Spot prices of it here.", examples=[True])


class TypePage(Wire):
    """Instance types, by name."""

    model_config = Wire.model_config | {
        "json_schema_extra": examples(
            {
                "source": "synthetic (seed 7)",
                "synthetic": True,
                "dated": "2026-11-26",
                "product": "Linux/UNIX",
                "items": [_TYPE],
                "total": 509,
                "next_cursor": "dDpnNS4yeGxhcmdl",
            }
        )
    }

    source: SourceName
    synthetic: Synthetic
    dated: date = Field(description="Of what date the prices are, at the oldest.", examples=["2026-11-26"])
    product: Product = Field(description="On demand with this product.")
    items: list[InstanceType]
    total: int = Field(ge=0, description="How many there are on all pages.", examples=[509])
    next_cursor: NextCursor
