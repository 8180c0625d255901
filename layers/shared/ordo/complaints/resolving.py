"""How a complaint is made good: decided, carried out through what the order or the catalogue has for it, then solved.

The decision is kept before anything is done. Whoever finds it pending does it; each way of doing it is done once for
one remedy, however often it is called. So who dies meanwhile leaves nothing half done for ever, and nothing done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ordo.catalog.bulk import MakeCoupons, codes_of, make_coupons, require_couponed
from ordo.catalog.documents import CatalogRepository
from ordo.complaints.deciding import deciding, refusing, resolving
from ordo.complaints.decision import Decision, NoChange
from ordo.complaints.model import Complaint, Remedy
from ordo.complaints.ports import Remedies
from ordo.complaints.service import Changed, ComplaintDesk, Visible
from ordo.kernel.canonical import canonical_json, sha256_hex
from ordo.kernel.clock import Clock
from ordo.kernel.errors import NotAllowedNow, OrdoError
from ordo.orders.keys import CommandKey, once
from ordo.orders.model import SYSTEM, Actor, ChangeKind

COUPON_LETTERS, COUPON_PREFIX = 10, "SORRY-"


@dataclass(frozen=True, slots=True)
class ResolveComplaint:
    """The command. Every outcome but an apology is carried out by something else, and is done when that is."""

    complaint_id: str
    remedy: Remedy
    version: int | None = None


def resolve(
    desk: ComplaintDesk, remedies: Remedies, command: ResolveComplaint, key: CommandKey, visible: Visible
) -> Complaint:
    """The complaint, made good. The same key gives the first answer again, and finishes what a crash has left.

    Raises `ComplaintNotFound`, `NotAllowedNow`, `ComplaintMoved`, and what orders and coupons refuse: then nothing was
    decided.
    """
    remedy = command.remedy

    def first() -> Complaint:
        header = desk.read(command.complaint_id, visible)
        if remedy.outcome != "apology" and header.pending is None and header.is_open:
            remedies.check(header, remedy)

        def decide(present: Complaint, now: datetime) -> Decision | NoChange:
            claim = key.claim(remedy_id=remedy.remedy_id)
            if remedy.outcome == "apology":
                return resolving(present, remedy, now, claim)
            return deciding(present, remedy, claim)

        changed = desk.change(
            command.complaint_id, decide, actor=remedy.by, expected_version=command.version, visible=visible
        )
        return changed.header

    def again(held: dict[str, Any]) -> Complaint:
        header = desk.read(command.complaint_id, visible)
        if not _knows(header, str(held["remedy_id"])):
            raise NotAllowedNow("What was decided could not be done; decide again, with another key.")
        return header

    return carry_out(desk, remedies, once(desk.repository, key, first, again), tell=True)


def _knows(header: Complaint, remedy_id: str) -> bool:
    """Whether it was, or is being, made good by this remedy."""
    there = (header.pending, header.remedy, *header.earlier)
    return any(each is not None and each.remedy_id == remedy_id for each in there)


def carry_out(desk: ComplaintDesk, remedies: Remedies, header: Complaint, *, tell: bool = False) -> Complaint:
    """Do what is pending and solve the complaint by it; nothing when nothing is.

    What cannot be done after all is noted and pending no more; with `tell` that refusal is raised, too.
    """
    remedy = header.pending
    if remedy is None:
        return header
    try:
        done = remedies.carry_out(header, remedy)
    except OrdoError as refused:
        if refused.code.status >= 500:  # it was busy: again
            raise
        code = refused.code.code
        changed = _by(desk, header, lambda present, _now: refusing(present, remedy.remedy_id, code), SYSTEM)
        if tell:
            raise
        return changed.header
    return _by(desk, header, lambda present, now: resolving(present, done, now), remedy.by).header


def _by(
    desk: ComplaintDesk,
    header: Complaint,
    decide: Callable[[Complaint, datetime], Decision | NoChange],
    actor: Actor,
) -> Changed:
    return desk.change(header.complaint_id, decide, actor=actor)


class OrderRemedies(Protocol):
    """Changes of an order that make good (`ordo.complaints.order_remedies`); what was done once is found done."""

    def check(self, order_id: str, kind: ChangeKind, asked: Mapping[str, Any], remedy: Remedy) -> None:
        """Raise what the change would be refused for."""

    def carry_out(self, order_id: str, kind: ChangeKind, asked: Mapping[str, Any], remedy: Remedy) -> str:
        """The id of the change that did it."""


@dataclass(frozen=True, slots=True)
class AllRemedies:
    """The `Remedies` of production: money and goods by changes of the order, coupons by the catalogue.

    What is done again without a parcel to be replaced (a room is cleaned, a dish is cooked) is the department's own
    work: saying that it was done is all.
    """

    orders: OrderRemedies
    catalog: CatalogRepository
    secret: Callable[[], bytes]
    clock: Clock

    def check(self, complaint: Complaint, remedy: Remedy) -> None:
        match remedy.outcome:
            case "coupon":
                self._require_promotion(remedy)
            case "refund":
                self.orders.check(_order(complaint), "goodwill", _money(remedy, complaint), remedy)
            case "redo" if remedy.incident_id:
                self.orders.check(_order(complaint), "reship", {"incident_id": remedy.incident_id}, remedy)

    def carry_out(self, complaint: Complaint, remedy: Remedy) -> Remedy:
        asked: dict[str, Any]
        kind: ChangeKind
        match remedy.outcome:
            case "coupon":
                return remedy.model_copy(update={"code": self._coupon(complaint, remedy)})
            case "refund":
                asked, kind = _money(remedy, complaint), "goodwill"
            case "redo" if remedy.incident_id:
                asked, kind = {"incident_id": remedy.incident_id}, "reship"
            case _:
                return remedy
        change_id = self.orders.carry_out(_order(complaint), kind, asked, remedy)
        return remedy.model_copy(update={"change_id": change_id})

    def _require_promotion(self, remedy: Remedy) -> None:
        if remedy.promotion_id is None:
            raise NotAllowedNow("The channel names no promotion for coupons (complaints.coupon_promotion).")
        require_couponed(self.catalog, remedy.promotion_id)

    def _coupon(self, complaint: Complaint, remedy: Remedy) -> str:
        """One use, of one coupon, made once for one remedy."""
        self._require_promotion(remedy)
        terms = {"total_limit": 1, "customer_limit": 1} if complaint.customer else {"total_limit": 1}
        command = MakeCoupons(
            promotion_id=remedy.promotion_id or "",
            client_id="complaints",
            key=remedy.remedy_id,
            count=1,
            prefix=COUPON_PREFIX,
            length=COUPON_LETTERS,
            terms=terms,
            body_hash=sha256_hex(canonical_json([remedy.remedy_id, remedy.promotion_id])),
        )
        (code,) = make_coupons(self.catalog, command, codes_of(command, self.secret()), self.clock())
        return code


def _order(complaint: Complaint) -> str:
    if complaint.order_id is None:
        raise NotAllowedNow("The complaint belongs to no order: there is nothing to refund or to send again.")
    return complaint.order_id


def _money(remedy: Remedy, complaint: Complaint) -> dict[str, Any]:
    if remedy.amount is None:
        raise NotAllowedNow("A refund names its amount.", facts={"complaint_id": complaint.complaint_id})
    return {"amount": remedy.amount}
