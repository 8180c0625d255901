"""Which addresses a webhook may go to: only those of the public internet (no server-side request forgery)."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_NAT64 = IPv6Network("64:ff9b::/96")


def is_address(text: str) -> bool:
    """Whether a host is written as an IP address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_public(text: str) -> bool:
    """Whether an IP address is one of the public internet; also what an IPv6 address wraps must be.

    False for private, loopback, link-local (the metadata service), shared, reserved, unspecified and multicast
    addresses, and for text that is no address.
    """
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return all(one.is_global and not one.is_multicast for one in (address, *_wrapped(address)))


def _wrapped(address: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """IPv4 addresses inside an IPv6 one: mapped, compatible, 6to4, Teredo, NAT64."""
    if isinstance(address, IPv4Address):
        return []
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    low = IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _NAT64 or int(address) < 1 << 32:
        found.append(low)
    return [one for one in found if one is not None]
