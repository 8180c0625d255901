"""Carriers' pushes between the network and the orders: whose they are, and what to do when recording fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ordo.kernel.errors import Code, OrdoError
from ordo.kernel.frozen import Model
from ordo.orders.desk import OrderDesk
from ordo.runtime.observability import logger
from ordo.runtime.packing import pack_text, unpack_text
from ordo.shipments.errors import UnknownCarrier
from ordo.shipments.schemas import PushAnswer, TrackingPush
from ordo.shipments.service import receive_push
from ordo.shipments.signatures import signing_keys, verify
from ordo.shipments.waiting import Outcome, WaitingStore


class QueuedPush(Model):
    """A push as it waits in the queue. It was verified before it was put there, and its body is packed."""

    carrier: str
    webhook_id: str
    received_at: str
    body: str


def check_signature(event: Mapping[str, Any], raw: bytes, secrets: Mapping[str, str], now: datetime) -> None:
    """Raise `UnknownCarrier`, or `SignatureInvalid` when the bytes were not signed by the carrier in the path.

    `secrets` has a text of one or more secrets for each carrier. Raises `ValueError` when ours cannot be read.
    """
    carrier = (event.get("pathParameters") or {}).get("carrier", "")
    if carrier not in secrets:
        raise UnknownCarrier(carrier)
    verify(raw, event.get("headers") or {}, signing_keys(secrets[carrier]), now)


class Intake:
    """Takes pushes at the edge and from the queue. `enqueue` puts one message on the queue."""

    def __init__(self, desk: OrderDesk, store: WaitingStore, enqueue: Callable[[dict[str, Any]], None]) -> None:
        self._desk = desk
        self._store = store
        self._enqueue = enqueue

    def take(self, carrier: str, webhook_id: str, push: TrackingPush, body: str) -> PushAnswer:
        """Record a push. Whatever stops that, the body goes to the queue; raises `unavailable` when that fails too."""
        received_at = self._desk.moment()
        try:
            return self._record(carrier, push, received_at)
        except Exception as error:  # noqa: BLE001  a carrier that gets an answer does not send again (law 2)
            logger.warning("a push was not recorded", extra={"carrier": carrier, "error": type(error).__name__})
        queued = QueuedPush(carrier=carrier, webhook_id=webhook_id, received_at=received_at, body=pack_text(body))
        try:
            self._enqueue(queued.model_dump())
        except Exception as error:  # noqa: BLE001  the carrier is told, whatever it was
            logger.error("a push was not queued", extra={"carrier": carrier, "error": type(error).__name__})
            raise OrdoError("The push was not kept; send it again.", code=Code.UNAVAILABLE, retry_after_s=30) from None
        return PushAnswer(queued=True)

    def take_again(self, records: list[dict[str, Any]]) -> list[str]:
        """Record pushes from the queue; the ids of the messages that must come again."""
        return [record["messageId"] for record in records if not self._recorded(record)]

    def _recorded(self, record: dict[str, Any]) -> bool:
        try:
            queued = QueuedPush.model_validate_json(record["body"])
            push = TrackingPush.model_validate_json(unpack_text(queued.body))
            self._record(queued.carrier, push, queued.received_at)
        except Exception as error:  # noqa: BLE001  one bad message must not hold back the others
            facts = {"message_id": record["messageId"], "error": type(error).__name__}
            logger.error("a queued push was not recorded", extra=facts)
            return False
        return True

    def _record(self, carrier: str, push: TrackingPush, received_at: str) -> PushAnswer:
        found = receive_push(self._desk, self._store, carrier, push.events(received_at))
        return PushAnswer(recorded=found[Outcome.RECORDED], known=found[Outcome.KNOWN], waiting=found[Outcome.WAITING])
