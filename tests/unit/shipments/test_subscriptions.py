"""A number is registered with an aggregator over real HTTP, against a server that refuses, stalls and breaks off."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ordo.shipments import watching
from ordo.shipments.intake import Intake
from ordo.shipments.seventeen_track_client import SeventeenTrack
from ordo.shipments.subscriptions import Subscriber, Watch, Watched, WatchRefused, WatchUnavailable
from tests.support.blueprint import blueprint
from tests.unit.shipments.carriers.conftest import Desk

KEY = "0123456789ABCDEF"


class FakeAggregator:
    """17TRACK's register as its documentation has it; `behave` may answer in its place."""

    def __init__(self) -> None:
        self.registered: dict[str, dict[str, Any]] = {}
        self.behave: Callable[[BaseHTTPRequestHandler], None] | None = None

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        if self.behave:
            return self.behave(handler)
        if handler.headers["17token"] != KEY:
            return reply(handler, 401, {"code": -18010002})
        accepted, rejected = [], []
        for told in json.loads(body):
            code = self._refusal(told)
            if code:
                rejected.append({"number": told["number"], "error": {"code": code, "message": "no"}})
            else:
                self.registered[told["number"]] = told
                accepted.append({"origin": 1, "number": told["number"], "carrier": told.get("carrier", 3011)})
        return reply(handler, 200, {"code": 0, "data": {"accepted": accepted, "rejected": rejected}})

    def _refusal(self, told: dict[str, Any]) -> int:
        if told["number"] in self.registered:
            return -18019901
        return -18019903 if len(told["number"]) < 5 else 0


def reply(handler: BaseHTTPRequestHandler, status: int, value: Any) -> None:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def server() -> Iterator[tuple[FakeAggregator, str]]:
    fake = FakeAggregator()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            fake.answer(self)

        def log_message(self, *_: Any) -> None:
            return

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    yield fake, f"http://127.0.0.1:{listening.server_port}/track/v2.2/register"
    listening.shutdown()
    listening.server_close()


def test_a_number_is_watched_once(server: tuple[FakeAggregator, str]) -> None:
    fake, address = server
    account: Subscriber = SeventeenTrack(KEY, address)
    watch = Watch("RR000000001CN", courier="3011", reference="shp_1")
    assert account.subscribe(watch) == Watched("RR000000001CN")
    assert account.subscribe(watch) == Watched("RR000000001CN", again=True)
    assert fake.registered == {"RR000000001CN": {"number": "RR000000001CN", "tag": "shp_1", "carrier": 3011}}


@pytest.mark.parametrize(("key", "number", "code"), [(KEY, "RR1", "-18019903"), ("wrong", "RR000000001CN", "http_401")])
def test_what_it_refuses_is_refused_for_good(
    server: tuple[FakeAggregator, str], key: str, number: str, code: str
) -> None:
    with pytest.raises(WatchRefused) as refused:
        SeventeenTrack(key, server[1]).subscribe(Watch(number))
    assert refused.value.code == code
    assert key not in str(refused.value)


@pytest.mark.parametrize(
    ("status", "value", "error", "reason"),
    [
        (429, {}, WatchUnavailable, "http_429"),
        (503, b"busy", WatchUnavailable, "http_503"),
        (200, b"<html>", WatchUnavailable, "unreadable"),
        (200, [], WatchUnavailable, "unreadable"),
        (200, {"code": 0, "data": {}}, WatchUnavailable, "unreadable"),
        (200, {"code": 0, "data": {"rejected": [{"number": "x"}]}}, WatchUnavailable, "unreadable"),
        (200, {"code": -18010013}, WatchRefused, "-18010013"),
        (302, {}, WatchRefused, "http_302"),
    ],
)
def test_answers_that_are_none(
    server: tuple[FakeAggregator, str], status: int, value: Any, error: type[Exception], reason: str
) -> None:
    fake, address = server
    fake.behave = lambda handler: reply(handler, status, value)
    with pytest.raises(error, match=reason):
        SeventeenTrack(KEY, address).subscribe(Watch("RR000000001CN"))


def test_a_server_that_stalls_or_drips_is_given_up_in_time(server: tuple[FakeAggregator, str]) -> None:
    fake, address = server

    def drip(handler: BaseHTTPRequestHandler) -> None:
        try:
            for _ in range(40):
                handler.wfile.write(b"H")
                handler.wfile.flush()
                time.sleep(0.05)
        except OSError:
            return

    for behave in (drip, lambda _handler: time.sleep(0.6)):
        fake.behave = behave
        begun = time.monotonic()
        with pytest.raises(WatchUnavailable, match="timeout"):
            SeventeenTrack(KEY, address, timeout_s=0.2).subscribe(Watch("RR000000001CN"))
        assert time.monotonic() - begun < 0.5


def test_a_server_that_breaks_off_or_is_not_there_is_tried_again_later(server: tuple[FakeAggregator, str]) -> None:
    fake, address = server
    fake.behave = lambda handler: handler.connection.close()
    with pytest.raises(WatchUnavailable, match="transport"):
        SeventeenTrack(KEY, address).subscribe(Watch("RR000000001CN"))
    with pytest.raises(WatchUnavailable, match="transport"):
        SeventeenTrack(KEY, "http://127.0.0.1:9/register").subscribe(Watch("RR000000001CN"))


# ------------------------------------------------------------------ on the way from a dispatch
def dispatched(*numbers: str) -> dict[str, Any]:
    """The event as the bus has it."""
    data = {"shipment_id": "shp_1", "carrier": "17track", "tracking_numbers": list(numbers)}
    return {"source": "ordo", "detail-type": "shipment.dispatched", "detail": {"data": data}}


def sent_back(*numbers: str, type_: str = "return.sent") -> dict[str, Any]:
    """The same of goods on their way back."""
    data = {"return_id": "ret_1", "carrier": "17track", "tracking_numbers": list(numbers)}
    return {"source": "ordo", "detail-type": type_, "detail": {"data": data}}


@pytest.fixture
def desk(server: tuple[FakeAggregator, str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setitem(watching.AGGREGATORS, "17track", lambda key: SeventeenTrack(key, server[1], timeout_s=0.2))
    desk = Desk("17track")
    secrets = {"17track": [KEY, "old"]}
    desk.intake = Intake(desk.room.desk, desk.room.store, desk.queue.append, desk.unread, lambda _age: secrets)
    return desk


def test_what_left_with_an_aggregators_account_is_registered_there(
    server: tuple[FakeAggregator, str], desk: Desk
) -> None:
    records = [{"messageId": "m", "body": json.dumps(dispatched("RR000000001CN", "RR000000002CN"))}]
    for _ in range(2):
        assert desk.intake.take_again(records) == []
    assert {number: told["tag"] for number, told in server[0].registered.items()} == {
        "RR000000001CN": "shp_1",
        "RR000000002CN": "shp_1",
    }


@pytest.mark.parametrize("type_", ["return.sent", "return.labelled"])
def test_what_is_on_its_way_back_is_registered_too(server: tuple[FakeAggregator, str], desk: Desk, type_: str) -> None:
    records = [{"messageId": "m", "body": json.dumps(sent_back("RR000000009CN", type_=type_))}]
    assert desk.intake.take_again(records) == []
    assert server[0].registered["RR000000009CN"]["tag"] == "ret_1"


def test_a_customer_who_names_an_aggregator_that_the_shop_has_not_disturbs_nobody(desk: Desk) -> None:
    desk.intake = Intake(desk.room.desk, desk.room.store, desk.queue.append, desk.unread, lambda _age: {})
    assert desk.intake.take_again([{"messageId": "m", "body": json.dumps(sent_back("RR000000009CN"))}]) == []
    assert desk.intake.take_again([{"messageId": "m", "body": json.dumps(dispatched("RR000000009CN"))}]) == ["m"]


def test_what_was_not_registered_comes_again_and_stops_no_other(server: tuple[FakeAggregator, str], desk: Desk) -> None:
    records = [
        {"messageId": "refused", "body": json.dumps(dispatched("RR1", "RR000000001CN"))},
        {"messageId": "fine", "body": json.dumps(dispatched("RR000000002CN"))},
    ]
    assert desk.intake.take_again(records) == ["refused"]
    assert set(server[0].registered) == {"RR000000001CN", "RR000000002CN"}
    server[0].behave = lambda handler: reply(handler, 503, {})
    assert desk.intake.take_again(records[1:]) == ["fine"]


def test_the_rule_hands_over_what_aggregators_are_there() -> None:
    (rule,) = [rule for rule in blueprint().rules if "CarrierEvents" in rule.queues]
    assert rule.pattern["detail"]["data"]["carrier"] == list(watching.AGGREGATORS)
    assert rule.takes(dispatched("RR1"))
    assert {each for each in watching.BACK if rule.takes(sent_back("RR1", type_=each))} == set(watching.BACK)
    assert not rule.takes({**dispatched("RR1"), "detail": {"data": {"carrier": "generic"}}})
