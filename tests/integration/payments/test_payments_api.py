"""Orders that are paid, and refunded, by the real handlers: the money is with a Stripe of our own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.shop import cancel, dispatch, fulfilments, must, order_body, place, read
from tests.support.stripe_server import DECLINED, StripeServer
from tests.support.till import CARD, EVENTS, granted, money, movements, tendered, till, told
from tests.support.world import World

TOTAL = 25_000


@pytest.fixture
def stripe(world: World) -> Iterator[StripeServer]:
    with till(world) as server:
        yield server


def test_an_order_is_paid_by_its_stored_card_and_refunded_when_it_is_cancelled(
    world: World, stripe: StripeServer
) -> None:
    order = tendered(world, CARD)
    world.pump()
    assert movements(world, order) == [("charge", "done", TOTAL)]
    assert read(world, order["order_id"])["payment_status"] == "paid"
    cancel(world, order["order_id"], requested_by="staff")
    world.pump()
    assert movements(world, order) == [("charge", "done", TOTAL), ("refund", "done", TOTAL)]
    assert read(world, order["order_id"])["payment_status"] == "refunded"
    (refund,) = stripe.refunds.values()
    assert (refund["amount"], refund["metadata"]["ordo_order"]) == (TOTAL, order["order_id"])


def test_messages_that_come_twice_move_money_once(world: World, stripe: StripeServer) -> None:
    order = tendered(world, CARD)
    world.publish(twice=True)
    world.pump()
    assert (movements(world, order), len(stripe.intents)) == ([("charge", "done", TOTAL)], 1)


def test_a_webhook_that_is_first_settles_what_the_worker_then_finds_done(world: World, stripe: StripeServer) -> None:
    stripe.moods.append("late")
    order = tendered(world, CARD)
    world.pump()
    assert movements(world, order) == [("charge", "sent", TOTAL)]
    (intent,) = stripe.intents.values()
    stripe.finish(intent["id"])
    for _ in range(2):
        assert told(world, stripe, "payment_intent.succeeded", intent) == "recorded"
    assert movements(world, order) == [("charge", "done", TOTAL)]
    assert money(world, order)["balance"]["captured"]["amount"] == TOTAL


def test_a_payment_at_the_storefront_is_told_by_webhook_and_refunded_here(world: World, stripe: StripeServer) -> None:
    order = tendered(world, {"provider": "stripe"})
    form = f"amount={TOTAL}&currency=cny&payment_method=pm_card&capture_method=automatic"
    form += f"&metadata[ordo_order]={order['order_id']}"
    stripe.handle("POST", "/v1/payment_intents", {}, form.encode(), "by the storefront")
    (intent,) = stripe.intents.values()
    assert told(world, stripe, "payment_intent.succeeded", intent) == "recorded"
    assert read(world, order["order_id"])["status"] == "released"
    cancel(world, order["order_id"], requested_by="staff")
    world.pump()
    assert movements(world, order) == [("refund", "done", TOTAL)]
    (refund,) = stripe.refunds.values()
    assert refund["payment_intent"] == intent["id"]


def test_a_refund_that_somebody_made_at_stripe_is_found_by_its_payment(world: World, stripe: StripeServer) -> None:
    order = tendered(world, CARD)
    world.pump()
    (intent,) = stripe.intents.values()
    form = f"payment_intent={intent['id']}&amount=4000"
    stripe.handle("POST", "/v1/refunds", {}, form.encode(), "by hand")
    (refund,) = stripe.refunds.values()
    assert told(world, stripe, "refund.created", refund) == "recorded"
    assert read(world, order["order_id"])["payment_status"] == "part_refunded"
    assert movements(world, order) == [("charge", "done", TOTAL)]


def test_what_is_not_signed_by_the_account_is_refused(world: World, stripe: StripeServer) -> None:
    body, signature = stripe.event("payment_intent.succeeded", {}, secret="whsec_wrong")
    for headers in ({"Stripe-Signature": signature}, {}):
        assert world.call("POST", EVENTS, body, headers=headers, client=None).code == "signature_invalid"
    assert world.call("POST", "/v1/payments/paypal/events", body, client=None).code == "not_found"
    assert told(world, stripe, "customer.created", {"id": "cus_1"}) == "nothing"


def test_a_declined_card_is_replaced_by_another_tender(world: World, stripe: StripeServer) -> None:
    order = tendered(world, CARD | {"method": DECLINED})
    world.pump()
    assert (read(world, order["order_id"])["payment_status"], len(stripe.intents)) == ("failed", 1)
    path = f"/v1/orders/{order['order_id']}/tenders"
    short = {"tenders": [CARD | {"amount": 1000}]}
    assert world.call("POST", path, short, key="t0").code == "tenders_do_not_add_up"
    for _ in range(2):
        must(world.call("POST", path, {"tenders": [CARD]}, key="t1"))
    other = {"tenders": [CARD | {"capture": "on_dispatch"}]}
    assert world.call("POST", path, other, key="t1").code == "idempotency_key_reused"
    world.pump()
    assert movements(world, order) == [("charge", "dropped", TOTAL), ("charge", "done", TOTAL)]
    assert world.call("POST", path, {"tenders": [CARD]}, key="t2").code == "not_allowed_now"


def test_a_failed_movement_is_asked_for_again_by_hand(world: World, stripe: StripeServer) -> None:
    order = tendered(world, CARD | {"method": DECLINED})
    world.pump()
    (failed,) = money(world, order)["instructions"]
    assert failed["error"] == "insufficient_funds"
    path = f"/v1/payment-instructions/{failed['instruction_id']}/retry"
    for _ in range(2):
        assert must(world.call("POST", path))["state"] == "requested"
    world.pump()
    assert (money(world, order)["instructions"][0]["round"], len(stripe.intents)) == (2, 2)
    assert world.call("POST", "/v1/payment-instructions/ins_none_1/retry").code == "not_found"


def test_store_credit_and_a_card_pay_together_and_each_gets_its_own_back(world: World, stripe: StripeServer) -> None:
    granted(world, "c-1001", 4_000, "g1")
    granted(world, "c-1001", 3_000, "g2", expires_at="2026-12-31T00:00:00Z")
    order = tendered(world, {"provider": "store_credit", "amount": 5_000}, CARD)
    world.pump()
    assert movements(world, order) == [("charge", "done", 5_000), ("charge", "done", 20_000)]
    ledger = must(world.call("GET", "/v1/customers/c-1001/credits?currency=CNY"))
    assert (ledger["balance"]["amount"], [each["left"]["amount"] for each in ledger["grants"]]) == (2_000, [2_000])
    cancel(world, order["order_id"], requested_by="staff")
    world.pump()
    assert movements(world, order)[2:] == [("refund", "done", 20_000), ("refund", "done", 5_000)]
    ledger = must(world.call("GET", "/v1/customers/c-1001/credits?currency=CNY"))
    assert (ledger["balance"]["amount"], [each["kind"] for each in ledger["entries"]]) == (
        7_000,
        ["return", "spend", "grant", "grant"],
    )


def test_more_store_credit_than_there_is_is_declined_and_the_order_waits(world: World, stripe: StripeServer) -> None:
    order = tendered(world, {"provider": "store_credit"})
    world.pump()
    (declined,) = money(world, order)["instructions"]
    assert (declined["state"], declined["error"]) == ("failed", "credit_short")
    assert (read(world, order["order_id"])["status"], stripe.calls) == ("placed", [])


def test_a_grant_is_given_once_for_its_key(world: World) -> None:
    for _ in range(2):
        granted(world, "c-5", 500, "once")
    body = {"amount": {"amount": 501, "currency": "CNY"}, "reason": "goodwill"}
    path = "/v1/customers/c-5/credits"
    assert world.call("POST", path, body, key="once").code == "idempotency_key_reused"
    assert world.call("POST", path, body | {"expires_at": "2020-01-01T00:00:00Z"}, key="x").code == "invalid_request"
    page = must(world.call("GET", f"{path}?currency=CNY&limit=2"))
    assert (page["balance"]["amount"], len(page["entries"]), page["next_before"]) == (500, 1, None)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"tenders": [{"provider": "stripe", "amount": TOTAL - 1}]}, "tenders_do_not_add_up"),
        ({"tenders": [{"provider": "stripe"}, {"provider": "alipay"}]}, "invalid_request"),
        (
            {"tenders": [{"provider": "store_credit"}], "customer": {"name": "x", "phone": "+8613800000000"}},
            "invalid_request",
        ),
        ({"payment_schedule": [{"due": "placement", "amount": TOTAL + 1}]}, "tenders_do_not_add_up"),
        ({"payment_schedule": [{"due": "date", "due_at": "2020-01-01T00:00:00Z"}]}, "invalid_request"),
        ({"payment_schedule": [{"due": "date"}]}, "invalid_request"),
        ({"payment_schedule": [{"due": "placement", "percent": "101"}]}, "invalid_request"),
    ],
)
def test_tenders_and_parts_that_do_not_come_to_the_price_are_refused(
    world: World, changes: dict[str, Any], code: str
) -> None:
    assert world.call("POST", "/v1/orders", order_body(**changes), key="refused").code == code


def test_a_deposit_releases_and_the_balance_is_taken_before_the_goods_leave(world: World, stripe: StripeServer) -> None:
    parts = [{"due": "placement", "percent": "30"}, {"due": "before_dispatch"}]
    order = place(world, order_body(tenders=[CARD], payment_schedule=parts))
    world.pump()
    assert movements(world, order) == [("charge", "done", 7_500)]
    (work,) = fulfilments(order)
    assert read(world, order["order_id"])["status"] == "released"
    must(world.call("POST", f"/v1/fulfilments/{work}/accept"))
    assert dispatch(world, work, "EARLY").code == "payment_required"
    must(world.call("POST", f"/v1/fulfilments/{work}/pack"))
    stripe.moods.append("late")
    world.pump()
    assert dispatch(world, work, "EARLY").code == "payment_required"
    balance = next(each for each in stripe.intents.values() if each["status"] == "processing")
    stripe.finish(balance["id"])
    told(world, stripe, "payment_intent.succeeded", balance)
    must(dispatch(world, work, "READY"))
    assert money(world, order)["balance"]["captured"]["amount"] == TOTAL


def test_a_channels_schedule_holds_for_orders_that_have_none_of_their_own(world: World, stripe: StripeServer) -> None:
    channel = must(world.call("GET", "/v1/channels/web"))
    kept = {name: value for name, value in channel.items() if name not in ("version", "updated_at")}
    parts = [{"due": "placement", "percent": "20"}, {"due": "acceptance"}]
    must(world.call("PUT", "/v1/channels/web", kept | {"payment_schedule": parts}))
    world.clock.advance(minutes=1)
    order = tendered(world, CARD)
    world.pump()
    assert movements(world, order) == [("charge", "done", 5_000)]
    assert [each["due"] for each in money(world, order)["schedule"]] == ["placement", "acceptance"]
