"""Connections to where people's URLs lead, made to addresses that were looked up and checked here."""

import asyncio
import socket
import ssl
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from typing import Any, Final, Protocol

import httpcore
import httpx

from genba_servicekit.addresses import Address, Network, is_in, why_refused
from genba_servicekit.upstream_errors import AddressRefused, short

LIMITS: Final = httpx.Limits(max_connections=20, max_keepalive_connections=0)
"""Nothing is kept open: sources are asked every some minutes, and each connection's address is checked anew."""
MOST_ADDRESSES: Final = 4
"""Of one host that are tried."""


class Resolver(Protocol):
    """Finds the addresses of a host."""

    async def __call__(self, host: str, port: int, /) -> Sequence[str]:
        """Addresses, the best first.

        Raises:
            OSError: there is none.
        """


async def resolve(host: str, port: int) -> Sequence[str]:
    """A host's addresses, by the system's resolver and in its order."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Guard(httpcore.AsyncNetworkBackend):
    """Makes every connection of the pool, to addresses that it has looked up and checked itself."""

    def __init__(self, resolver: Resolver, allow: frozenset[Network], ports: frozenset[int]) -> None:
        self._resolver = resolver
        self._allow = allow
        self._ports = ports
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  (httpcore's own signature)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first of a host's addresses that answers, if all may be connected to."""
        failure: Exception | None = None
        for address in (await self.check(host, port))[:MOST_ADDRESSES]:
            try:
                return await self._network.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError("the host has no address")

    async def check(self, host: str, port: int) -> list[Address]:
        """A host's addresses, if all of them may be connected to."""
        try:
            addresses = [ip_address(text) for text in await self._resolver(host, port)]
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"there is no host {short(host)}") from error
        inside = [address for address in addresses if is_in(address, self._allow)]
        for address in addresses:
            if address not in inside and (reason := why_refused(address)):
                shown = host if host == str(address) else f"{short(host)} is {address}, which"
                raise AddressRefused(f"{shown} {reason}")
        if port not in self._ports and len(inside) < len(addresses):
            raise AddressRefused(f"port {port} is not one of {', '.join(map(str, sorted(self._ports)))}")
        return addresses

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        """Never."""
        raise AddressRefused("a Unix socket is no host")

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's own transport, its connections made by a guard. httpx has no public way to say so."""

    def __init__(self, guard: Guard, tls: ssl.SSLContext) -> None:
        super().__init__(verify=tls, http2=False, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=LIMITS.max_connections,
            max_keepalive_connections=LIMITS.max_keepalive_connections,
            network_backend=guard,
        )
