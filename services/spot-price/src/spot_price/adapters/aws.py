"""Prices from EC2 itself: DescribeSpotPriceHistory, in every region that is enabled for the account.

And what `adapters.aws_catalogue` learns from: DescribeInstanceTypes and the Price List.

Source: EC2 API Reference, DescribeSpotPriceHistory, DescribeRegions, DescribeAvailabilityZones, DescribeInstanceTypes,
"Error codes"; AWS Price List Query API, GetProducts.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

import aioboto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    SSOError,
)
from botocore.exceptions import (
    ConnectionError as NoConnectionError,
)
from botocore.parsers import ResponseParserError

from spot_price.adapters.aws_answers import PriceParsers
from spot_price.adapters.clock import WallClock
from spot_price.core.instances import InstanceType
from spot_price.core.records import Records, Seconds
from spot_price.ports import Clock, Query, SourceError

HOME: Final = "us-east-1"
"""Whose endpoint is asked which regions there are, where the settings of AWS name no region."""
CONFIG: Final = Config(
    connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3}, max_pool_connections=8
)
VALUES: Final = 200
"""That a filter of EC2 can have; for more types all are asked for."""
PAGE: Final = 100
"""The most types, and the most products, that there are on a page."""
VPC: Final = " (Amazon VPC)"
THROTTLED: Final = frozenset(
    {"RequestLimitExceeded", "Throttling", "ThrottlingException", "RequestThrottled", "TooManyRequestsException"}
)
CREDENTIALS: Final = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "MissingAuthenticationToken",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
FORBIDDEN: Final = frozenset({"UnauthorizedOperation", "AccessDenied", "AccessDeniedException"})
BLOCKED: Final = frozenset({"Blocked", "PendingVerification"})
LOG_IN: Final = "log in (aws sso login, aws configure) or set AWS_PROFILE"


class AwsSource:
    """A `PriceSource` of an AWS account. One client a region is kept; answers are read in threads.

    Args:
        session: whose account; None: the usual settings of AWS say it (AWS_PROFILE, ~/.aws, environment, role).
    """

    name: Final = "aws"
    synthetic: Final = False

    def __init__(self, session: aioboto3.Session | None = None) -> None:
        self._session = session or aioboto3.Session()
        self._parsers = PriceParsers()
        self._session._session.register_component("response_parser_factory", self._parsers)  # noqa: SLF001  (aioboto3 hands out nothing else to register with)
        self._stack = AsyncExitStack()
        self._clients: dict[tuple[str, str], Any] = {}
        self._making = asyncio.Lock()
        self._zones: dict[str, Mapping[str, str]] = {}
        self._clock = WallClock()

    @property
    def clock(self) -> Clock:
        """Now is now."""
        return self._clock

    async def regions(self) -> Sequence[str]:
        """Regions that are enabled for the account."""
        home = self._session.region_name or HOME
        async with _explained():
            answer = await (await self._client(home)).describe_regions(AllRegions=False)
        return sorted(str(each["RegionName"]) for each in answer["Regions"])

    async def prices(self, region: str, query: Query) -> AsyncGenerator[Records, None]:
        """Every record of a region from the one in force at the start, which EC2 gives first, until the end."""
        asked = _request(query)
        async with _explained():
            client = await self._client(region)
            zones = await self._zone_ids(region, client)
        token = ""
        while True:
            more = {"NextToken": token} if token else {}
            async with _explained():
                answer = await client.describe_spot_price_history(**asked, **more)
            yield answer["Page"].records(region, zones)
            token = answer.get("NextToken") or ""
            if not token:  # the last page's is empty, or not there
                return

    async def types(self, region: str, names: Sequence[str] = ()) -> dict[str, InstanceType]:
        """What the types of a region have, by name; of these names or patterns alone where there are any.

        Raises:
            SourceError: not to the last page.
        """
        asked: dict[str, Any] = {"MaxResults": PAGE}
        if names and len(names) <= VALUES:
            asked["Filters"] = [{"Name": "instance-type", "Values": list(names)}]
        found: dict[str, InstanceType] = {}
        while True:
            async with _explained():
                answer = await (await self._client(region)).describe_instance_types(**asked)
            found |= {each.name: each for each in answer["Page"]}
            if not answer.get("NextToken"):
                return found
            asked["NextToken"] = answer["NextToken"]

    async def products(self, filters: Mapping[str, str]) -> AsyncGenerator[Sequence[str], None]:
        """Products of EC2 in the Price List, page by page, each as the JSON that it is there.

        Args:
            filters: what attributes have to be: one value, or some with commas between them.

        Raises:
            SourceError: not to the last page.
        """
        asked: dict[str, Any] = {
            "ServiceCode": "AmazonEC2",
            "MaxResults": PAGE,
            "Filters": [{"Type": "ANY_OF", "Field": name, "Value": value} for name, value in filters.items()],
        }
        while True:
            async with _explained():
                answer = await (await self._client(HOME, "pricing")).get_products(**asked)
            yield answer["PriceList"]
            if not answer.get("NextToken"):
                return
            asked["NextToken"] = answer["NextToken"]

    async def close(self) -> None:
        """Close every client."""
        await self._stack.aclose()

    async def _client(self, region: str, service: str = "ec2") -> Any:
        key = service, region
        if key not in self._clients:
            async with self._making:  # one after the other: making one takes the event loop some 10 ms
                if key not in self._clients:
                    made = self._session.client(service, region_name=region, config=CONFIG)
                    self._clients[key] = await self._stack.enter_async_context(made)
        return self._clients[key]

    async def _zone_ids(self, region: str, client: Any) -> Mapping[str, str]:
        """Each zone's id by its name, which is this account's own."""
        if region not in self._zones:
            answer = await client.describe_availability_zones()
            self._zones[region] = {str(zone["ZoneName"]): str(zone["ZoneId"]) for zone in answer["AvailabilityZones"]}
        return self._zones[region]


def _request(query: Query) -> dict[str, Any]:
    """What DescribeSpotPriceHistory is asked with. Filters take patterns, and names that a region does not have."""
    asked: dict[str, Any] = {"StartTime": _moment(query.start), "EndTime": _moment(query.end)}
    if query.products:
        asked["ProductDescriptions"] = [f"{name}{vpc}" for name in query.products for vpc in ("", VPC)]
    if query.types and len(query.types) <= VALUES:
        asked["Filters"] = [{"Name": "instance-type", "Values": list(query.types)}]
    return asked


def _moment(seconds: Seconds) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@asynccontextmanager
async def _explained() -> AsyncIterator[None]:
    """Says in one line what went wrong, and what to do about it."""
    try:
        yield
    except ClientError as error:
        raise _refused(error) from None
    except (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError, SSOError) as error:
        raise SourceError(f"no credentials: {str(error).rstrip('.')}; {LOG_IN}", code="credentials") from None
    except (NoConnectionError, HTTPClientError, TimeoutError) as error:
        raise SourceError(f"no answer: {str(error).rstrip('.') or 'timed out'}", code="no-answer") from None
    except (BotoCoreError, ResponseParserError) as error:
        raise SourceError(str(error), code="refused") from None


def _refused(error: ClientError) -> SourceError:
    said = error.response.get("Error", {})
    code, message = str(said.get("Code", "")), str(said.get("Message", "")).rstrip(".")
    if code in THROTTLED:
        return SourceError(f"throttled: EC2 takes no more requests just now ({code})", code="throttled")
    if code == "OptInRequired":
        return SourceError(
            "not enabled for this account: enable the region in the account's settings, or leave it out",
            code="opt-in-required",
        )
    if code in CREDENTIALS:
        clock = "; is this machine's clock right?" if code in {"RequestExpired", "SignatureDoesNotMatch"} else ""
        return SourceError(f"credentials are not taken ({code}: {message}): {LOG_IN}{clock}", code="credentials")
    if code in FORBIDDEN:
        return SourceError(f"not allowed ({code}): the policy has to allow {error.operation_name}", code="credentials")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if status >= 500:  # noqa: PLR2004  (RFC 9110, 15.6)
        return SourceError(f"EC2 is not well ({code or status})", code="no-answer")
    return SourceError(f"{code}: {message}", code="refused")
