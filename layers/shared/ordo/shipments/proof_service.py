"""Proofs of delivery and packing photos, carried out at the order's desk with the files that they name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ordo.kernel.geo import Location, distance_km
from ordo.orders.desk import OrderDesk
from ordo.orders.errors import OrderNotFound
from ordo.orders.keys import CommandKey, once
from ordo.orders.model import Actor, OrderHeader, OrderState, order_of
from ordo.shipments.errors import FulfilmentNotFound, ShipmentNotFound
from ordo.shipments.evidence import LIMITS, FileStore, Form, Named, take_evidence, upload_key
from ordo.shipments.model import Fulfilment
from ordo.shipments.photographing import photograph, require_photographable
from ordo.shipments.proof_model import FileKind, Proof, personal_slot
from ordo.shipments.proving import Prove, proofs_of, prove, require_provable
from ordo.shipments.work import find

Visible = Callable[[OrderHeader], bool]


@dataclass(frozen=True, slots=True)
class Proven:
    """A proof and the order's version by it."""

    proof: Proof
    version: int


@dataclass(frozen=True, slots=True)
class Upload:
    """Where a file is to be uploaded, and how much it may be."""

    file_id: str
    form: Form
    limit: int


@dataclass(frozen=True, slots=True)
class ProofDesk:
    """The order's desk, and where files are."""

    desk: OrderDesk
    files: FileStore

    def offer(self, order_id: str, kind: FileKind, content_type: str) -> Upload:
        """A form for one upload. Nothing is written until it is used."""
        file_id = self.desk.new_id("upl")
        form = self.files.form(upload_key(order_id, kind, file_id), content_type, LIMITS[kind])
        return Upload(file_id, form, LIMITS[kind])

    def offer_for_shipment(self, shipment_id: str, kind: FileKind, content_type: str, visible: Visible) -> Upload:
        """A form for a signature or photo; raises `ShipmentNotFound`."""
        self.shipment_order(shipment_id, visible)
        return self.offer(order_of(shipment_id), kind, content_type)

    def offer_for_packing(self, fulfilment_id: str, content_type: str, visible: Visible) -> Upload:
        """A form for a packing photo; raises `FulfilmentNotFound` and `NotAllowedNow`."""
        state = self._fulfilment_order(fulfilment_id, visible)
        require_photographable(state, find(state, fulfilment_id), 1)
        return self.offer(order_of(fulfilment_id), FileKind.PACKING_PHOTO, content_type)

    def record(
        self,
        command: Prove,
        named: tuple[Named, ...],
        place: Location | None,
        key: CommandKey,
        *,
        actor: Actor,
        visible: Visible,
    ) -> Proven:
        """Record a proof with the files that it names; the same key and body give the same answer.

        Raises `ShipmentNotFound`, `FileMissing`, `FileNotAccepted`, what `prove` raises, `idempotency_key_reused`, and
        `Busy`; then nothing of the order has changed.
        """

        def command_once() -> Proven:
            state = self.shipment_order(command.shipment_id, visible)
            require_provable(state, command)
            files = take_evidence(self.files, key.order_id, named)
            whole = replace(
                command,
                files=files,
                distance_m=self._distance_m(key.order_id, place),
                claim=lambda proof_id, version: key.claim(proof_id=proof_id, version=version),
            )
            changed = self.desk.change(key.order_id, prove(whole, self.desk.policies), actor=actor, visible=visible)
            records = changed.decision.records if changed.decision else ()
            proof = next(each for each in records if isinstance(each, Proof))
            return Proven(proof, changed.header.version)

        def first_answer(held: dict[str, Any]) -> Proven:
            return Proven(self.desk.repository.load(key.order_id).proofs[held["proof_id"]], held["version"])

        return once(self.desk.repository, key, command_once, first_answer)

    def add_packing_photos(
        self, fulfilment_id: str, named: tuple[Named, ...], *, actor: Actor, visible: Visible
    ) -> tuple[Fulfilment, int]:
        """The fulfilment with these photos too, and the order's version; photos that it has are not added again.

        Raises `FulfilmentNotFound`, `NotAllowedNow`, `FileMissing`, `FileNotAccepted` and `Busy`.
        """
        state, order_id = self._fulfilment_order(fulfilment_id, visible), order_of(fulfilment_id)
        before = find(state, fulfilment_id)
        known = {photo.file_id for photo in before.packing_photos}
        new = tuple(each for each in named if each.file_id not in known)
        if not new:
            return before, state.header.version
        require_photographable(state, before, 0)
        files = take_evidence(self.files, order_id, new)
        changed = self.desk.change(order_id, photograph(fulfilment_id, files), actor=actor, visible=visible)
        records = changed.decision.records if changed.decision else ()
        written = next((each for each in records if isinstance(each, Fulfilment)), None)
        return written or changed.state.fulfilments[fulfilment_id], changed.header.version

    def read(self, shipment_id: str, visible: Visible) -> list[Proof]:
        """The shipment's proofs, the oldest first; raises `ShipmentNotFound`."""
        return proofs_of(self.shipment_order(shipment_id, visible), shipment_id)

    def personal(self, proof: Proof) -> Mapping[str, Any] | None:
        """What is kept apart of a proof, without its salt; None when it was erased."""
        kept = self.desk.repository.contact(proof.order_id, personal_slot(proof.proof_id))
        return {name: value for name, value in kept.items() if name != "salt"} if kept else None

    def shipment_order(self, shipment_id: str, visible: Visible) -> OrderState:
        """The order that has this shipment; raises `ShipmentNotFound`."""
        try:
            state = self.desk.repository.load(order_of(shipment_id))
        except OrderNotFound:
            raise ShipmentNotFound(shipment_id) from None
        if not visible(state.header) or shipment_id not in state.shipments:
            raise ShipmentNotFound(shipment_id)
        return state

    def _fulfilment_order(self, fulfilment_id: str, visible: Visible) -> OrderState:
        try:
            state = self.desk.repository.load(order_of(fulfilment_id))
        except OrderNotFound:
            raise FulfilmentNotFound(fulfilment_id) from None
        if not visible(state.header):
            raise FulfilmentNotFound(fulfilment_id)
        return state

    def _distance_m(self, order_id: str, place: Location | None) -> int | None:
        """Metres from the device to the address, along the surface; None when either is not known."""
        contact = (self.desk.repository.contact(order_id) or {}) if place else {}
        location = (contact.get("ship_to") or {}).get("location")
        if place is None or not location:
            return None
        there = Location(float(location["lat"]), float(location["lon"]))
        return round(distance_km(place, there) * 1000)
