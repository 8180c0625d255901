"""A complaint comes in: accepted at once with what was said kept apart, then opened from the queue, once.

Only its id is in the queue. What was said is read from where it is kept, and so is what the rules are asked about: the
order, the customer's segment, the customer's other complaints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Protocol

from ordo.catalog.complaint_terms import ComplaintTerms
from ordo.complaints.deciding import TEXT_SLOT, Intake, opening
from ordo.complaints.errors import ComplaintNotFound
from ordo.complaints.judging import Facts
from ordo.complaints.model import Complaint
from ordo.complaints.service import ComplaintDesk
from ordo.kernel.clock import to_iso
from ordo.orders.errors import OrderNotFound
from ordo.orders.keys import CommandKey, once
from ordo.orders.model import Actor, OrderState
from ordo.orders.ports import OrderRepository


@dataclass(frozen=True, slots=True)
class Complain:
    """The command: what is said of what, and by whom. `subject`, `text` and `contact` are personal.

    `node_id` and `product_kind` are what it is about where there is no order to tell it.
    """

    intake: Intake
    subject: str
    text: str
    contact: Mapping[str, str | None]
    actor: Actor
    node_id: str | None = None
    product_kind: str | None = None


class Shop(Protocol):
    """What is known of customers and products."""

    def segment(self, customer_id: str) -> str | None:
        """Of a customer, as it is now."""

    def kinds(self, skus: Iterable[str]) -> frozenset[str]:
        """Kinds of products, of those that are there."""


Send = Callable[[str, str], None]
"""`send(complaint id, group)`: put it on the queue; those of a group are done in order."""


def accept(desk: ComplaintDesk, command: Complain, key: CommandKey, send: Send) -> str:
    """Keep what was said, and have it opened; the same key always gives the same complaint's id.

    It is accepted when this returns: kept, and in the queue. The same key again puts it there again, which is harmless.
    """
    intake = command.intake
    said = {
        "intake": asdict(intake),
        "subject": command.subject,
        "text": command.text,
        "contact": {name: value for name, value in command.contact.items() if value},
        "actor": command.actor.model_dump(),
        "node_id": command.node_id,
        "product_kind": command.product_kind,
    }

    def first() -> str:
        desk.repository.accept(intake.complaint_id, key.claim(complaint_id=intake.complaint_id), said)
        return intake.complaint_id

    complaint_id = once(desk.repository, key, first, lambda held: str(held["complaint_id"]))
    send(complaint_id, intake.order_id or complaint_id)
    return complaint_id


@dataclass(frozen=True, slots=True)
class Opening:
    """Opens what was accepted, from the queue. It may be called any number of times for one complaint."""

    desk: ComplaintDesk
    orders: OrderRepository
    shop: Shop

    def open(self, complaint_id: str) -> Complaint | None:
        """The complaint; None when what was said is gone, since whoever said it was forgotten meanwhile."""
        try:
            return self.desk.read(complaint_id)
        except ComplaintNotFound:
            said = self.desk.repository.apart(complaint_id).get(TEXT_SLOT)
        if said is None:
            return None
        intake, terms = Intake(**said["intake"]), self.desk.policies.terms(said["intake"]["channel"])
        facts = self._facts(intake, said, terms)
        named = {terms.department, *(rule.department for rule in terms.routes)}
        departments = {name: self.desk.policies.department(name) for name in sorted(named)}
        decision = opening(intake, facts, terms, departments, self.desk.now())
        return self.desk.open(decision, Actor.model_validate(said["actor"]))

    def _facts(self, intake: Intake, said: Mapping[str, Any], terms: ComplaintTerms) -> Facts:
        state = self._order(intake.order_id)
        nodes = {said["node_id"]} if said.get("node_id") else set()
        kinds = {said["product_kind"]} if said.get("product_kind") else set()
        if state is not None:
            nodes |= {each.node_id for each in state.fulfilments.values()}
            kinds |= self.shop.kinds({line.sku for line in state.lines})
        return Facts(
            text=f"{said['subject']}\n{said['text']}",
            category=intake.category,
            stated=intake.stated,
            amount=state.header.owed if state else None,
            currency=state.header.currency if state else None,
            segment=self.shop.segment(intake.customer) if intake.customer else None,
            earlier=self._earlier(intake, terms),
            nodes=frozenset(nodes),
            product_kinds=frozenset(kinds),
        )

    def _order(self, order_id: str | None) -> OrderState | None:
        if order_id is None:
            return None
        try:
            return self.orders.load(order_id)
        except OrderNotFound:  # it was erased meanwhile; the complaint stands
            return None

    def _earlier(self, intake: Intake, terms: ComplaintTerms) -> tuple[str, ...]:
        if not intake.customer or not terms.repeat_days:
            return ()
        since = to_iso(self.desk.now() - timedelta(days=terms.repeat_days))
        return tuple(self.desk.repository.earlier(intake.customer, since))
