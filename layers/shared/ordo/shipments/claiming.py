"""Claims against carriers, carried out at the order's desk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ordo.catalog.carrier_terms import CarrierTerms, ClaimTerms
from ordo.catalog.documents import CatalogRepository, Kind
from ordo.kernel.errors import Code, NotFound, OrdoError
from ordo.orders.decision import Decision, NoChange
from ordo.orders.desk import Changed, OrderDesk
from ordo.orders.errors import OrderNotFound
from ordo.orders.keys import CommandKey, once
from ordo.orders.model import Actor, OrderHeader, OrderState, order_of
from ordo.shipments.claim_model import CarrierClaim
from ordo.shipments.claims import Decide, OpenClaim, claim_of, opened_claim
from ordo.shipments.errors import ShipmentNotFound

FIRST = ("state", "recovered", "answer_by", "changed_at")
"""What a repeated payment's answer is told of as it was then."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim and the order's version by it."""

    claim: CarrierClaim
    version: int


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for a change, and of which version; None: of any."""

    actor: Actor
    visible: Callable[[OrderHeader], bool]
    version: int | None = None


@dataclass(frozen=True, slots=True)
class ClaimDesk:
    """The order's desk, and where carriers' terms are."""

    desk: OrderDesk
    catalog: CatalogRepository

    def terms(self, carrier: str) -> ClaimTerms:
        """Of a carrier; the usual ones when it has no document."""
        found = self.catalog.get_many(Kind.CARRIER, [carrier]).get(carrier)
        return CarrierTerms.of(carrier, found.body if found else {}).claims

    def open(self, command: OpenClaim, key: CommandKey, asked: Asked) -> Claimed:
        """Draft a claim; a parcel and reason that have one already have that one. The same key gets the same claim.

        Raises `ShipmentNotFound`, what `opened_claim` raises, `VersionConflict`, `idempotency_key_reused` and `Busy`.
        """

        def command_once() -> Claimed:
            try:
                changed = self._change(
                    key.order_id, _keyed(in_currency(opened_claim(command), command.currency), key), asked
                )
            except OrderNotFound:
                raise ShipmentNotFound(command.shipment_id) from None
            known = claim_of(changed.state, command.shipment_id, command.tracking_number, command.reason)
            return _claimed(changed, known)

        return once(self.desk.repository, key, command_once, self._first(key.order_id))

    def move(self, claim: str, decide: Decide, asked: Asked) -> Claimed:
        """Carry out what came of a claim; the same again changes nothing. Raises `NotFound`, what `decide` raises,
        `VersionConflict` and `Busy`.
        """
        try:
            changed = self._change(order_of(claim), decide, asked)
        except OrderNotFound:
            raise NotFound(f"There is no claim {claim}.") from None
        return _claimed(changed, changed.state.claims.get(claim))

    def recover(self, claim: str, decide: Decide, key: CommandKey, asked: Asked) -> Claimed:
        """The same for a payment of the carrier, which counts once for each key."""
        return once(
            self.desk.repository,
            key,
            lambda: self.move(claim, _keyed(decide, key), asked),
            self._first(key.order_id),
        )

    def _change(self, order_id: str, decide: Decide, asked: Asked) -> Changed:
        return self.desk.change(
            order_id, decide, actor=asked.actor, visible=asked.visible, expected_version=asked.version
        )

    def _first(self, order_id: str) -> Callable[[dict[str, Any]], Claimed]:
        def answer(held: dict[str, Any]) -> Claimed:
            claim = self.desk.repository.load(order_id).claims[held["claim_id"]]
            return Claimed(CarrierClaim.model_validate({**claim.model_dump(), **held["then"]}), held["version"])

        return answer


def in_currency(decide: Decide, currency: str | None) -> Decide:
    """Refuse an amount of another currency than the order's; None: there is none."""

    def decided(state: OrderState, now: datetime) -> Decision | NoChange:
        if currency not in (None, state.header.currency):
            raise OrdoError(
                f"The order is in {state.header.currency}.",
                code=Code.CURRENCY_MISMATCH,
                pointer="/amount/currency",
                facts={"currency": state.header.currency},
            )
        return decide(state, now)

    return decided


def _keyed(decide: Decide, key: CommandKey) -> Decide:
    """The decision with the key's claim, which keeps what its answer is rebuilt from."""

    def decided(state: OrderState, now: datetime) -> Decision | NoChange:
        found = decide(state, now)
        if isinstance(found, NoChange):
            return found
        claim = _written(found)
        then = {name: value for name, value in claim.model_dump(mode="json").items() if name in FIRST}
        held = key.claim(claim_id=claim.claim_id, version=found.header.seq + 1, then=then)
        return replace(found, claims=(*found.claims, held))

    return decided


def _claimed(changed: Changed, known: CarrierClaim | None) -> Claimed:
    claim = _written(changed.decision) if changed.decision else known
    if claim is None:
        raise LookupError("a decision that changes nothing knows its claim")
    return Claimed(claim, changed.header.version)


def _written(decision: Decision) -> CarrierClaim:
    return next(each for each in decision.records if isinstance(each, CarrierClaim))
