"""Which network addresses a server may connect to on somebody else's word (server-side request forgery).

Refused is what is not of the public internet by IANA's registries of special-purpose addresses (RFC 6890), and what
stands for such an address: IPv4 inside IPv6, and tunnels. A cloud's metadata services are link-local (169.254.169.254),
unique local (fd00:ec2::254) or of the shared space of carriers (100.100.100.200), except for one, which is named here.
"""

from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Final, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

_METADATA: Final = frozenset({IPv4Address("168.63.129.16")})  # Azure's, a public address that only machines there reach
_NAT64: Final = IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are the IPv4 address that is meant
_SPECIAL: Final = (  # entries of the registries that Python 3.11 does not know yet, or knows in part
    ip_network("192.0.0.0/24"),  # RFC 6890: protocols' own; Oracle's cloud has services there
    ip_network("192.88.99.0/24"),  # RFC 7526: once a way into 6to4
    ip_network("64:ff9b:1::/48"),  # RFC 8215: wherever a network's own translator leads
    ip_network("3fff::/20"),  # RFC 9637: for examples
    ip_network("5f00::/16"),  # RFC 9602: segment routing, within a network
)
_TUNNELS: Final = (IPv6Network("2002::/16"), IPv6Network("2001::/32"))  # 6to4 (RFC 3056), Teredo (RFC 4380)
_COMPATIBLE: Final = IPv6Network("::/96")  # RFC 4291, 2.5.5.1, deprecated
_SHARED: Final = IPv4Network("100.64.0.0/10")  # RFC 6598: carriers' NAT


def parse_networks(texts: Collection[str]) -> tuple[Network, ...]:
    """Networks as people write them: `10.0.0.0/8`, `::1`.

    Raises:
        ValueError: one is no network; the message says which.
    """
    networks: list[Network] = []
    for text in texts:
        try:
            networks.append(ip_network(text))
        except ValueError:
            raise ValueError(f"“{text[:60]}” is no network; they look like 10.0.0.0/8 or fd00::/8") from None
    return tuple(networks)


def is_in(address: Address, networks: Collection[Network]) -> bool:
    """Is it, or the IPv4 address mapped into it, in one of these?"""
    plain = _embedded(address) or address
    return any(each in network for network in networks for each in {address, plain} if each.version == network.version)


def why_refused(address: Address) -> str | None:
    """What is wrong with connecting there, as the end of a sentence that begins with the address; or None."""
    if (inner := _embedded(address)) is not None:
        return why_refused(inner)
    for holds, reason in (
        (address.is_unspecified, "is no address of a machine"),
        (address.is_loopback, "is this machine's own"),
        (address.is_link_local, "is link-local"),
        (address.is_multicast, "is a multicast address"),
        (address in _METADATA, "is a cloud's metadata service"),
        (isinstance(address, IPv4Address) and address in _SHARED, "is of a carrier's own network"),
        (isinstance(address, IPv6Address) and any(address in network for network in _TUNNELS), "is a tunnel's"),
        (isinstance(address, IPv6Address) and address in _COMPATIBLE, "is reserved"),
        (any(address in network for network in _SPECIAL if network.version == address.version), "is reserved"),
        (isinstance(address, IPv6Address) and address.is_site_local, "is of a private network"),
        (address.is_private, "is of a private network"),
        (address.is_reserved or not address.is_global, "is reserved"),
    ):
        if holds:
            return reason
    return None


def _embedded(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for, where that is where packets go."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped
