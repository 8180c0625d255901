"""Events become messages, each recorded before it is sent, so that none goes out twice (docs/adr/0041).

A record is claimed, the message sent, the record settled. An attempt that dies between leaves a claim: when that has
run out the message is `unconfirmed` and an alarm rings; it is never sent again by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from ordo.catalog.message_terms import MessageTerms, Way
from ordo.complaints.deciding import TEXT_SLOT
from ordo.complaints.model import Complaint
from ordo.kernel.clock import Clock, to_iso
from ordo.messages.consent import wishes_of
from ordo.messages.deciding import OF_COMPLAINTS, Happened, Person, Planned, decide, decide_complaint
from ordo.messages.model import ENDED, CustomerMessage, MessageKey, MessageState
from ordo.messages.ports import MessageStore, Result, Senders, StaleMessage
from ordo.messages.rendering import ComplaintSubject, Subject, write
from ordo.notifications.events import is_complaint
from ordo.orders.ports import OrderRepository
from ordo.orders.timeline import StoredEvent
from ordo.tracking.arrival import last_word
from ordo.tracking.view import zone_for
from ordo.tracking.words import Language, language_of

FAILED, UNCONFIRMED = "CustomerMessageFailed", "CustomerMessageUnconfirmed"
"""Metrics with an alarm each."""


class Customers(Protocol):
    """What is known of whom an order is for, and how its channel writes."""

    def terms(self, channel: str) -> MessageTerms:
        """The channel's messages."""

    def profile(self, customer_id: str) -> Mapping[str, Any]:
        """The customer's profile as stored; empty when there is none."""


class Complaints(Protocol):
    """Complaints, as far as whoever complained is told of them (`ordo.complaints.ports` has it)."""

    def load(self, complaint_id: str) -> Complaint: ...
    def apart(self, complaint_id: str) -> dict[str, dict[str, Any]]: ...
    def timeline(self, complaint_id: str, after_seq: int = 0) -> list[StoredEvent]: ...


@dataclass(frozen=True, slots=True)
class Messenger:
    """`address_hash(way, address)` is keyed; `link(order id, language)` is the whole address of the customer's page,
    `stop_link` of that on which the reader of a mail stops those that are not necessary.

    `alarm` counts a metric; `tell` hears of what was not sent, by reference.
    """

    orders: OrderRepository
    complaints: Complaints
    customers: Customers
    store: MessageStore
    senders: Senders
    clock: Clock
    address_hash: Callable[[Way, str], str]
    link: Callable[[str, str], str]
    stop_link: Callable[[str, str], str]
    alarm: Callable[[str], None]
    tell: Callable[[dict[str, str]], None] = lambda _facts: None

    def announce(self, event: Happened) -> None:
        """Carry out what the event means. Raises what storage raises; called again it does only what was left."""
        if event.type in OF_COMPLAINTS:
            self._announce_complaint(event)
            return
        state = self.orders.load(event.order_id)
        terms = self.customers.terms(state.header.channel)
        if not terms.kinds:
            return
        contact = self.orders.contact(event.order_id) or {}
        person, now = self._person(state.header.customer_id, contact, terms), self.clock()
        planned = decide(event, state, terms, person, now)
        self._all(planned, Subject(event, state, contact), terms, person)

    def _announce_complaint(self, event: Happened) -> None:
        header = self.complaints.load(event.order_id)
        terms = self.customers.terms(header.channel)
        if not terms.kinds:
            return
        ordered = (self.orders.contact(header.order_id) if header.order_id else None) or {}
        said = self.complaints.apart(event.order_id).get(TEXT_SLOT, {})
        contact = {**ordered, "language": header.language, **said.get("contact", {})}
        person = self._person(header.customer, contact, terms)
        planned = decide_complaint(event, terms, person, self.clock())
        self._all(planned, ComplaintSubject(event, header, contact), terms, person)

    def _all(
        self, planned: list[Planned], subject: Subject | ComplaintSubject, terms: MessageTerms, person: Person
    ) -> None:
        now = self.clock()
        for each in planned:
            held = self.store.get(each.key)
            if held is None or held.state is MessageState.WAITING:
                self._carry_out(each, held, subject, terms, person)
            elif held.died(now):
                self._lost(held, now)

    def wake(self, key: MessageKey) -> None:
        """Look at a message again that is due: it waited, or its attempt died."""
        held, now = self.store.get(key), self.clock()
        if held is None or held.state in ENDED or (held.due_at or "") > to_iso(now):
            return
        if held.state is MessageState.CLAIMED:
            self._lost(held, now)
            return
        timeline = self.complaints.timeline if is_complaint(key.order_id) else self.orders.timeline
        stored = timeline(key.order_id, held.event_seq - 1)[0]
        event = stored.read()
        for type_ in (event["type"], *event["implies"]):
            self.announce(Happened(key.order_id, stored.seq, type_, event["occurred_at"], event.get("data") or {}))

    def bounced(self, key: MessageKey, reason: str, *, permanent: bool) -> None:
        """The receiver's side did not take it; an address that never will is written to no more."""
        held = self.store.get(key)
        if held is None:
            return
        if permanent and held.to:
            self.store.mark_dead(held.to, reason, to_iso(self.clock()))
        self._put(held.became(MessageState.BOUNCED, self.clock(), reason))

    def _carry_out(
        self,
        planned: Planned,
        held: CustomerMessage | None,
        subject: Subject | ComplaintSubject,
        terms: MessageTerms,
        person: Person,
    ) -> None:
        now = self.clock()
        record = held or self._new(planned.key, subject.event.seq, now)
        if held is not None and held.due_at and held.due_at > to_iso(now):
            return
        if planned.action == "suppress":
            self._put(record.became(MessageState.SUPPRESSED, now, planned.reason))
        elif planned.action == "wait":
            self._put(record.became(MessageState.WAITING, now, planned.reason, due=planned.until))
        elif planned.key.way not in self.senders:
            self._put(record.became(MessageState.SUPPRESSED, now, "not_set_up"))
        else:
            self._send(record, subject, terms, person)

    def _send(
        self, record: CustomerMessage, subject: Subject | ComplaintSubject, terms: MessageTerms, person: Person
    ) -> None:
        key, now = record.key, self.clock()
        language = self._language(subject, terms)
        if isinstance(subject, Subject):
            subject = replace(subject, said=last_word(self.orders.timeline(key.order_id)))
        written = write(
            key.kind,
            subject,
            language,
            person.zone,
            terms.sender.get(language) or next(iter(terms.sender.values()), ""),
            self.link(key.order_id, language),
            now,
            stop=self.stop_link(key.order_id, language) if self._may_stop(key) else "",
        )
        address = person.addresses[key.way]
        claimed = self._put(record.claimed(now, self.address_hash(key.way, address), language))
        if claimed is not None:
            self._settle(claimed, self.senders[key.way](key, address, written, terms))

    def _settle(self, claimed: CustomerMessage, result: Result) -> None:
        now = self.clock()
        if result.dead and claimed.to:
            self.store.mark_dead(claimed.to, result.reason, to_iso(now))
        match result.outcome:
            case "sent":
                self._put(replace(claimed.became(MessageState.SENT, now), provider_id=result.provider_id))
                return
            case "again":
                after = claimed.failed_once(now, result.reason)
            case "never":
                after = claimed.became(MessageState.FAILED, now, result.reason)
            case "unknown":
                self._lost(claimed, now)
                return
        self._put(after)
        self.tell({"message_id": claimed.key.message_id, "state": after.state, "reason": result.reason})
        if after.state is MessageState.FAILED and not result.dead:
            self.alarm(FAILED)

    def _lost(self, held: CustomerMessage, now: datetime) -> None:
        if self._put(held.became(MessageState.UNCONFIRMED, now, "no_answer")) is not None:
            self.tell({"message_id": held.key.message_id, "state": MessageState.UNCONFIRMED, "reason": "no_answer"})
            self.alarm(UNCONFIRMED)

    def _put(self, message: CustomerMessage) -> CustomerMessage | None:
        """Write it; None when another worker was quicker, whose doing it then is."""
        try:
            return self.store.put(message)
        except StaleMessage:
            return None

    @staticmethod
    def _new(key: MessageKey, event_seq: int, now: datetime) -> CustomerMessage:
        moment = to_iso(now)
        return CustomerMessage(key, event_seq, MessageState.CLAIMED, moment, moment)

    @staticmethod
    def _may_stop(key: MessageKey) -> bool:
        """Mails about orders; those about complaints answer somebody, and are necessary."""
        return key.way is Way.EMAIL and not is_complaint(key.order_id)

    def _person(self, customer_id: str | None, contact: Mapping[str, Any], terms: MessageTerms) -> Person:
        profile = self.customers.profile(customer_id) if customer_id else {}
        given = {Way.EMAIL: contact.get("email"), Way.SMS: contact.get("phone"), Way.WEBHOOK: terms.endpoint}
        addresses = {way: str(value) for way, value in given.items() if value}
        known = {way: self.store.standing(self.address_hash(way, each)) for way, each in addresses.items()}
        dead = frozenset(way for way, each in known.items() if each.dead)
        stopped = frozenset(way for way, each in known.items() if each.stopped)
        zone = profile.get("time_zone") or zone_for(contact, terms.zone)
        return Person(addresses, wishes_of(contact, profile), zone, dead, stopped)

    def _language(self, subject: Subject | ComplaintSubject, terms: MessageTerms) -> Language:
        customer = subject.state.header.customer_id if isinstance(subject, Subject) else subject.header.customer
        wanted = (subject.contact or {}).get("language")
        if wanted is None and customer:
            wanted = self.customers.profile(customer).get("language")
        return language_of(wanted, None, terms.language)
