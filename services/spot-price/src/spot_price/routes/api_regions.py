"""REST: regions, and how asking them for prices goes."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from genba_contracts import spot as contracts
from genba_servicekit.answers import answer
from genba_servicekit.errors import BadRequest, responses
from spot_price.deps import SpotDep
from spot_price.ports import RegionState
from spot_price.routes import converting
from spot_price.routes.bodies import HEADERS

router = APIRouter(prefix="/v1", tags=["regions"])


@router.get("/regions", response_model=contracts.RegionList, responses=HEADERS.read | responses(BadRequest))
async def list_regions(request: Request, spot: SpotDep) -> Response:
    """List every region that there are prices of, and how the last poll of each went."""
    market = spot.market
    states = [market.states.get(name, RegionState(name)) for name in market.regions]
    items = [converting.region(state) for state in states]
    return answer(request, contracts.RegionList(source=market.source, synthetic=market.synthetic, items=items))
