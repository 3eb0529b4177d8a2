"""Messages to webhooks over HTTP, to where nobody is attacked by way of us."""

from collections.abc import Mapping

from genba_servicekit.upstream import Upstream
from genba_servicekit.upstream_errors import TooSlow, Unreachable, UpstreamError
from spot_price.ports_alerts import WebhookFailedError, WebhookRefusedError

_GONE = 410
_CALL_OFF = 300


class HttpWebhooks:
    """Fulfils `ports_alerts.Webhooks`: hosts are looked up and checked at each connection, redirects are not followed.

    Args:
        upstream: makes the connections.
    """

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    async def check(self, url: str) -> None:
        """See Webhooks. A host that is not found now may be there when there is something to tell."""
        try:
            await self._upstream.check(url)
        except (Unreachable, TooSlow):
            pass
        except UpstreamError as error:
            raise WebhookRefusedError(str(error)) from None

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """See Webhooks. What it answers with 410 is not sent to it again."""
        try:
            status = await self._upstream.post(url, body, {"Content-Type": "application/json", **headers})
        except UpstreamError as error:
            raise WebhookFailedError(str(error)) from None
        if status >= _CALL_OFF:
            raise WebhookFailedError(f"answered with {status}", final=status == _GONE)
