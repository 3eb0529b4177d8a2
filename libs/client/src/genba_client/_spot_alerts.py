"""Calls about alerts, and the messages that tell of them. All of them take an API key."""

from collections.abc import Sequence

from genba_client._transport import JSON, Call, ServiceClient, parameters
from genba_contracts.events import AlertKind
from genba_contracts.fields import path_segment
from genba_contracts.spot import (
    Alert,
    AlertChange,
    AlertList,
    AlertMade,
    AlertSpec,
    Delivery,
    DeliveryList,
    DeliveryState,
)


class AlertCalls(ServiceClient):
    """What the price service's client can do with alerts, which it names by their ids.

    Every call raises AuthenticationError without an API key.
    """

    async def alerts(self) -> list[Alert]:
        """List every alert, the oldest first."""
        return (await self._call(Call("GET", "/v1/alerts"), AlertList)).items

    async def alert(self, alert: str) -> Alert:
        """Give an alert, and what it has said. Raises NotFoundError."""
        return await self._call(Call("GET", _path("alerts", alert)), Alert)

    async def make_alert(
        self,
        name: str,
        kind: AlertKind,
        types: Sequence[str],
        *,
        regions: Sequence[str] = (),
        zones: Sequence[str] = (),
        products: Sequence[str] = ("Linux/UNIX",),
        threshold: float | None = None,
        percent: float | None = None,
        rearm: float = 5.0,
        webhook: str | None = None,
    ) -> AlertMade:
        """Make an alert on the cheapest of these pools; its `secret` is told this once.

        Args:
            name: as people read it.
            kind: `below`, `above`, `change` or `cheapest`.
            types: names or patterns.
            regions: in these; everywhere if none is said.
            zones: in these, by id or name.
            products: with these; `all` for every one.
            threshold: US dollars an hour; of `below` and `above`.
            percent: of `change`.
            rearm: per cent that the price has to go back until the alert can speak again; of `cheapest`, by which
                another place has to be cheaper.
            webhook: a URL that is sent a signed message.

        Raises:
            UnprocessableError: a name is not known, or the webhook may not be told.
            ConflictError: there are as many alerts as there may be.
        """
        spec = AlertSpec(
            name=name,
            kind=kind,
            types=tuple(types),
            regions=tuple(regions),
            zones=tuple(zones),
            products=tuple(products),
            threshold=threshold,
            percent=percent,
            rearm=rearm,
            webhook=webhook,
        )
        return await self._call(Call("POST", "/v1/alerts", headers=JSON, content=_body(spec)), AlertMade)

    async def pause_alert(self, alert: str) -> Alert:
        """Have an alert keep silent. Raises NotFoundError."""
        return await self._change(alert, AlertChange(paused=True))

    async def resume_alert(self, alert: str) -> Alert:
        """Let a paused alert go on, as if it were new. Raises NotFoundError."""
        return await self._change(alert, AlertChange(paused=False))

    async def rename_alert(self, alert: str, name: str) -> Alert:
        """Give an alert another name. Raises NotFoundError."""
        return await self._change(alert, AlertChange(name=name))

    async def delete_alert(self, alert: str) -> None:
        """Forget an alert, with its messages. Raises NotFoundError."""
        await self._bytes(Call("DELETE", _path("alerts", alert)))

    async def test_alert(self, alert: str) -> Delivery:
        """Have an alert's webhook told what is cheapest now.

        Raises:
            NotFoundError: there is none.
            ConflictError: it has no webhook, or no price is known.
        """
        return await self._call(Call("POST", _path("alerts", alert, "test")), Delivery)

    async def deliveries(
        self, *, alert: str | None = None, state: DeliveryState | None = None, limit: int | None = None
    ) -> list[Delivery]:
        """List messages to webhooks, the newest first; `state="dead"` gives those that were given up."""
        params = {"alert": alert, "state": state, "limit": limit}
        return (await self._call(Call("GET", "/v1/deliveries", params=parameters(params)), DeliveryList)).items

    async def redeliver(self, delivery: str) -> Delivery:
        """Have a message sent again, with its own id. Raises NotFoundError."""
        return await self._call(Call("POST", _path("deliveries", delivery, "redeliver"), repeatable=True), Delivery)

    async def _change(self, alert: str, change: AlertChange) -> Alert:
        content = change.model_dump_json(exclude_defaults=True).encode()
        path = _path("alerts", alert)
        return await self._call(Call("PATCH", path, headers=JSON, content=content, repeatable=True), Alert)


def _body(spec: AlertSpec) -> bytes:
    return spec.model_dump_json(exclude_defaults=True).encode()


def _path(*parts: str) -> str:
    return "/".join(("/v1", *map(path_segment, parts)))
