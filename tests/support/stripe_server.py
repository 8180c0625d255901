"""A Stripe of our own for tests: PaymentIntents, Refunds and balance transactions over HTTP, keys kept as Stripe does.

By the payment method it takes money or declines; by its mood it is slow, breaks off after doing the work, answers late,
fails with 500 (which it keeps for the key), or refuses a key that is in use. No key is ever answered in two ways.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from ordo.payments.stripe_webhook import signature_of

Mood = Literal["ok", "slow", "cut", "fail", "in_use", "late"]
"""`slow` does the work and answers too late; `cut` does it and answers nothing; `fail` does nothing and says 500;
`late` leaves it pending.
"""
DECLINED = "pm_declined"
SECRET = "whsec_of_tests"
KEY = "sk_of_tests"
Body = dict[str, Any]


class StripeServer:
    """The server's state; `address` is where it listens."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.now, self.moods = now, deque[Mood]()
        self.intents: dict[str, Body] = {}
        self.refunds: dict[str, Body] = {}
        self.transactions: list[Body] = []
        self.keys: dict[str, tuple[bytes, int, Body]] = {}
        self.calls: list[tuple[str, str, str]] = []
        self.address = ""
        self.hang_s = 1.0
        self._lock = threading.RLock()
        self._minted = 0

    def handle(self, method: str, path: str, query: Body, form: bytes, key: str) -> tuple[int, Body] | None:
        """Status and body; None: the connection is cut."""
        with self._lock:
            self.calls.append((method, path, key))
            if method == "GET":
                return self._read(path, query)
            mood = self.moods.popleft() if self.moods else "ok"
            if mood == "in_use":
                return 409, _error("idempotency_error", "idempotency_key_in_use")
            if key in self.keys and self.keys[key][0] != form:
                return 400, _error("idempotency_error", None)
            if key not in self.keys:
                answer = (500, _error("api_error", None)) if mood == "fail" else self._write(path, _plain(form), mood)
                self.keys[key] = (form, *answer)
            _, status, body = self.keys[key]
        if mood == "slow":
            time.sleep(self.hang_s)
        return None if mood == "cut" else (status, body)

    def event(self, kind: str, found: Body, *, secret: str = SECRET, at: datetime | None = None) -> tuple[bytes, str]:
        """A webhook's body and its `Stripe-Signature`."""
        at = at or self.now()
        event = {"id": self._id("evt"), "object": "event", "type": kind, "data": {"object": found}}
        body, stamp = json.dumps(event, indent=2).encode(), str(int(at.timestamp()))
        return body, f"t={stamp},v1={signature_of(body, stamp, secret)}"

    def finish(self, reference: str, *, well: bool = True) -> Body:
        """What was left pending ends; the object as it is then."""
        if reference in self.refunds:
            found = self.refunds[reference]
            found["status"] = "succeeded" if well else "failed"
            if well:
                self._transact("refund", found, found["amount"])
            else:
                found["failure_reason"] = "expired_or_canceled_card"
                self.intents[found["payment_intent"]]["refunded"] -= found["amount"]
            return found
        intent = self.intents[reference]
        if well:
            self._succeed(intent, intent["amount"])
        else:
            intent |= {"status": "requires_payment_method", "last_payment_error": {"code": "card_declined"}}
        return intent

    def _read(self, path: str, query: Body) -> tuple[int, Body]:
        parts = path.strip("/").split("/")[1:]
        kinds: dict[str, list[Body]] = {
            "payment_intents": list(self.intents.values()),
            "refunds": list(self.refunds.values()),
            "balance_transactions": self.transactions,
        }
        if len(parts) == 2:
            found = next((each for each in kinds[parts[0]] if each["id"] == parts[1]), None)
            return (200, found) if found else (404, _error("invalid_request_error", "resource_missing"))
        low, high = int(query.get("created[gte]", 0)), int(query.get("created[lt]", 10**12))
        rows = [each for each in reversed(kinds[parts[0]]) if low <= each["created"] < high]
        for name in ("payment_intent", "customer"):
            rows = [each for each in rows if name not in query or each.get(name) == query[name]]
        names = [each["id"] for each in rows]
        start = names.index(query["starting_after"]) + 1 if "starting_after" in query else 0
        limit = int(query.get("limit", 10))
        return 200, {"object": "list", "data": rows[start : start + limit], "has_more": len(rows) > start + limit}

    def _write(self, path: str, form: Body, mood: Mood) -> tuple[int, Body]:
        parts = path.strip("/").split("/")[1:]
        if parts == ["payment_intents"]:
            return self._intent(form, mood)
        if parts == ["refunds"]:
            return self._refund(form, mood)
        intent = self.intents.get(parts[1])
        if intent is None:
            return 404, _error("invalid_request_error", "resource_missing")
        if intent["status"] != "requires_capture":
            return 400, _error("invalid_request_error", "payment_intent_unexpected_state")
        if parts[2] == "cancel":
            intent |= {"status": "canceled", "amount_capturable": 0}
        else:
            self._succeed(intent, int(form["amount_to_capture"]))
        return 200, dict(intent)

    def _intent(self, form: Body, mood: Mood) -> tuple[int, Body]:
        amount, intent = int(form["amount"]), self._id("pi")
        made: Body = {
            "id": intent,
            "object": "payment_intent",
            "amount": amount,
            "amount_capturable": 0,
            "amount_received": 0,
            "currency": form["currency"],
            "customer": form.get("customer"),
            "created": self._stamp(),
            "metadata": _metadata(form),
            "refunded": 0,
        }
        self.intents[intent] = made
        if form["payment_method"] == DECLINED:
            made |= {"status": "requires_payment_method", "last_payment_error": {"code": "card_declined"}}
            error = _error("card_error", "card_declined")
            error["error"] |= {"decline_code": "insufficient_funds", "payment_intent": dict(made)}
            return 402, error
        if mood == "late":
            made["status"] = "processing"
        elif form["capture_method"] == "manual":
            made |= {"status": "requires_capture", "amount_capturable": amount}
        else:
            self._succeed(made, amount)
        return 200, dict(made)

    def _refund(self, form: Body, mood: Mood) -> tuple[int, Body]:
        intent, amount = self.intents.get(form["payment_intent"]), int(form["amount"])
        if intent is None:
            return 404, _error("invalid_request_error", "resource_missing")
        if amount > intent["amount_received"] - intent["refunded"]:
            return 400, _error("invalid_request_error", "charge_already_refunded")
        intent["refunded"] += amount
        made: Body = {
            "id": self._id("re"),
            "object": "refund",
            "amount": amount,
            "currency": intent["currency"],
            "payment_intent": intent["id"],
            "created": self._stamp(),
            "metadata": _metadata(form),
            "status": "pending" if mood == "late" else "succeeded",
        }
        self.refunds[made["id"]] = made
        if made["status"] == "succeeded":
            self._transact("refund", made, amount)
        return 200, dict(made)

    def _succeed(self, intent: Body, amount: int) -> None:
        intent |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}
        charge = {
            "id": self._id("ch"),
            "object": "charge",
            "amount": intent["amount"],
            "amount_captured": amount,
            "currency": intent["currency"],
            "payment_intent": intent["id"],
            "metadata": dict(intent["metadata"]),
        }
        self._transact("charge", charge, amount)

    def _transact(self, kind: str, source: Body, amount: int) -> None:
        made = {"id": self._id("txn"), "type": kind, "amount": amount, "source": source, "created": self._stamp()}
        self.transactions.append(made)

    def _stamp(self) -> int:
        return int(self.now().timestamp())

    def _id(self, prefix: str) -> str:
        self._minted += 1
        return f"{prefix}_{self._minted:014d}"


@contextmanager
def stripe_server(now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Iterator[StripeServer]:
    """The server, listening on the loopback until the end."""
    server = StripeServer(now)
    http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    http.daemon_threads = True
    server.address = f"http://127.0.0.1:{http.server_address[1]}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()


def _handler(server: StripeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])))

        def _answer(self, form: bytes) -> None:
            parts = urlsplit(self.path)
            key = self.headers.get("Idempotency-Key", "")
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            found: tuple[int, Body] | None = (401, _error("invalid_request_error", None))
            if self.headers.get("Authorization", "").startswith("Basic ") and self.headers.get("Stripe-Version"):
                found = server.handle(self.command, parts.path, query, form, key)
            if found is None:
                self.close_connection = True
                return
            body = json.dumps(found[1]).encode()
            self.send_response(found[0])
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            """Nothing."""

    return Handler


def _plain(form: bytes) -> Body:
    return {name: values[0] for name, values in parse_qs(form.decode(), keep_blank_values=True).items()}


def _metadata(form: Body) -> dict[str, str]:
    return {name[9:-1]: value for name, value in form.items() if name.startswith("metadata[")}


def _error(kind: str, code: str | None) -> Body:
    return {"error": {"type": kind, "message": "of tests", **({"code": code} if code else {})}}
