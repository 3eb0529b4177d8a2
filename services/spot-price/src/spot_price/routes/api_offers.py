"""REST: where a dollar buys most."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from genba_contracts import spot as contracts
from genba_contracts.fields import PAGE_LIMIT_DEFAULT
from genba_contracts.spot_offers import Hysteresis, OfferKey
from genba_servicekit.answers import answer
from genba_servicekit.errors import BadRequest, responses
from spot_price.core.offers import Measure
from spot_price.deps import SpotDep
from spot_price.routes import converting
from spot_price.routes.bodies import HEADERS
from spot_price.routes.parameters import MOST_DOLLARS, Gpus, Selected
from spot_price.routes.problems import UnknownName
from spot_price.usecases.offering import Scores, Wanted

router = APIRouter(prefix="/v1", tags=["offers"])

By = Annotated[
    contracts.RankBy,
    Query(description="Rank them by the price, by that of a vCPU, a GPU, a GiB of GPU memory, or by the discount."),
]
MaxPrice = Annotated[
    float | None, Query(gt=0, le=MOST_DOLLARS, description="At most so dear, US dollars an hour.", examples=[0.5])
]
Held = Annotated[
    OfferKey | None,
    Query(
        description="The `key` of the offer that was first: it still is, unless another is better by the hysteresis."
    ),
]
AskedHysteresis = Annotated[
    Hysteresis | None,
    Query(description="The share by which another must be better than `held`; as the service is set if none."),
]
AskScores = Annotated[
    bool,
    Query(description="Ask EC2 how likely capacity is; of the first 20 types and 10 regions, with AWS credentials."),
]
OfferLimit = Annotated[int, Query(ge=1, le=contracts.OFFERS_MAX, description="The best so many.")]


@router.get("/offers", response_model=contracts.OfferList, responses=HEADERS.read | responses(BadRequest, UnknownName))
async def list_offers(
    request: Request,
    spot: SpotDep,
    selected: Selected,
    *,
    by: By = "price",
    gpus: Gpus = 0,
    max_price: MaxPrice = None,
    held: Held = None,
    hysteresis: AskedHysteresis = None,
    scores: AskScores = False,
    limit: OfferLimit = PAGE_LIMIT_DEFAULT,
) -> Response:
    """Rank pools by what they cost now for what they have, the best first.

    Those of unknown price are no offers. Of equal ones the cheaper is first. Who asks again and names the first offer
    of before as `held` is not sent to and fro between zones that pass each other by little.
    """
    offers = await spot.offering.offers(Wanted(selected, Measure(by), gpus, max_price, held, hysteresis))
    shown = offers.items[:limit]
    scored = await spot.offering.scores(shown) if scores else Scores({}, ())

    def body() -> contracts.OfferList:
        return contracts.OfferList(
            source=spot.market.source,
            synthetic=spot.market.synthetic,
            by=by,
            hysteresis=offers.hysteresis,
            items=[converting.offer(quote, scored.of.get(quote.pool.zone_id or "")) for quote in shown],
            total=len(offers.items),
            unranked=offers.unranked,
            scored=list(scored.types),
            score_fault=scored.fault or None,
        )

    return answer(request, await asyncio.to_thread(body))
