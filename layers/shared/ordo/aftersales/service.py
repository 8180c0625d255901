"""Returns, carried out at the order's desk with the photos that they name and the channel's policy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from ordo.aftersales.books import find_return
from ordo.aftersales.claiming import Remedies
from ordo.aftersales.deciding import DecideReturn, decide_return
from ordo.aftersales.expecting import Expected, expected_of
from ordo.aftersales.model import Return, words_slot
from ordo.aftersales.receiving import Desk, Receive, Unannounced, receive
from ordo.aftersales.requesting import RequestReturn, request_return, require_requestable
from ordo.aftersales.sending import Send, send_back
from ordo.capacity.model import NodeFull
from ordo.catalog.return_policies import ReturnPolicy
from ordo.catalog.snapshot import CatalogSnapshot
from ordo.kernel.errors import Busy, NotAllowedNow, NotFound
from ordo.orders.decision import Decision
from ordo.orders.desk import Changed, OrderDesk
from ordo.orders.errors import ClaimTaken, NodeShort, OrderNotFound, StockShort
from ordo.orders.keys import CommandKey, once
from ordo.orders.model import Actor, OrderHeader, OrderState, order_of
from ordo.shipments.errors import TrackingNumberTaken
from ordo.shipments.evidence import Named, take_evidence
from ordo.shipments.proof_model import FileKind, KeptFile
from ordo.shipments.proof_service import ProofDesk, Upload
from ordo.shipments.waiting import WaitingStore

Visible = Callable[[OrderHeader], bool]
TRIES = 4
"""How often units are looked for again when others take the stock first."""


class Catalog(Protocol):
    """The catalogue, as far as it is asked."""

    def load_snapshot(
        self, channel: str, skus: Sequence[str], coupons: Sequence[str], now: datetime
    ) -> CatalogSnapshot:
        """The channel and the products, maybe cached."""
        ...


@dataclass(frozen=True, slots=True)
class Handled:
    """A return as it is now, with its order."""

    found: Return
    header: OrderHeader


@dataclass(frozen=True, slots=True)
class ReturnDesk:
    """The desk for proofs, which has the files; the catalogue; and what decisions ask. `receiving` is there where goods
    are counted, `store` where carriers' events wait. `restocked` hears of goods that are on a shelf again: somebody may
    wait for them.
    """

    proofs: ProofDesk
    catalog: Catalog
    remedies: Remedies
    receiving: Desk | None = None
    store: WaitingStore | None = None
    restocked: Callable[[Decision], None] = lambda decision: None

    @property
    def desk(self) -> OrderDesk:
        """The orders' desk."""
        return self.proofs.desk

    def policy(self, channel: str) -> ReturnPolicy:
        """The channel's policy as it is now; of a channel that is gone the usual one."""
        return _policy(self.catalog.load_snapshot(channel, (), (), self.desk.now()))

    def has_policy(self, channel: str) -> bool:
        """Whether the channel says how it takes returns: customers are offered them only then."""
        found = self.catalog.load_snapshot(channel, (), (), self.desk.now()).channel
        return found is not None and bool(found.return_policy)

    def asked(self, state: OrderState) -> tuple[ReturnPolicy, dict[str, Sequence[str]]]:
        """The channel's policy, and what the order's products are as far as returns go, by SKU."""
        sold = {line.stock_sku: line.sku for line in state.lines if not line.parts}
        sold |= {part.stock_sku: part.sku for line in state.lines for part in line.parts}
        skus = sorted({*sold.values(), *(line.sku for line in state.lines)})
        snapshot = self.catalog.load_snapshot(state.header.channel, skus, (), self.desk.now())
        known = {sku: each.return_classes for sku, each in snapshot.products.items()}
        return _policy(snapshot), {**known, **{stock: known.get(sku, ()) for stock, sku in sold.items()}}

    def options(self, state: OrderState) -> dict[str, Mapping[str, Sequence[str]]]:
        """The options that the order's products are sold with now, with their values, by SKU."""
        skus = sorted({line.sku for line in state.lines})
        snapshot = self.catalog.load_snapshot(state.header.channel, skus, (), self.desk.now())
        return {sku: each.options for sku, each in snapshot.products.items()}

    def offer(self, order_id: str, content_type: str, visible: Visible) -> Upload:
        """A form for a photo of the order's goods. Writes nothing."""
        self.visible(order_id, visible)
        return self.proofs.offer(order_id, FileKind.RETURN_PHOTO, content_type)

    def visible(self, order_id: str, visible: Visible) -> OrderState:
        """The order; raises `OrderNotFound`, also for one that is not visible."""
        state = self.desk.repository.load(order_id)
        if not visible(state.header):
            raise OrderNotFound(order_id)
        return state

    def read(self, return_id: str, visible: Visible) -> Handled:
        """The return; raises `NotFound`, also for one of an order that is not visible."""
        try:
            state = self.visible(order_of(return_id), visible)
        except OrderNotFound:
            raise NotFound(f"There is no return {return_id}.") from None
        return Handled(find_return(state, return_id), state.header)

    def words(self, found: Return) -> dict[str, Any]:
        """What the customer wrote (`note`) and where the label is (`label_url`), as far as they are there."""
        return self.desk.repository.contact(found.order_id, words_slot(found.return_id)) or {}

    def with_policy(self, command: RequestReturn, state: OrderState) -> RequestReturn:
        """The command with what the catalogue says now."""
        policy, classes = self.asked(state)
        return replace(command, policy=policy, classes=classes)

    def request(
        self, command: RequestReturn, named: tuple[Named, ...], key: CommandKey, *, actor: Actor, visible: Visible
    ) -> Handled:
        """Record a request with the photos that it names; the same key gives the same answer.

        Raises what `request_return` raises, `FileMissing`, `FileNotAccepted`, `idempotency_key_reused`, and `Busy`.
        """

        def command_once() -> Handled:
            state = self.visible(key.order_id, visible)
            asked = self.with_policy(command, state)
            require_requestable(state, asked)
            whole = replace(
                asked,
                files=take_evidence(self.proofs.files, key.order_id, named),
                claim=lambda name, version: key.claim(return_id=name, version=version),
            )
            changed = self.desk.change(key.order_id, request_return(whole), actor=actor, visible=visible)
            return self._handled(changed, None)

        return once(self.desk.repository, key, command_once, lambda held: self._first(held, visible))

    def preview(self, command: RequestReturn, order_id: str, visible: Visible) -> tuple[Handled, Expected | None]:
        """What a request would be, and come to if it were approved: nothing where the policy refuses it or it is to be
        repaired. Writes nothing; raises what `request_return` and approving it do.
        """
        state, now = self.visible(order_id, visible), self.desk.now()
        decision = request_return(self.with_policy(command, state))(state, now)
        found = next(each for each in decision.records if isinstance(each, Return))
        nothing = found.verdict == "refused" or found.outcome == "repair" or found.reship
        expected = None if nothing else expected_of(state, found, self.remedies, now)
        return Handled(found, state.header), expected

    def decide(self, command: DecideReturn, *, actor: Actor, visible: Visible, version: int | None = None) -> Handled:
        """The return after the decision; the same again changes nothing.

        Raises `NotFound`, `NotAllowedNow`, `OutOfStock`, `VersionConflict`, what refunds refuse, and `Busy`.
        """
        decide = decide_return(command, self.remedies)
        for _ in range(TRIES):
            try:
                changed = self.desk.change(
                    order_of(command.return_id), decide, actor=actor, visible=visible, expected_version=version
                )
            except OrderNotFound:
                raise NotFound(f"There is no return {command.return_id}.") from None
            except (NodeShort, NodeFull, StockShort):
                continue
            return self._handled(changed, command.return_id)
        raise Busy()

    def send(self, command: Send, *, actor: Actor, visible: Visible) -> Handled:
        """The return with the number of the customer's carrier; the same again changes nothing.

        Raises `NotFound`, `NotAllowedNow`, `TrackingNumberTaken` and `Busy`. What the carrier has said of it already is
        made due, so that the watcher records it within a minute.
        """
        order_id, decide = order_of(command.return_id), send_back(command)
        try:
            changed = self.desk.change(order_id, decide, actor=actor, visible=visible)
        except OrderNotFound:
            raise NotFound(f"There is no return {command.return_id}.") from None
        except ClaimTaken:
            # It may be taken by this very command, sent twice at once: the order as it is now tells.
            try:
                changed = self.desk.change(order_id, decide, actor=actor, visible=visible)
            except ClaimTaken:
                detail = "Another parcel has this tracking number."
                raise TrackingNumberTaken(detail, pointer="/tracking_number") from None
        if self.store is not None:
            self.store.make_due(command.carrier, command.tracking_number, self.desk.now())
        return self._handled(changed, command.return_id)

    def receive(
        self,
        command: Receive,
        named: Sequence[tuple[Named, ...]],
        key: CommandKey,
        *,
        actor: Actor,
        visible: Visible,
    ) -> Handled:
        """Count and inspect what came, with the photos of each group of units; the same key gives the same answer.

        Raises what `receive` raises, `FileMissing`, `FileNotAccepted`, `idempotency_key_reused`, and `Busy`.
        """

        def command_once() -> Handled:
            state = self._order(command, key.order_id, visible)
            whole = self._whole(command, state, self._files(key.order_id, named))
            claimed = replace(whole, claim=lambda name, version: key.claim(return_id=name, version=version))
            decide = receive(claimed, self._receiving())
            changed = self.desk.change(key.order_id, decide, actor=actor, visible=visible)
            if changed.decision is not None:
                self.restocked(changed.decision)
            return self._handled(changed, command.return_id)

        return once(self.desk.repository, key, command_once, lambda held: self._first(held, visible))

    def preview_receipt(self, command: Receive, order_id: str, visible: Visible) -> Handled:
        """What a receipt would do, without photos: the return as it would be. Writes nothing."""
        state = self._order(command, order_id, visible)
        decision = receive(self._whole(command, state, ()), self._receiving())(state, self.desk.now())
        after = next(each for each in decision.records if isinstance(each, Return))
        return Handled(after, decision.header)

    def _receiving(self) -> Desk:
        if self.receiving is None:
            raise NotAllowedNow("Goods are not received here.")
        return self.receiving

    def _order(self, command: Receive, order_id: str, visible: Visible) -> OrderState:
        try:
            return self.visible(order_id, visible)
        except OrderNotFound:
            if command.return_id is None:
                raise
            raise NotFound(f"There is no return {command.return_id}.") from None

    def _whole(self, command: Receive, state: OrderState, files: Sequence[tuple[KeptFile, ...]]) -> Receive:
        units = command.units
        if files:
            units = tuple(replace(each, files=own) for each, own in zip(units, files, strict=True))
        terms = Unannounced(*self.asked(state)) if command.return_id is None else None
        return replace(command, units=units, unannounced=terms)

    def _files(self, order_id: str, named: Sequence[tuple[Named, ...]]) -> Sequence[tuple[KeptFile, ...]]:
        return [take_evidence(self.proofs.files, order_id, each) for each in named]

    def _first(self, held: Mapping[str, Any], visible: Visible) -> Handled:
        return self.read(str(held["return_id"]), visible)

    @staticmethod
    def _handled(changed: Changed, return_id: str | None) -> Handled:
        written = changed.decision.records if changed.decision else ()
        found = next((each for each in written if isinstance(each, Return)), None)
        return Handled(found or changed.state.returns[str(return_id)], changed.header)


def _policy(snapshot: CatalogSnapshot) -> ReturnPolicy:
    return ReturnPolicy.of(snapshot.channel.return_policy if snapshot.channel is not None else None)
