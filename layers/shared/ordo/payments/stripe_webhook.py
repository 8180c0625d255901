"""What Stripe tells by webhook: its signature, and which words of its events are about an order's money. Pure.

https://docs.stripe.com/webhooks : `Stripe-Signature` has the time and one signature for each secret that is good now.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from ordo.kernel.errors import Code, OrdoError
from ordo.payments.instruction import Movement
from ordo.payments.provider import Answer
from ordo.payments.stripe_objects import from_stripe

TOLERANCE_S = 300
M = Movement
_INTENTS: Mapping[str, tuple[Movement, Literal["done", "declined"]]] = {
    "payment_intent.succeeded": (M.CHARGE, "done"),
    "payment_intent.amount_capturable_updated": (M.AUTHORISE, "done"),
    "payment_intent.payment_failed": (M.CHARGE, "declined"),
    "payment_intent.canceled": (M.VOID, "done"),
}
_REFUNDS = ("refund.created", "refund.updated", "refund.failed", "charge.refund.updated")
_STATES: Mapping[str, Literal["done", "pending", "declined"]] = {
    "succeeded": "done",
    "pending": "pending",
    "requires_action": "pending",
    "failed": "declined",
    "canceled": "declined",
}


class SignatureInvalid(OrdoError):
    """The webhook is not signed with the account's secret, or too old."""

    code = Code.SIGNATURE_INVALID

    def __init__(self) -> None:
        super().__init__("The webhook's signature does not verify.")


@dataclass(frozen=True, slots=True)
class Told:
    """What an event says of a movement. `of`: of a refund its payment. Without `order_id` it names no order itself."""

    movement: Movement
    answer: Answer
    currency: str
    order_id: str | None = None
    instruction_id: str | None = None
    of: str | None = None


def require_signed(body: bytes, header: str, secrets: Iterable[str], now: datetime) -> None:
    """Raise `SignatureInvalid` unless one of the signatures is by one of the secrets, within five minutes."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    stamps = [value for name, _, value in parts if name == "t"]
    signatures = [value for name, _, value in parts if name == "v1"]
    if len(stamps) != 1 or not stamps[0].isdecimal() or abs(now.timestamp() - int(stamps[0][:12])) > TOLERANCE_S:
        raise SignatureInvalid()
    expected = [signature_of(body, stamps[0], secret) for secret in secrets]
    if not any(hmac.compare_digest(mine.encode(), each.encode()) for mine in expected for each in signatures):
        raise SignatureInvalid()


def signature_of(body: bytes, stamp: str, secret: str) -> str:
    """The `v1` signature of a body at a time, in hex."""
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def told(body: bytes) -> Told | None:
    """What the event says of an order's money; None: nothing. Raises `OrdoError` (`malformed_body`) for no event."""
    try:
        event = json.loads(body)
        kind, found = str(event["type"]), event["data"]["object"]
        if kind in _INTENTS:
            return _intent(found, *_INTENTS[kind])
        return _refund(found) if kind in _REFUNDS else None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise OrdoError("The body is no event of Stripe's.", code=Code.MALFORMED_BODY) from None


def _intent(found: Mapping[str, Any], movement: Movement, state: Literal["done", "declined"]) -> Told:
    currency, metadata = str(found["currency"]).upper(), found.get("metadata") or {}
    amounts = {M.CHARGE: "amount_received", M.AUTHORISE: "amount_capturable", M.VOID: "amount"}
    amount = int(found[amounts[movement]]) if state == "done" else int(found["amount"])
    failed = found.get("last_payment_error") or {}
    error = str(failed.get("decline_code") or failed.get("code") or "declined")[:64] if state == "declined" else None
    return Told(
        movement,
        Answer(state, str(found["id"]), from_stripe(amount, currency), error),
        currency,
        metadata.get("ordo_order") or None,
        metadata.get("ordo_instruction") or None,
    )


def _refund(found: Mapping[str, Any]) -> Told:
    currency, metadata = str(found["currency"]).upper(), found.get("metadata") or {}
    state = _STATES[str(found["status"])]
    error = str(found.get("failure_reason") or found["status"])[:64] if state == "declined" else None
    of = found.get("payment_intent") or found.get("charge")
    return Told(
        M.REFUND,
        Answer(state, str(found["id"]), from_stripe(int(found["amount"]), currency), error),
        currency,
        metadata.get("ordo_order") or None,
        metadata.get("ordo_instruction") or None,
        str(of) if of else None,
    )
