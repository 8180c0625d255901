"""The events kept in `events/` are what these functions really take."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest

from ordo.orders.repository import DynamoOrderRepository
from tests.integration.shipments.conftest import ROOT, loaded
from tests.support.shipping import ORDER

pytestmark = pytest.mark.moto


def event(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "events" / f"{name}.json").read_text(encoding="utf-8"))
    return found


def test_an_order_goes_its_way_by_the_events(
    carrier: ModuleType, repository: DynamoOrderRepository, placed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = loaded("work_fulfilment")
    for name in ("list_fulfilments", "accept_fulfilment", "pick_fulfilment", "pack_fulfilment", "dispatch_fulfilment"):
        answer = work.lambda_handler(event(f"api/{name}"), None)
        assert answer["statusCode"] == 200, answer
    monkeypatch.setattr(carrier.intake._desk, "_clock", lambda: datetime(2026, 6, 18, 12, 0, tzinfo=UTC))
    answer = carrier.lambda_handler(event("api/receive_carrier_event"), None)
    assert (answer["statusCode"], json.loads(answer["body"])["recorded"]) == (200, 1), answer
    assert carrier.lambda_handler(event("sqs/receive_carrier_event"), None) == {"batchItemFailures": []}
    (shipment,) = repository.load(ORDER).shipments.values()
    assert [(parcel.tracking_number, parcel.status) for parcel in shipment.parcels] == [
        ("GEN0001", "in_transit"),
        ("GEN0002", "picked_up"),
    ]
