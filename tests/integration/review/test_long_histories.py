"""A carrier that talks a lot does not stop its parcel: the shipment stays within a table's item."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from ordo.kernel.clock import system_clock, to_iso
from tests.support.edge import SECRETS
from tests.support.shop import dispatch, fulfilments, must, pay, place, read
from tests.support.world import Answer, World

pytestmark = [pytest.mark.moto, pytest.mark.slow]


def chatter(world: World, number: str, push: int, size: int) -> Answer:
    """Fifty scans, each with a long text of its own."""
    noise = random.Random(push)
    start = system_clock() - timedelta(days=30) + timedelta(hours=push)
    events = [
        {
            "status": "in_transit",
            "occurred_at": to_iso(start + timedelta(minutes=minute)),
            "description": "".join(chr(noise.randrange(0x4E00, 0x9FFF)) for _ in range(size)),
        }
        for minute in range(50)
    ]
    said = {"tracking_number": number, "events": events}
    told = {"type": "tracking.updated", "timestamp": to_iso(system_clock()), "data": said}
    body = json.dumps(told, ensure_ascii=False)
    signature = Webhook(SECRETS["CarrierSecret"]["generic"]).sign(f"msg_{push}", system_clock(), body)
    headers = {
        "webhook-id": f"msg_{push}",
        "webhook-timestamp": str(int(system_clock().timestamp())),
        "webhook-signature": signature,
    }
    return world.call("POST", "/v1/carriers/generic/events", body.encode(), headers)


def test_a_parcel_with_hundreds_of_long_texts_is_still_delivered(world: World) -> None:
    order = place(world)
    must(pay(world, order))
    must(dispatch(world, fulfilments(order)[0], "LONG1"))
    recorded = 0
    for push in range(6):
        recorded += must(chatter(world, "LONG1", push, 1000), 200)["recorded"]
    assert recorded == 300
    (shipment,) = read(world, order["order_id"])["shipments"]
    history: list[dict[str, Any]] = shipment["parcels"][0]["history"]
    assert len(history) == 300
    assert history[-1]["description"] != ""  # the newest words are kept
    assert history[0]["description"] == ""  # the oldest are given up
