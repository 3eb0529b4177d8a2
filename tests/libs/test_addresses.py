"""Addresses that are not of the public internet are refused, in every way in which they can be written."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genba_servicekit.addresses import is_in, parse_networks, why_refused

PRIVATE = [
    "0.0.0.0",
    "0.1.2.3",
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.0.1",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.192",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "64:ff9b:1::7f00:1",
    "2001:db8::1",
]


@pytest.mark.parametrize("text", PRIVATE)
def test_what_is_not_of_the_public_internet_is_refused(text: str) -> None:
    assert why_refused(ip_address(text)) is not None


@pytest.mark.parametrize("text", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "64:ff9b::5db8:d822"])
def test_what_is_of_the_public_internet_is_not(text: str) -> None:
    assert why_refused(ip_address(text)) is None


@pytest.mark.parametrize("text", [text for text in PRIVATE if ":" not in text])
def test_ipv6_does_not_hide_an_ipv4_address(text: str) -> None:
    number = int(IPv4Address(text))
    mapped, translated = IPv6Address((0xFFFF << 32) | number), IPv6Address((0x64FF9B << 96) | number)
    six_to_four, teredo = IPv6Address((0x2002 << 112) | (number << 80) | 1), IPv6Address((0x20010000 << 96) | number)
    for address in (mapped, translated, six_to_four, teredo):
        assert why_refused(address) is not None, address


@given(st.ip_addresses())
def test_every_address_is_judged_and_what_is_private_is_refused(address: IPv4Address | IPv6Address) -> None:
    reason = why_refused(address)
    if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
        inner = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        assert reason is not None or (inner is not None and inner.is_global)


def test_networks_are_read_and_mapped_addresses_are_found_in_them() -> None:
    networks = parse_networks(["127.0.0.0/8", "::1"])
    for text, found in (("127.0.0.1", True), ("::ffff:127.0.0.9", True), ("::1", True), ("10.0.0.1", False)):
        assert is_in(ip_address(text), networks) is found


def test_what_is_no_network_is_named() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.1/8"):
        parse_networks(["10.0.0.1/8"])
