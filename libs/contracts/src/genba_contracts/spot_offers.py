"""Pools ranked by what they cost for what they have, as they travel."""

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field

from genba_contracts.fields import Wire, examples
from genba_contracts.spot_fields import SourceName, Synthetic
from genba_contracts.spot_prices import PRICE, SOURCE, CurrentPrice

KEY_PATTERN: Final = r"^[A-Za-z0-9-]{1,64}\|[A-Za-z0-9-]{1,64}\|[A-Za-z0-9.-]{1,64}\|[A-Za-z/() ]{1,64}$"
OFFERS_MAX: Final = 500
"""Offers in an answer: 250 kB of JSON."""
RankBy: TypeAlias = Literal["price", "vcpu", "gpu", "gpu-memory", "discount"]
_OFFER: Final[dict[str, Any]] = {
    **PRICE,
    "key": "us-east-1|use1-az1|g5.2xlarge|Linux/UNIX",
    "vcpus": 8,
    "gpus": 1,
    "gpu_name": "A10G",
    "gpu_memory_gib": 24.0,
    "per_vcpu": 0.0545125,
    "per_gpu": 0.4361,
    "per_gpu_gib": 0.01817083,
    "discount": 0.6402,
    "score": 7,
}

OfferKey = Annotated[
    str,
    Field(
        pattern=KEY_PATTERN,
        description="Tells the pool from others: region, zone, type and product.",
        examples=[_OFFER["key"]],
    ),
]
Hysteresis = Annotated[
    float,
    Field(
        ge=0,
        lt=1,
        description="The share by which an offer must be better to be first in place of the one that was.",
        examples=[0.05],
    ),
]


class Offer(CurrentPrice):
    """What a pool costs now for what it has. What is not known, or is not there, is null."""

    model_config = Wire.model_config | {"json_schema_extra": examples(_OFFER)}

    key: OfferKey
    vcpus: int | None = Field(description="Virtual CPUs.", examples=[8])
    gpus: int | None = Field(description="GPUs; 0 without any.", examples=[1])
    gpu_name: str | None = Field(description="Which GPUs; null without any.", examples=["A10G"])
    gpu_memory_gib: float | None = Field(description="Memory of all its GPUs together, GiB.", examples=[24.0])
    per_vcpu: float | None = Field(description="US dollars an hour for each vCPU.", examples=[0.0545125])
    per_gpu: float | None = Field(description="US dollars an hour for each GPU.", examples=[0.4361])
    per_gpu_gib: float | None = Field(description="US dollars an hour for each GiB of GPU memory.", examples=[0.018171])
    discount: float | None = Field(
        description="How much less than on demand, as a share; below 0 where it is dearer.", examples=[0.6402]
    )
    score: int | None = Field(
        ge=1,
        le=10,
        description="EC2's placement score of the zone for all of `scored` together, 10 for capacity that is likely; "
        "null where it gave none.",
        examples=[7],
    )


class OfferList(Wire):
    """Pools ranked by what they cost for what they have, the best first."""

    model_config = Wire.model_config | {
        "json_schema_extra": examples(
            {
                **SOURCE,
                "by": "gpu-memory",
                "hysteresis": 0.05,
                "items": [_OFFER],
                "total": 31,
                "unranked": 4,
                "scored": ["g5.2xlarge"],
            }
        )
    }

    source: SourceName
    synthetic: Synthetic
    by: RankBy = Field(description="What they are ranked by.")
    hysteresis: Hysteresis
    items: list[Offer]
    total: int = Field(ge=0, description="How many are ranked.", examples=[31])
    unranked: int = Field(
        ge=0,
        description="How many more there are that have no such figure: no GPU, or nothing is known of their type.",
        examples=[4],
    )
    scored: list[str] = Field(description="Types that EC2 scored together; empty if no scores were asked for.")
    score_fault: str | None = Field(default=None, description="Why there are no scores though they were asked for.")
