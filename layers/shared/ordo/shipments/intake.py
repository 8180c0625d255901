"""Carriers' pushes between the network and the orders: whose they are, and what to do when recording fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ordo.kernel.errors import Code, OrdoError
from ordo.kernel.frozen import Model
from ordo.orders.desk import OrderDesk
from ordo.runtime.observability import count, logger
from ordo.runtime.packing import pack_text, unpack_text
from ordo.shipments.carrier_events import CarrierEvent
from ordo.shipments.carriers.accounts import account_of
from ordo.shipments.carriers.port import Adapter, Fate, Outcome, Push, Reading, Reply
from ordo.shipments.carriers.registry import adapter_of
from ordo.shipments.carriers.telling import in_use
from ordo.shipments.errors import SignatureInvalid, UnknownCarrier
from ordo.shipments.unread import UNREAD, UnreadPush, UnreadStore
from ordo.shipments.waiting import Outcome as Recorded
from ordo.shipments.waiting import WaitingStore, receive_push
from ordo.shipments.watching import watch_sent

Secrets = Callable[[float], Mapping[str, Any]]
"""The carriers' secrets, at most so many seconds old."""
KEEP_S, AGAIN_S = 300.0, 30.0
"""A secret is kept for five minutes; a push that it does not verify has it fetched anew, at most every half minute."""


class QueuedPush(Model):
    """A push as it waits in the queue. It was verified before it was put there, and its body is packed."""

    carrier: str
    received_at: str
    body: str
    account: str = ""
    zone: str = ""

    def push(self) -> Push:
        """As it came."""
        return Push(self.carrier, unpack_text(self.body), account=self.account, zone=self.zone)


class Intake:
    """Takes pushes at the edge and from the queue. `enqueue` puts one message on the queue."""

    def __init__(
        self,
        desk: OrderDesk,
        store: WaitingStore,
        enqueue: Callable[[dict[str, Any]], None],
        unread: UnreadStore,
        secrets: Secrets,
    ) -> None:
        self._desk = desk
        self._store = store
        self._enqueue = enqueue
        self._unread = unread
        self._secrets = secrets

    def receive(self, push: Push) -> Reply:
        """Verify, read, record, and answer as the carrier wants; raises what the API tells as a problem.

        Whatever stops the recording, the push goes to the queue; what cannot be read is kept for people. Only what
        could not be kept at all is asked for again.
        """
        adapter = adapter_of(push.carrier)
        outcome = self._outcome(adapter, push)
        reply = adapter.answer(push, outcome, self._desk.now())
        if reply is None:
            raise outcome.error or OrdoError("The push was not taken.", code=Code.UNAVAILABLE)
        return reply

    def take_again(self, records: list[dict[str, Any]]) -> list[str]:
        """Record pushes from the queue, register dispatches; the ids of the messages that must come again."""
        return [record["messageId"] for record in records if not self._recorded(record)]

    def read_again(self, kept: UnreadPush) -> Outcome:
        """Record what can now be read of a push that was kept; raises `Unreadable` when still nothing can."""
        push = kept.push()
        return self._record(push, adapter_of(push.carrier).read(push, kept.received_at))

    def _outcome(self, adapter: Adapter, push: Push) -> Outcome:
        try:
            push = self._verified(adapter, push)
        except UnknownCarrier:
            raise
        except SignatureInvalid as refused:
            return Outcome(Fate.REFUSED, error=refused)
        except Exception as error:  # noqa: BLE001  without the secret nothing is taken, and the carrier is told so
            _say("a push was not verified", push, error)
            return Outcome(Fate.FAILED, error=error)
        return self._taken(adapter, push)

    def _verified(self, adapter: Adapter, push: Push) -> Push:
        """The push with its account's zone. A secret that was just changed may not be here yet: it is fetched anew."""
        secrets = self._secrets(KEEP_S)
        try:
            return _verify(adapter, push, secrets, self._desk)
        except (SignatureInvalid, UnknownCarrier):
            newer = self._secrets(AGAIN_S)
            if newer is secrets:
                raise
        return _verify(adapter, push, newer, self._desk)

    def _taken(self, adapter: Adapter, push: Push) -> Outcome:
        received_at = self._desk.moment()
        try:
            reading = adapter.read(push, received_at)
        except OrdoError as refused:
            return self._kept(push, received_at, (refused.code.code,), Outcome(Fate.KEPT, error=refused))
        except Exception as error:  # noqa: BLE001  a fault of the adapter's; the push is good, and is kept
            _say("a push could not be read", push, error)
            broken = OrdoError("The push cannot be read.", code=Code.INVALID_REQUEST)
            return self._kept(push, received_at, ("adapter",), Outcome(Fate.KEPT, error=broken))
        if not reading.parcels:
            return Outcome(Fate.IGNORED)
        outcome = self._recorded_or_queued(push, reading, received_at)
        return self._kept(push, received_at, reading.unread, outcome) if reading.unread else outcome

    def _kept(self, push: Push, received_at: str, unread: tuple[str, ...], outcome: Outcome) -> Outcome:
        """The outcome when the push is kept for people; else it must come again."""
        if not outcome.is_good:
            return outcome
        kept = UnreadPush(push.carrier, received_at, unread, push.body, push.account, push.zone)
        try:
            self._unread.keep(kept)
        except Exception as error:  # noqa: BLE001  the carrier is told, whatever it was
            _say("an unread push was not kept", push, error)
            return Outcome(Fate.FAILED, error=_lost())
        logger.warning("a push could not be read wholly", extra={"carrier": push.carrier, "push_id": kept.push_id})
        count(UNREAD)
        return outcome

    def _recorded_or_queued(self, push: Push, reading: Reading, received_at: str) -> Outcome:
        try:
            return self._record(push, reading)
        except Exception as error:  # noqa: BLE001  a carrier that gets an answer does not send again (law 2)
            _say("a push was not recorded", push, error)
        queued = QueuedPush(
            carrier=push.carrier,
            received_at=received_at,
            body=pack_text(push.body),
            account=push.account,
            zone=push.zone,
        )
        try:
            self._enqueue(queued.model_dump())
        except Exception as error:  # noqa: BLE001  the carrier is told, whatever it was
            _say("a push was not queued", push, error)
            return Outcome(Fate.FAILED, error=_lost())
        return Outcome(Fate.QUEUED)

    def _recorded(self, record: dict[str, Any]) -> bool:
        try:
            self._perform(record["body"])
        except Exception as error:  # noqa: BLE001  one bad message must not hold back the others
            facts = {"message_id": record["messageId"], "error": type(error).__name__}
            logger.error("a queued push was not recorded", extra=facts)
            return False
        return True

    def _perform(self, message: str) -> None:
        """A push that waited, or a number that an aggregator is to hear of."""
        content = json.loads(message)
        if "detail-type" in content:
            watch_sent(content, self._secrets(KEEP_S))
            return
        queued = QueuedPush.model_validate(content)
        push = queued.push()
        self._record(push, adapter_of(push.carrier).read(push, queued.received_at))

    def _record(self, push: Push, reading: Reading) -> Outcome:
        events: list[CarrierEvent] = [event for told in in_use(reading.parcels) for event in told.events]
        found = receive_push(self._desk, self._store, push.carrier, events)
        return Outcome(
            Fate.TAKEN,
            recorded=found[Recorded.RECORDED],
            known=found[Recorded.KNOWN],
            waiting=found[Recorded.WAITING],
        )


def _verify(adapter: Adapter, push: Push, secrets: Mapping[str, Any], desk: OrderDesk) -> Push:
    account = account_of(secrets, push.carrier, push.account)
    adapter.verify(push, account.secrets, desk.now())
    return replace(push, zone=account.zone)


def _lost() -> OrdoError:
    return OrdoError("The push was not kept; send it again.", code=Code.UNAVAILABLE, retry_after_s=30)


def _say(what: str, push: Push, error: Exception) -> None:
    """Which carrier and which kind of error; never a word of the push."""
    logger.warning(what, extra={"carrier": push.carrier, "error": type(error).__name__})
