"""Every function has an event in `events/`, and those of placing and reading are what they really take."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ordo.orders.placement import read_draft
from ordo.shipments.carriers.registry import ADAPTERS
from tests.integration.orders.recorded_events import EVENTS
from tests.support.shop import dispatch, fulfilments, must, pay, read
from tests.support.timing import START

if TYPE_CHECKING:
    from tests.support.world import World

pytestmark = pytest.mark.moto
TAKES = {
    "allocate_order": ["steps/allocate_order"],
    "anchor_timelines": ["schedule/anchor_timelines"],
    "measure_transit": ["schedule/measure_transit"],
    "authorize_client": ["api/authorize_client"],
    "change_order": ["api/apply_change", "api/drop_change", "api/propose_address", "api/propose_cancel"],
    "check_stock": ["steps/check_stock"],
    "commit_order": ["steps/commit_order"],
    "confirm_receipt": ["api/confirm_receipt"],
    "create_order": ["api/create_order"],
    "deliver_webhook": ["sqs/webhook_event", "sqs/webhook_resume", "sqs/webhook_wake_up"],
    "hold_order": ["api/hold_order", "api/release_hold"],
    "manage_catalog": [
        *("api/get_product", "api/make_coupons", "api/put_places", "api/put_product", "api/put_promotion"),
        *("api/delete_webhook_endpoint", "api/get_webhook_endpoint", "api/put_webhook_endpoint"),
    ],
    "move_stock": ["api/put_supply", "api/read_stock", "api/record_movement"],
    "plan_promise": ["api/plan_promise"],
    "preview_refund": ["api/preview_refund"],
    "reserve_stock": ["api/reserve_stock"],
    "price_order": ["steps/price_order"],
    "prove_delivery": [
        *(
            "api/give_signing_link",
            "api/judge_liability",
            "api/prove_delivery",
            "api/read_damage_reports",
            "api/read_proofs",
        ),
        *("api/upload_delivery_photo", "api/upload_packing_photo"),
    ],
    "publish_events": ["schedule/publish_events", "stream/orders_stream"],
    "query_orders": ["api/list_orders", "api/read_order", "api/read_timeline"],
    "quote_cart": ["api/quote_cart", "api/simulate_promotion"],
    "receive_carrier_event": ["api/receive_carrier_event", "sqs/receive_carrier_event"],
    "move_money": ["sqs/payment_event", "schedule/move_money"],
    "record_payment": [
        *("api/record_payment", "api/read_payments", "api/give_tenders", "api/retry_payment"),
        *("api/hear_payment", "api/grant_credit", "api/read_credits"),
    ],
    "notify_customer": ["sqs/customer_bounce", "sqs/customer_event", "sqs/customer_message_due"],
    "sign_delivery": ["api/offer_signing_upload", "api/show_signing", "api/sign_delivery"],
    "show_tracking": [
        *("api/press_tracking", "api/report_damage", "api/show_tracking"),
        *("api/show_unsubscribe", "api/unsubscribe"),
    ],
    "verify_stock": ["schedule/verify_stock"],
    "watch_deadlines": ["schedule/watch_deadlines"],
    "work_fulfilment": [
        *("api/accept_fulfilment", "api/dispatch_fulfilment", "api/list_fulfilments"),
        *("api/pack_fulfilment", "api/pick_fulfilment", "api/reject_fulfilment"),
    ],
    "resolve_incident": [
        *("api/list_incidents", "api/read_incident", "api/resolve_incident", "api/source_incident"),
        "steps/resolve_incident",
    ],
    "process_complaint": ["sqs/complaint_accepted"],
    "resolve_complaint": [
        *("api/answer_complaint", "api/complain", "api/forget_complaint", "api/list_complaints", "api/read_complaint"),
        *("api/reopen_complaint", "api/resolve_complaint", "steps/resolve_complaint"),
    ],
    "show_complaint": ["api/rate_complaint", "api/show_complaint", "api/show_complaint_form"],
    "signal_case": ["schedule/signal_case", "sqs/case_event"],
    "process_return": ["sqs/return_event"],
    "return_order": [
        *("api/decide_return", "api/offer_return_upload", "api/read_return", "api/receive_return"),
        *("api/receive_unannounced", "api/request_return", "api/track_return"),
        "steps/return_order",
    ],
}


def event(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def answered(world: World, function: str, name: str) -> tuple[int, Any]:
    answer = world.invoke(function, event(f"api/{name}"))
    return answer["statusCode"], json.loads(answer["body"] or "null")


def test_every_function_has_an_event_and_every_event_a_function() -> None:
    functions = {folder.parent.name for folder in (EVENTS.parent / "functions").glob("*/app.py")}
    files = {f"{file.parent.name}/{file.stem}" for file in EVENTS.glob("*/*.json")}
    assert TAKES.keys() == functions
    apart = {"schemas", *ADAPTERS}  # what carriers send is held by tests/unit/shipments/carriers/test_kept_events.py
    assert {name for names in TAKES.values() for name in names} == {
        name for name in files if name.partition("/")[0] not in apart
    }


def test_create_order_places_its_event_once(world: World) -> None:
    status, placed = answered(world, "create_order", "create_order")
    assert (status, placed["totals"]["total"]["amount"]) == (201, 25000)
    assert answered(world, "create_order", "create_order") == (201, placed)


def test_quote_cart_prices_its_events(world: World) -> None:
    status, quoted = answered(world, "quote_cart", "quote_cart")
    assert (status, quoted["totals"]["total"]["amount"], quoted["margin"]) == (200, 25000, None)
    status, simulated = answered(world, "quote_cart", "simulate_promotion")
    assert status == 200, simulated
    assert [cart["gain"]["amount"] for cart in simulated["carts"]] == [3000, 3000]
    assert simulated["sums"][0]["margin_after"] is not None


def test_plan_promise_answers_its_event(world: World) -> None:
    status, promised = answered(world, "plan_promise", "plan_promise")
    assert (status, promised["outcome"]) == (200, "planned")
    assert [part["node_id"] for part in promised["plan"]["fulfilments"]] == ["hangzhou"]


def test_reserve_stock_answers_its_event_once(world: World) -> None:
    status, reserved = answered(world, "reserve_stock", "reserve_stock")
    assert (status, reserved["state"]) == (201, "pending")
    assert [(held["node_id"], held["quantity"]) for held in reserved["held"]] == [("hangzhou", 3)]
    assert answered(world, "reserve_stock", "reserve_stock") == (201, reserved)


def test_verify_stock_finds_the_books_of_the_sample_shop_in_order(world: World) -> None:
    found = world.invoke("verify_stock", event("schedule/verify_stock"))
    assert (found["differences"], found["finished"]) == ([], True)


def test_preview_refund_answers_its_event(world: World) -> None:
    assert world.invoke("commit_order", event("steps/commit_order"))["outcome"] == "committed"
    status, previewed = answered(world, "preview_refund", "preview_refund")
    assert (status, previewed["payout"]["amount"]) == (200, 8333)


def test_what_commit_order_commits_query_orders_reads(world: World) -> None:
    order_id = read_draft(event("steps/commit_order")["draft"]).order_id
    for _ in range(2):  # the second time it finds its own order
        assert world.invoke("commit_order", event("steps/commit_order"))["outcome"] == "committed"
    status, read = answered(world, "query_orders", "read_order")
    assert (status, read["order_id"], read["totals"]["total"]["amount"]) == (200, order_id, 25000)
    status, timeline = answered(world, "query_orders", "read_timeline")
    assert (status, timeline["findings"], [one["seq"] for one in timeline["events"]]) == (200, [], [1])
    status, listed = answered(world, "query_orders", "list_orders")
    assert (status, [one["order_id"] for one in listed["orders"]]) == (200, [order_id])


def test_the_daily_sweep_publishes_what_the_stream_lost_at_its_event(world: World) -> None:
    world.invoke("commit_order", event("steps/commit_order"))
    world.clock.set(START + timedelta(hours=8))
    assert world.invoke("publish_events", event("schedule/publish_events")) == {"published": 1}
    assert [each["detail-type"] for each in world.bus] == ["order.placed"]


def test_a_delivery_is_proven_read_and_judged_by_its_events_and_the_timeline_anchored(world: World) -> None:
    world.invoke("commit_order", event("steps/commit_order"))
    order_id = read_draft(event("steps/commit_order")["draft"]).order_id
    must(pay(world, read(world, order_id)))
    (work,) = fulfilments(read(world, order_id))
    must(world.call("POST", f"/v1/fulfilments/{work}/accept"))
    status, form = answered(world, "prove_delivery", "upload_packing_photo")
    assert (status, form["max_bytes"]) == (200, 5 * 1024 * 1024)
    must(dispatch(world, work, "P1"))
    assert answered(world, "prove_delivery", "upload_delivery_photo")[0] == 200
    assert answered(world, "prove_delivery", "give_signing_link")[1]["tracking_numbers"] == ["P1"]
    status, proven = answered(world, "prove_delivery", "prove_delivery")
    assert (status, proven["relation"], proven["distance_m"]) == (201, "neighbour", 22)
    assert answered(world, "prove_delivery", "prove_delivery") == (201, proven)
    status, shown = answered(world, "prove_delivery", "read_proofs")
    assert (status, shown["proofs"][0]["proof_id"], shown["proofs"][0]["personal"]) == (200, proven["proof_id"], None)
    status, judged = answered(world, "prove_delivery", "judge_liability")
    assert (status, [each["row"] for each in judged["assessments"]]) == (200, ["soon_not_photographed"])
    assert answered(world, "prove_delivery", "read_damage_reports")[1]["damage_reports"] == []
    world.publish()
    run = world.invoke("anchor_timelines", event("schedule/anchor_timelines"))
    assert (run["orders"], run["finished"]) == (1, True)
    assert answered(world, "query_orders", "read_timeline")[1]["anchor"]["seq"] == 5
    world.clock.advance(hours=2)
    measured = world.invoke("measure_transit", event("schedule/measure_transit"))
    assert (measured["orders"], measured["parcels"], measured["carriers"]) == (1, 1, 1)
    assert world.invoke("measure_transit", event("schedule/measure_transit"))["parcels"] == 0


def test_manage_catalog_makes_shows_and_removes_a_webhook_endpoint_by_its_events(world: World) -> None:
    status, made = answered(world, "manage_catalog", "put_webhook_endpoint")
    assert (status, made["secret"][:6]) == (200, "whsec_")
    status, shown = answered(world, "manage_catalog", "get_webhook_endpoint")
    assert (status, shown) == (200, {**made, "secret": None})
    assert answered(world, "manage_catalog", "delete_webhook_endpoint") == (204, None)
    assert answered(world, "manage_catalog", "get_webhook_endpoint")[0] == 404
