"""The `PaymentProvider` for Stripe's HTTP API: PaymentIntents and Refunds, each call under its own `Idempotency-Key`.

https://docs.stripe.com/api . Stripe keeps what a key was answered, failures too, for 24 hours at least; and says
nothing of a key whose call it never began. The pinned version is that of the objects which `stripe_objects` reads.
"""

from __future__ import annotations

import http.client
import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from ordo.kernel.clock import from_iso
from ordo.payments import stripe_objects as objects
from ordo.payments.provider import Answer, Ask, Listed, ProviderUnavailable
from ordo.runtime.calls import ends_within

ADDRESS = "https://api.stripe.com"
VERSION = "2024-06-20"
TIMEOUT_S = 8.0
"""For a whole call."""
MAX_ANSWER = 4 * 1024 * 1024
PAGE, MAX_PAGES = 100, 100
SLACK_S = 600
"""Before an instruction was asked for nothing of it was made; clocks differ by less than this."""
_LATER = (408, 409, 425, 429)
"""Nobody knows, or another call with this key is under way: ask again."""
_OURS = (401, 403)
"""The account is not set up right: nothing is decided about the movement."""

Fields = Mapping[str, str | int]


@dataclass(frozen=True)
class Stripe:
    """An account; `key` is a secret or restricted key. `address` is another server's than Stripe's only in tests."""

    key: str
    address: str = ADDRESS
    timeout_s: float = TIMEOUT_S

    def authorise(self, ask: Ask) -> Answer:
        """As the port says: a PaymentIntent with manual capture, confirmed without the customer."""
        return self._intent(ask, "manual")

    def charge(self, ask: Ask) -> Answer:
        """As the port says: a PaymentIntent that is captured when it is confirmed."""
        return self._intent(ask, "automatic")

    def capture(self, ask: Ask) -> Answer:
        """As the port says; Stripe lets go of the rest by itself."""
        amount = objects.to_stripe(ask.amount, ask.currency)
        path = f"/v1/payment_intents/{_part(ask.of)}/capture"
        return objects.answer_of(*self._post(path, {"amount_to_capture": amount}, ask.key), "capture", ask.currency)

    def void(self, ask: Ask) -> Answer:
        """As the port says."""
        path = f"/v1/payment_intents/{_part(ask.of)}/cancel"
        return objects.answer_of(*self._post(path, {}, ask.key), "void", ask.currency)

    def refund(self, ask: Ask) -> Answer:
        """As the port says; what was reported by its charge (`ch_…`) is refunded by that."""
        of = ask.of or ""
        fields: dict[str, str | int] = {
            "charge" if of.startswith(("ch_", "py_")) else "payment_intent": of,
            "amount": objects.to_stripe(ask.amount, ask.currency),
            **_about(ask),
        }
        return objects.answer_of(*self._post("/v1/refunds", fields, ask.key), "refund", ask.currency)

    def look_up(self, ask: Ask, movement: str) -> Answer | None:
        """As the port says: by the reference, if Stripe gave one, else among what was made since it was asked for."""
        if movement in ("capture", "void"):
            return self._ended(ask, movement)
        if ask.reference:
            path = "/v1/refunds" if movement == "refund" else "/v1/payment_intents"
            found = self._get(f"{path}/{_part(ask.reference)}", {})
            return objects.answer_of(200, found, movement, ask.currency) if found else None
        return next(
            (
                objects.answer_of(200, each, movement, ask.currency)
                for each in self._made(ask, movement)
                if objects.instruction_in(each) == (ask.instruction_id, ask.key)
            ),
            None,
        )

    def listed(self, day: date) -> Iterable[Listed]:
        """As the port says: from the account's balance transactions, in the currencies that customers paid in."""
        start = datetime.combine(day, time(), UTC)
        fields: dict[str, str | int] = {
            "created[gte]": int(start.timestamp()),
            "created[lt]": int((start + timedelta(days=1)).timestamp()),
            "expand[]": "data.source",
        }
        return list(filter(None, map(objects.listed_of, self._pages("/v1/balance_transactions", fields))))

    def order_of(self, reference: str) -> str | None:
        """The order that a payment was made for, if its metadata say so."""
        path = "/v1/charges" if reference.startswith(("ch_", "py_")) else "/v1/payment_intents"
        found = self._get(f"{path}/{_part(reference)}", {}) or {}
        return (found.get("metadata") or {}).get("ordo_order") or None

    def _intent(self, ask: Ask, capture_method: str) -> Answer:
        fields: dict[str, str | int] = {
            "amount": objects.to_stripe(ask.amount, ask.currency),
            "currency": ask.currency.lower(),
            "payment_method": ask.method or "",
            "capture_method": capture_method,
            "confirm": "true",
            "off_session": "true",
            "automatic_payment_methods[enabled]": "true",
            "automatic_payment_methods[allow_redirects]": "never",
            **({"customer": ask.payer} if ask.payer else {}),
            **_about(ask),
        }
        movement = "authorise" if capture_method == "manual" else "charge"
        return objects.answer_of(*self._post("/v1/payment_intents", fields, ask.key), movement, ask.currency)

    def _ended(self, ask: Ask, movement: str) -> Answer | None:
        """What became of an authorisation, if it was captured or voided."""
        found = self._get(f"/v1/payment_intents/{_part(ask.of)}", {})
        ended = found and found.get("status") == ("succeeded" if movement == "capture" else "canceled")
        return objects.answer_of(200, found, movement, ask.currency) if found and ended else None

    def _made(self, ask: Ask, movement: str) -> Iterator[dict[str, Any]]:
        if movement == "refund":
            name = "charge" if (ask.of or "").startswith(("ch_", "py_")) else "payment_intent"
            return self._pages("/v1/refunds", {name: ask.of or ""})
        since = int(from_iso(ask.asked_at).timestamp()) - SLACK_S if ask.asked_at else 0
        fields: dict[str, str | int] = {"created[gte]": since, **({"customer": ask.payer} if ask.payer else {})}
        return self._pages("/v1/payment_intents", fields)

    def _pages(self, path: str, fields: Fields) -> Iterator[dict[str, Any]]:
        """Every object of a list, page by page. Raises `ProviderUnavailable` (`unreadable`) when it never ends."""
        after: dict[str, str] = {}
        for _ in range(MAX_PAGES):
            page = self._get(path, {"limit": PAGE, **fields, **after}) or {}
            data = page.get("data") or []
            yield from data
            if not page.get("has_more") or not data:
                return
            after = {"starting_after": str(data[-1]["id"])}
        raise ProviderUnavailable("unreadable")

    def _get(self, path: str, fields: Fields) -> dict[str, Any] | None:
        status, body = self._call("GET", f"{path}?{urlencode(fields)}" if fields else path, None, {})
        if status == http.client.NOT_FOUND:
            return None
        if status != http.client.OK:
            raise ProviderUnavailable(f"http_{status}")
        return body

    def _post(self, path: str, fields: Fields, key: str) -> tuple[int, dict[str, Any]]:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Idempotency-Key": key}
        status, body = self._call("POST", path, urlencode(fields).encode(), headers)
        if status >= 500 or status in _LATER or status in _OURS or objects.is_other_call(body):
            raise ProviderUnavailable(f"http_{status}")
        return status, body

    def _call(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Status and the object of the answer, within the time for the whole. Redirects are not followed."""
        connection = self._connection()
        basic = b64encode(f"{self.key}:".encode()).decode()
        headers = {**headers, "Authorization": f"Basic {basic}", "Stripe-Version": VERSION, "Connection": "close"}
        try:
            with ends_within(connection, self.timeout_s):
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                status, raw = answer.status, answer.read(MAX_ANSWER)
        except TimeoutError:
            raise ProviderUnavailable("timeout") from None
        except (OSError, http.client.HTTPException, ValueError):
            raise ProviderUnavailable("transport") from None
        try:
            found = json.loads(raw)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise ProviderUnavailable(f"http_{status}" if status != http.client.OK else "unreadable")
        return status, found

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.address)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        return kind(parts.hostname or "", parts.port, timeout=self.timeout_s)


def _part(reference: str | None) -> str:
    return quote(reference or "", safe="")


def _about(ask: Ask) -> dict[str, str]:
    """What Stripe keeps with it and tells again: references, nothing of a person."""
    return {
        "metadata[ordo_order]": ask.order_id,
        "metadata[ordo_instruction]": ask.instruction_id,
        "metadata[ordo_key]": ask.key,
    }
