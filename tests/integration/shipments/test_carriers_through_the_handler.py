"""Carriers of every kind through the function itself: bytes as API Gateway hands them over, S3, carriers' answers."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

import pytest

from ordo.kernel.clock import system_clock
from ordo.orders.repository import DynamoOrderRepository
from ordo.orders.shipment_views import shipment_view
from ordo.runtime import clients, secrets
from ordo.shipments.carriers.port import Push
from ordo.shipments.carriers.registry import ADAPTERS
from ordo.shipments.model import TrackingStatus as S
from ordo.shipments.unread import InMemoryUnreadStore, UnreadPush, UnreadStore
from ordo.shipments.unread_repository import S3UnreadStore
from tests.integration.shipments.conftest import Work, api_event
from tests.support.carrier_bodies import BODIES, Scan, sf_xml
from tests.support.pushes import secret_of, signed
from tests.support.shipping import ORDER, first
from tests.unit.shipments.carriers.test_journeys import row

pytestmark = pytest.mark.moto


@pytest.fixture
def accounts(carrier: ModuleType) -> ModuleType:
    """The function, with an account of every carrier."""
    kept = {each: [secret_of(each)] for each in ADAPTERS}
    clients.client("secretsmanager").put_secret_value(SecretId="carriers", SecretString=json.dumps(kept))
    secrets.forget()
    return carrier


def send(function: ModuleType, push: Push) -> tuple[int, str, str]:
    """Status, content type and body of the answer."""
    query = f"?{urlencode(push.query)}" if push.query else ""
    event = api_event("POST", f"/v1/carriers/{push.carrier}/events{query}", b"", dict(push.headers))
    event |= {"body": base64.b64encode(push.body).decode(), "isBase64Encoded": True}
    if push.query:
        event["queryStringParameters"] = dict(push.query)
        event["multiValueQueryStringParameters"] = {name: [value] for name, value in push.query.items()}
    answer = function.lambda_handler(event, None)
    heads = {**{k: v[0] for k, v in (answer.get("multiValueHeaders") or {}).items()}, **(answer.get("headers") or {})}
    return answer["statusCode"], heads["Content-Type"], answer["body"]


def says(carrier: str, status: S, number: str = "GEN1", words: str = "到达") -> bytes:
    found = row(carrier, status)
    assert found
    return BODIES[carrier](number, [Scan(found[0], system_clock() - timedelta(hours=1), found[1], words)])


def test_why_a_parcel_is_held_up_is_kept_and_shown(
    accounts: ModuleType, work: Work, repository: DynamoOrderRepository, placed: str
) -> None:
    sent = {"carrier": "easypost", "tracking_number": "GEN1"}
    assert work("POST", f"/v1/fulfilments/{first()}/dispatch", sent)[0] == 200
    scan = Scan("in_transit", system_clock() - timedelta(hours=1), "damaged", "wet")
    assert send(accounts, signed("easypost", BODIES["easypost"]("GEN1", [scan]), system_clock()))[0] == 200
    state = repository.load(ORDER)
    (shipment,) = state.shipments.values()
    (kept,) = shipment.parcels[0].history
    assert (kept.status, kept.cause) == (S.EXCEPTION, "damaged")
    (shown,) = shipment_view(shipment, state.header, system_clock()).parcels[0].history
    assert (shown.status, shown.cause) == ("exception", "damaged")


@pytest.mark.parametrize("carrier_name", sorted(ADAPTERS))
def test_a_carrier_delivers_and_repeats_itself(
    accounts: ModuleType, work: Work, repository: DynamoOrderRepository, placed: str, carrier_name: str
) -> None:
    sent = {"carrier": carrier_name, "tracking_number": "GEN1"}
    assert work("POST", f"/v1/fulfilments/{first()}/dispatch", sent)[0] == 200
    body = says(carrier_name, S.DELIVERED)
    answers = [send(accounts, signed(carrier_name, body, system_clock())) for _ in range(2)]
    assert [status for status, _, _ in answers] == [200, 200]
    (shipment,) = repository.load(ORDER).shipments.values()
    assert shipment.parcels[0].status is S.DELIVERED
    assert [event.read()["type"] for event in repository.timeline(ORDER)].count("shipment.delivered") == 1
    assert send(accounts, Push(carrier_name, body))[0] in (401, 404)


def test_what_chinese_carriers_hear_of_a_number_that_nobody_knows_yet(accounts: ModuleType) -> None:
    def answer(carrier: str, body: bytes) -> tuple[str, str]:
        status, kind, text = send(accounts, signed(carrier, body, system_clock()))
        assert status == 200
        return kind, text

    for _ in range(2):
        assert json.loads(answer("kuaidi100", says("kuaidi100", S.IN_TRANSIT))[1])["returnCode"] == "200"
        assert json.loads(answer("kdniao", says("kdniao", S.IN_TRANSIT))[1])["Success"] is True
        assert json.loads(answer("sf_express", says("sf_express", S.IN_TRANSIT))[1])["return_code"] == "0000"
        kind, text = answer("sf_express", sf_xml("GEN1", [Scan("30", system_clock())]))
        assert kind.startswith("text/xml")
        assert text == '<Response service="RoutePushService"><Head>OK</Head></Response>'


def test_what_cannot_be_read_is_in_s3_once_and_people_see_it(accounts: ModuleType) -> None:
    for _ in range(2):
        assert send(accounts, signed("easypost", b"\xff\x00 not json", system_clock()))[0] == 200
    (kept,) = clients.client("s3").list_objects_v2(Bucket="unread")["Contents"]

    def call(method: str, path: str, scopes: str) -> tuple[int, Any]:
        event = api_event(method, path, None, {})
        event["pathParameters"] = {"push_id": kept["Key"]}
        event["requestContext"]["authorizer"] = {"client_id": "ops", "channels": "*", "scopes": scopes}
        answer = accounts.lambda_handler(event, None)
        return answer["statusCode"], json.loads(answer["body"])

    status, page = call("GET", "/v1/carrier-pushes", "carriers:read")
    assert (status, [each["push_id"] for each in page["pushes"]]) == (200, [kept["Key"]])
    status, shown = call("GET", f"/v1/carrier-pushes/{kept['Key']}", "carriers:read")
    assert (shown["unread"], shown["body"]) == (["malformed_body"], "\\xff\x00 not json")
    assert call("GET", f"/v1/carrier-pushes/{kept['Key']}", "orders:read")[0] == 403
    assert call("POST", f"/v1/carrier-pushes/{kept['Key']}/reading", "carriers:read")[0] == 403
    assert call("POST", f"/v1/carrier-pushes/{kept['Key']}/reading", "carriers:write")[0] == 400
    assert call("GET", "/v1/carrier-pushes/..%2Fsecrets", "carriers:read")[0] == 404


@pytest.mark.parametrize("kind", ["memory", "s3"])
def test_both_stores_keep_once_find_and_page(aws: None, kind: str) -> None:
    store: UnreadStore = InMemoryUnreadStore() if kind == "memory" else S3UnreadStore("unread")
    pushes = [
        UnreadPush("easypost", f"2026-11-2{day}T10:00:00.000Z", ("status",), b"\xff%d" % day, "eu", "Europe/Berlin")
        for day in (3, 1, 2)
    ]
    for push in pushes:
        store.keep(push)
    again = UnreadPush("easypost", "2026-11-23T23:00:00.000Z", ("time",), b"\xff3", "eu")
    store.keep(again)
    assert store.find(again.push_id) == pushes[0], "the first stays"
    third, first_, second = (push.push_id for push in pushes)
    assert store.page("0000-00-00", "", 2) == [first_, second]
    assert store.page("0000-00-00", second, 2) == [third]
    assert store.page("2026-11-22", "", 9) == [second, third]
    assert store.find("2026-11-23.easypost." + "0" * 32) is None
    assert store.find("../secrets") is None
