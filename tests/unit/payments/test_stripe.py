"""What is Stripe's own: its errors, its keys, its currencies, its webhooks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ordo.kernel.errors import OrdoError
from ordo.payments.instruction import Movement
from ordo.payments.provider import ProviderUnavailable
from ordo.payments.stripe_client import Stripe
from ordo.payments.stripe_objects import from_stripe, to_stripe
from ordo.payments.stripe_webhook import SignatureInvalid, require_signed, told
from tests.contract.test_payment_providers import ASK, NOW
from tests.support.stripe_server import DECLINED, KEY, SECRET, StripeServer, stripe_server


@pytest.fixture
def server() -> Iterator[StripeServer]:
    with stripe_server(lambda: NOW) as found:
        yield found


@pytest.fixture
def stripe(server: StripeServer) -> Stripe:
    return Stripe(KEY, server.address, 0.3)


def test_a_declined_card_says_why_and_is_not_asked_twice(stripe: Stripe, server: StripeServer) -> None:
    ask = replace(ASK, method=DECLINED)
    first = stripe.charge(ask)
    assert (first.state, first.error, first.for_good) == ("declined", "insufficient_funds", False)
    assert first.reference in server.intents
    assert stripe.charge(ask) == first
    assert len(server.intents) == 1


@pytest.mark.parametrize(("mood", "reason"), [("slow", "timeout"), ("cut", "transport"), ("in_use", "http_409")])
def test_no_answer_is_told_with_its_reason(stripe: Stripe, server: StripeServer, mood: Any, reason: str) -> None:
    server.moods.append(mood)
    server.hang_s = 0.6
    with pytest.raises(ProviderUnavailable) as raised:
        stripe.charge(ASK)
    assert raised.value.reason == reason


def test_a_failure_of_stripes_is_kept_for_its_key_and_never_taken_for_a_decline(
    stripe: Stripe, server: StripeServer
) -> None:
    server.moods.append("fail")
    for _ in range(2):
        with pytest.raises(ProviderUnavailable) as raised:
            stripe.charge(ASK)
        assert raised.value.reason == "http_500"
    assert stripe.look_up(ASK, "charge") is None
    assert stripe.charge(replace(ASK, key="ins_1.2")).state == "done"


def test_a_key_that_was_used_for_something_else_is_looked_up_and_not_declined(stripe: Stripe) -> None:
    stripe.charge(ASK)
    with pytest.raises(ProviderUnavailable):
        stripe.charge(replace(ASK, amount=1))


def test_a_wrong_account_decides_nothing_about_the_movement(server: StripeServer) -> None:
    with pytest.raises(ProviderUnavailable) as raised:
        Stripe("", "http://127.0.0.1:9", 0.2).charge(ASK)
    assert raised.value.reason in ("transport", "timeout")


def test_a_payment_that_is_not_there_is_declined_for_good(stripe: Stripe) -> None:
    missing = stripe.refund(replace(ASK, of="pi_none"))
    assert (missing.state, missing.error, missing.for_good) == ("declined", "resource_missing", True)


def test_lists_are_read_to_their_end(stripe: Stripe, server: StripeServer) -> None:
    for number in range(205):
        server.handle("POST", "/v1/payment_intents", {}, _form(number), f"k{number}")
    assert len(list(stripe.listed(NOW.date()))) == 205
    assert list(stripe.listed((NOW + timedelta(days=1)).date())) == []


def _form(number: int) -> bytes:
    return f"amount={100 + number}&currency=cny&payment_method=pm_card&capture_method=automatic".encode()


def test_the_order_of_a_payment_is_asked_of_stripe(stripe: Stripe) -> None:
    charged = stripe.charge(ASK)
    assert stripe.order_of(charged.reference or "") == "ord_1"
    assert stripe.order_of("pi_none") is None


@pytest.mark.parametrize(
    ("currency", "iso", "stripes"), [("CNY", 100, 100), ("JPY", 100, 100), ("ISK", 100, 10_000), ("MGA", 100, 1)]
)
def test_amounts_are_in_stripes_units(currency: str, iso: int, stripes: int) -> None:
    assert (to_stripe(iso, currency), from_stripe(stripes, currency)) == (stripes, iso)


def test_an_amount_that_stripe_cannot_say_is_refused() -> None:
    with pytest.raises(ValueError, match="whole"):
        to_stripe(101, "MGA")


def test_a_webhook_is_taken_when_one_of_the_secrets_signed_it(server: StripeServer) -> None:
    body, signature = server.event("payment_intent.succeeded", {}, secret=SECRET)
    require_signed(body, signature, ["whsec_new", SECRET], NOW)
    require_signed(body, f"{signature},v1=abc", [SECRET], NOW + timedelta(seconds=299))


@pytest.mark.parametrize(
    "header", ["", "t=1", "v1=ab", "t=x,v1=ab", "t=1772366400,v1=ab", "t=1772366400,t=1772366400,v1=ab", "t=²,v1=é"]
)
def test_a_signature_that_is_none_is_refused(header: str) -> None:
    with pytest.raises(SignatureInvalid):
        require_signed(b"{}", header, [SECRET], datetime(2026, 3, 1, 12, tzinfo=UTC))


def test_an_old_or_changed_webhook_is_refused(server: StripeServer) -> None:
    body, signature = server.event("payment_intent.succeeded", {})
    for changed, at in ((body + b" ", NOW), (body, NOW + timedelta(minutes=6)), (body, NOW - timedelta(minutes=6))):
        with pytest.raises(SignatureInvalid):
            require_signed(changed, signature, [SECRET], at)


def test_events_say_what_they_say_of_an_orders_money(stripe: Stripe, server: StripeServer) -> None:
    charged = stripe.charge(ASK)
    stripe.refund(replace(ASK, key="ins_2.1", instruction_id="ins_2", of=charged.reference, amount=400))
    (intent,), (refund,) = server.intents.values(), server.refunds.values()
    paid = told(server.event("payment_intent.succeeded", intent)[0])
    assert paid is not None
    assert (paid.movement, paid.answer.amount, paid.order_id, paid.instruction_id) == (
        Movement.CHARGE,
        10_000,
        "ord_1",
        "ins_1",
    )
    given = told(server.event("refund.updated", refund)[0])
    assert given is not None
    assert (given.movement, given.answer.state, given.of) == (Movement.REFUND, "done", charged.reference)
    assert told(server.event("customer.created", {"id": "cus_1"})[0]) is None


@pytest.mark.parametrize("body", [b"", b"[]", b'{"type": "refund.created"}', b"\xff", b'{"type": "x", "data": 1}'])
def test_what_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(OrdoError):
        told(body)
