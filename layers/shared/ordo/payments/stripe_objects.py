"""What Stripe's objects say: PaymentIntents, Refunds, errors and balance transactions. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ordo.payments.provider import Answer, Listed, ProviderUnavailable

OK = 200
_TIMES = {"ISK": 100, "UGX": 100}
"""Currencies without minor units in ISO 4217 whose amounts Stripe wants in hundredths."""
_WHOLE = {"MGA": 100}
"""Currencies with minor units in ISO 4217 of which Stripe takes whole ones only."""
_INTENTS = {
    "charge": {"succeeded": "done", "processing": "pending"},
    "authorise": {"requires_capture": "done", "processing": "pending", "succeeded": "done"},
    "capture": {"succeeded": "done", "processing": "pending"},
    "void": {"canceled": "done"},
}
_REFUNDS = {"succeeded": "done", "pending": "pending", "requires_action": "pending"}
_FINAL = ("amount_too_large", "charge_already_refunded", "resource_missing", "payment_intent_unexpected_state")
_CAPTURED, _REFUNDED = ("charge", "payment"), ("refund", "payment_refund")


def to_stripe(amount: int, currency: str) -> int:
    """ISO minor units as Stripe wants them. Raises `ValueError` for what Stripe cannot say."""
    if currency in _WHOLE and amount % _WHOLE[currency]:
        raise ValueError(f"Stripe takes whole {currency} only")
    return amount * _TIMES.get(currency, 1) // _WHOLE.get(currency, 1)


def from_stripe(amount: int, currency: str) -> int:
    """ISO minor units of an amount of Stripe's."""
    return amount * _WHOLE.get(currency, 1) // _TIMES.get(currency, 1)


def answer_of(status: int, body: Mapping[str, Any], movement: str, currency: str) -> Answer:
    """The provider's word in an answer. Raises `ProviderUnavailable` (`unreadable`) when there is none in it."""
    if status != OK:
        return _error(status, body)
    try:
        return _refund(body, currency) if movement == "refund" else _intent(body, movement, currency)
    except (KeyError, TypeError, ValueError):
        raise ProviderUnavailable("unreadable") from None


def is_other_call(body: Mapping[str, Any]) -> bool:
    """Whether the key was used with other parameters: what became of that call is to be looked up."""
    error = body.get("error")
    return isinstance(error, Mapping) and error.get("type") == "idempotency_error"


def instruction_in(body: Mapping[str, Any]) -> tuple[str, str]:
    """The instruction and key that an object was made for; empty texts for one that Ordo did not make."""
    metadata = body.get("metadata") or {}
    return str(metadata.get("ordo_instruction") or ""), str(metadata.get("ordo_key") or "")


def _error(status: int, body: Mapping[str, Any]) -> Answer:
    error = body.get("error")
    told = error if isinstance(error, Mapping) else {}
    code = str(told.get("decline_code") or told.get("code") or told.get("type") or f"http_{status}")
    intent = told.get("payment_intent")
    reference = str(intent["id"]) if isinstance(intent, Mapping) and intent.get("id") else None
    return Answer("declined", reference, error=code[:64], for_good=str(told.get("code")) in _FINAL)


def _intent(body: Mapping[str, Any], movement: str, currency: str) -> Answer:
    status, reference = str(body["status"]), str(body["id"])
    state = _INTENTS[movement].get(status, "declined")
    if state == "declined":
        failed = body.get("last_payment_error") or {}
        return Answer("declined", reference, error=str(failed.get("decline_code") or failed.get("code") or status)[:64])
    if movement == "void":
        return Answer("done", reference)
    if movement == "authorise":
        amount = int(body.get("amount_capturable") or body["amount"])
    else:
        amount = int(body.get("amount_received") or body["amount"])
    return Answer(state, reference, from_stripe(amount, currency))  # type: ignore[arg-type]  # a value of the tables


def _refund(body: Mapping[str, Any], currency: str) -> Answer:
    status, reference = str(body["status"]), str(body["id"])
    state = _REFUNDS.get(status, "declined")
    if state == "declined":
        return Answer("declined", reference, error=str(body.get("failure_reason") or status)[:64])
    return Answer(state, reference, from_stripe(int(body["amount"]), currency))  # type: ignore[arg-type]  # of the table


def listed_of(transaction: Mapping[str, Any]) -> Listed | None:
    """A balance transaction that took or gave back a customer's money; None: it is of another kind."""
    source = transaction.get("source")
    if not isinstance(source, Mapping) or transaction.get("type") not in (*_CAPTURED, *_REFUNDED):
        return None
    captured = transaction["type"] in _CAPTURED
    currency = str(source["currency"]).upper()
    intent = str(source.get("payment_intent") or source.get("charge") or source["id"])
    amount = int(source.get("amount_captured") or source["amount"]) if captured else int(source["amount"])
    metadata = source.get("metadata") or {}
    return Listed(
        "captured" if captured else "refunded",
        intent if captured else str(source["id"]),
        from_stripe(amount, currency),
        currency,
        metadata.get("ordo_order") or None,
        None if captured else intent,
        metadata.get("ordo_instruction") or None,
    )
