"""Operations of people's pages whose every crash point is tried: a handover, a report of damage."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.proof.scenarios import Order, Scenario
from tests.support.audit import Ledger
from tests.support.browser import PageSeen, visit
from tests.support.lambdas import Killed
from tests.support.shop import must
from tests.support.signed import sign_path
from tests.support.tracked import NUMBER, sent, track
from tests.support.uploads import JPEG, PNG, proof, upload
from tests.support.world import Answer, World

JSON = {"content-type": "application/json"}


def page_scenarios() -> list[Scenario]:
    """All of them."""
    return [
        Scenario("handover on the courier's page", _signed, _hand_over, _handed_over_once),
        Scenario("report of damage on the customer's page", _broken, _report, _reported_once),
    ]


def _signed(world: World) -> Order:
    """Signed and uploaded, not sent."""
    order = sent(world, "out_for_delivery")
    link = sign_path(world, order)
    wanted = json.dumps({"kind": "signature", "content_type": "image/png"}).encode()
    image = upload(world, json.loads(visit(world, f"{link}/uploads", wanted, JSON).html), PNG)
    return {**order, "link": link, "body": proof(tracking_number=NUMBER, signature={"image": image})}


def _hand_over(world: World, order: Order) -> Answer:
    headers = {**JSON, "idempotency-key": "device-1.0"}
    return _answer(lambda: visit(world, f"{order['link']}/proof", json.dumps(order["body"]).encode(), headers))


def _handed_over_once(order: Order, found: Ledger) -> None:
    types = found.types(order["order_id"])
    assert (types[-1], types.count("shipment.proven")) == ("shipment.proven", 1)
    (record,) = found.parts(order["order_id"], "proof")
    assert len(record["files"]) == 1
    assert [each for each in found.contacts[order["order_id"]] if each.startswith("proof#")] != []


def _broken(world: World) -> Order:
    """Delivered, the form filled in and its photo uploaded, not sent."""
    order = sent(world, "out_for_delivery")
    path = f"/v1/shipments/{order['order_id'].replace('ord_', 'shp_')}_1/proof"
    must(world.call("POST", path, proof(tracking_number=NUMBER), key="door"))
    link = track(world, order)
    wanted = json.dumps({"kind": "photo", "content_type": "image/jpeg"}).encode()
    photo = upload(world, json.loads(visit(world, f"{link}/damage-upload", wanted, JSON).html), JPEG)
    return {**order, "link": link, "form": {"key": "rpf_1", "units.1": "1", "note": "broken", "photos": photo}}


def _report(world: World, order: Order) -> Answer:
    """Good is only what says that the report was taken."""
    answer = _answer(lambda: visit(world, f"{order['link']}/damage", order["form"]))
    taken = str(answer.headers.get("location", "")).endswith("notice=damage")
    return Answer(200, "taken", {}) if taken else Answer(max(answer.status, 500), answer.body, {})


def _reported_once(order: Order, found: Ledger) -> None:
    types = found.types(order["order_id"])
    assert (types[-1], types.count("damage.reported")) == ("damage.reported", 1)
    (record,), (incident,) = (found.parts(order["order_id"], kind) for kind in ("report", "incident"))
    open_now = list(found.header(order["order_id"])["open_incidents"])
    assert list(record["incident_ids"]) == open_now == [incident["incident_id"]]


def _answer(visited: Callable[[], PageSeen]) -> Answer:
    """What a browser gets; of a function that died, the gateway's word."""
    try:
        seen = visited()
    except (Exception, Killed) as error:
        return Answer(502, {"code": "crashed", "error": repr(error)}, {})
    body: Any = json.loads(seen.html) if "json" in seen.headers.get("content-type", "") else seen.html
    return Answer(seen.status, body, seen.headers)
