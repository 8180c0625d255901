"""Webhooks go to the public internet only, however an address is written."""

from __future__ import annotations

import pytest

from ordo.kernel.errors import OrdoError
from ordo.notifications.addresses import is_public
from ordo.notifications.service import check_url

PRIVATE = {
    "10.0.0.1": "private",
    "172.16.0.1": "private",
    "172.31.255.255": "private",
    "192.168.1.1": "private",
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "169.254.169.254": "the metadata service",
    "169.254.170.2": "container credentials",
    "100.64.0.1": "shared (carrier-grade NAT)",
    "0.0.0.0": "unspecified",
    "0.1.2.3": "this network",
    "224.0.0.1": "multicast",
    "239.255.255.250": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "broadcast",
    "192.0.2.1": "documentation",
    "198.18.0.1": "benchmarks",
    "198.51.100.7": "documentation",
    "::": "unspecified",
    "::1": "loopback",
    "fe80::1": "link-local",
    "fe80::1%eth0": "link-local with a zone",
    "fc00::1": "unique local",
    "fd00:ec2::254": "the metadata service",
    "ff02::1": "multicast",
    "2001:db8::1": "documentation",
    "::ffff:127.0.0.1": "IPv4-mapped loopback",
    "::ffff:169.254.169.254": "IPv4-mapped metadata service",
    "::ffff:10.1.2.3": "IPv4-mapped private",
    "::127.0.0.1": "IPv4-compatible loopback",
    "2002:7f00:1::": "6to4 of loopback",
    "2002:a9fe:a9fe::": "6to4 of the metadata service",
    "64:ff9b::a9fe:a9fe": "NAT64 of the metadata service",
    "64:ff9b::7f00:1": "NAT64 of loopback",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2": "Teredo",
    "not-an-address": "no address",
    "": "nothing",
}


@pytest.mark.parametrize("address", PRIVATE, ids=PRIVATE.values())
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "64:ff9b::101:101"])
def test_a_public_address_is_served(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/hook",
        "ftp://shop.example/hook",
        "https:///hook",
        "https://",
        "//shop.example",
        "shop.example",
        "https://user:pass@shop.example/",
        "https://user@shop.example/",
        "https://shop.example/#part",
        "https://shop.example:0/",
        "https://shop.example:99999/",
        "https://[::1/",
        "https://shop.example/a b",
        "https://shop.example/\r\nX-Injected: 1",
        "https://商店.example/",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/latest/meta-data",
    ],
)
def test_a_url_that_cannot_be_served_is_refused_with_its_pointer(url: str) -> None:
    with pytest.raises(OrdoError) as refused:
        check_url(url, allow_private=False)
    assert refused.value.pointer == "/url"


def test_a_laptop_may_use_plain_http_and_loopback() -> None:
    check_url("http://127.0.0.1:8080/hook", allow_private=True)
    check_url("https://shop.example:8443/hook?shop=1", allow_private=False)
