"""One attempt to deliver: signed as Standard Webhooks says, bounded in time, never led astray."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from ordo.kernel.clock import to_iso
from ordo.notifications.events import Message, messages_of
from ordo.notifications.model import Endpoint, Outcome
from ordo.notifications.sender import WebhookSender
from tests.support.notices import SECRET, endpoint, event
from tests.support.receiver import Receiver, certificate, receiver

OTHER_SECRET = "whsec_" + "YW5vdGhlci1zZWNyZXQtb2YtdGhpcnR5LXR3by1ieQ=="


@pytest.fixture
def shop() -> Iterator[Receiver]:
    """A receiver on loopback."""
    with receiver() as running:
        yield running


def now() -> datetime:
    """Standard Webhooks' own verification looks at the real clock."""
    return datetime.now(UTC)


def message() -> Message:
    return messages_of(event("ord_A", 7, "order.placed", external_id="WEB-1", data={"total": 25000, "note": "示例"}))[0]


def sender(timeout_s: float = 2.0, allow_private: bool = True) -> WebhookSender:
    return WebhookSender(now, allow_private, timeout_s)


def at(url: str, **more: Any) -> Endpoint:
    return endpoint(url=url, **more)


def test_a_delivery_verifies_with_the_public_library_and_has_the_documented_shape(shop: Receiver) -> None:
    assert sender()(at(shop.url), message()) == Outcome(True, "http_204")
    (taken,) = shop.taken
    assert Webhook(SECRET).verify(taken.body, taken.headers) == {
        "type": "order.placed",
        "timestamp": "2026-03-01T12:07:00.000Z",
        "data": {
            "seq": 7,
            "order_id": "ord_A",
            "external_id": "WEB-1",
            "channel": "web",
            "status": "placed",
            "payment_status": "unpaid",
            "facts": {"total": 25000, "note": "示例"},
        },
    }
    assert taken.path == "/hook?shop=1"
    assert taken.headers["webhook-id"] == "evt_ord_A_7"
    assert taken.headers["host"] == f"127.0.0.1:{shop.port}"
    assert taken.headers["content-type"] == "application/json"


def test_a_changed_body_does_not_verify(shop: Receiver) -> None:
    sender()(at(shop.url), message())
    taken = shop.taken[0]
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(taken.body.replace(b"25000", b"1"), taken.headers)


def test_after_a_rotation_both_secrets_verify_for_a_day(shop: Receiver) -> None:
    rotated = at(shop.url, secret=OTHER_SECRET, previous_secret=SECRET, rotated_at=to_iso(now()))
    sender()(rotated, message())
    for secret in (SECRET, OTHER_SECRET):
        assert Webhook(secret).verify(shop.taken[0].body, shop.taken[0].headers)
    sender()(replace(rotated, rotated_at=to_iso(now() - timedelta(hours=25))), message())
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(shop.taken[1].body, shop.taken[1].headers)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_every_2xx_is_a_success(shop: Receiver, status: int) -> None:
    shop.status = status
    assert sender()(at(shop.url), message()).delivered


@pytest.mark.parametrize("status", [400, 401, 404, 408, 429, 500, 503])
def test_every_other_answer_is_a_failure_that_is_retried(shop: Receiver, status: int) -> None:
    shop.status = status
    assert sender()(at(shop.url), message()) == Outcome(False, f"http_{status}")


def test_410_says_that_the_endpoint_is_gone(shop: Receiver) -> None:
    shop.status = 410
    assert sender()(at(shop.url), message()) == Outcome(False, "http_410", gone=True)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_failures_and_are_not_followed(shop: Receiver, status: int) -> None:
    with receiver() as elsewhere:
        shop.status, shop.location = status, elsewhere.url
        assert sender()(at(shop.url), message()) == Outcome(False, f"http_{status}")
        assert elsewhere.taken == []


@pytest.mark.parametrize("mode", ["hang", "drip"])
def test_the_time_limit_is_for_the_whole_attempt(shop: Receiver, mode: str) -> None:
    shop.mode = mode
    started = time.monotonic()
    assert sender(timeout_s=0.4)(at(shop.url), message()) == Outcome(False, "timeout")
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("mode", ["close", "garbage"])
def test_an_answer_that_is_none_is_a_failure(shop: Receiver, mode: str) -> None:
    shop.mode = mode
    assert sender()(at(shop.url), message()) == Outcome(False, "transport")


def test_a_closed_port_and_an_unknown_host_are_failures() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert sender()(at(f"http://127.0.0.1:{port}/"), message()) == Outcome(False, "transport")
    unknown = replace(sender(), resolve=_unknown)
    assert unknown(at("https://no-such-host.example/"), message()) == Outcome(False, "transport")


def _found(addresses: list[str], _host: str, _port: int) -> list[str]:
    return addresses


def _unknown(host: str, port: int) -> list[str]:
    raise socket.gaierror(host)


def test_plain_http_to_a_tls_port_and_tls_to_a_plain_port_are_failures(shop: Receiver) -> None:
    outcome = sender()(at(shop.url.replace("http://", "https://")), message())
    assert outcome == Outcome(False, "tls")
    assert shop.taken == []


def test_nothing_is_sent_to_a_private_address_whatever_name_leads_there(shop: Receiver) -> None:
    strict = sender(allow_private=False)
    for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"):
        url = f"https://{host}:{shop.port}/"
        assert strict(at(url), message()).reason in {"private_address", "transport"}, host
    for answers in (["10.0.0.1"], ["1.1.1.1", "169.254.169.254"], ["::1"]):
        led = replace(strict, resolve=partial(_found, answers))
        assert led(at(f"https://rebinding.example:{shop.port}/"), message()) == Outcome(False, "private_address")
    assert strict(at(shop.url), message()) == Outcome(False, "bad_url")
    assert shop.taken == []


def test_the_connection_goes_to_the_address_that_was_checked_and_keeps_the_hosts_name(shop: Receiver) -> None:
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    pinned = replace(sender(), resolve=resolve)
    assert pinned(at(f"http://hooks.shop.example:{shop.port}/x"), message()).delivered
    assert asked == ["hooks.shop.example"]
    assert shop.taken[0].headers["host"] == f"hooks.shop.example:{shop.port}"


def test_tls_verifies_the_hosts_name_on_the_checked_address(tmp_path: Path) -> None:
    server, trust = certificate("hooks.shop.example", tmp_path)
    with receiver(server) as secure:
        pinned = replace(sender(), resolve=lambda _host, _port: ["127.0.0.1"], trust=lambda: trust)
        assert pinned(at(f"https://hooks.shop.example:{secure.port}/"), message()).delivered
        assert pinned(at(f"https://other.example:{secure.port}/"), message()) == Outcome(False, "tls")
        untrusting = replace(pinned, trust=ssl.create_default_context)
        assert untrusting(at(f"https://hooks.shop.example:{secure.port}/"), message()) == Outcome(False, "tls")
        assert len(secure.taken) == 1


def test_proxies_of_the_environment_are_not_used(shop: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as proxy:
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert sender()(at(shop.url), message()).delivered
        assert proxy.taken == []


def test_a_retry_has_the_same_id_and_body(shop: Receiver) -> None:
    shop.status = 500
    sender()(at(shop.url), message())
    shop.status = 204
    sender()(at(shop.url), message())
    first, second = shop.taken
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert json.loads(first.body) == json.loads(second.body)
