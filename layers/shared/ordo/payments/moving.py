"""Moving money: every open instruction of an order is asked of its provider, and what it says is recorded.

Safe to call at any time, by any number at once: the provider moves money once for each key, and the order takes each
report once. Who dies in between has done nothing that the next one does not find.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from ordo.capacity.model import NodeFull
from ordo.kernel.clock import from_iso
from ordo.orders.decision import Decision, NoChange
from ordo.orders.desk import OrderDesk
from ordo.orders.errors import ClaimTaken, CouponShort, StockShort
from ordo.orders.model import Actor, OrderState
from ordo.payments.instruction import TAKING, InstructionState, Movement, PaymentInstruction
from ordo.payments.outcomes import answered, dropped
from ordo.payments.paying import MOVED_HERE, at_the_door
from ordo.payments.provider import KEEPS, Answer, Ask, PaymentProvider, ProviderUnavailable
from ordo.payments.ways import Resource, Way, Ways

S, M = InstructionState, Movement
Providers = Callable[[str], PaymentProvider]
"""The provider of a tender's name; raises `ProviderUnavailable` without an account."""
Decide = Callable[[OrderState, datetime, Way], Decision | NoChange]


@dataclass(slots=True)
class Moved:
    """What one look at an order did: instructions by what was answered, and metrics to count."""

    answers: dict[str, str] = field(default_factory=dict)
    metrics: list[str] = field(default_factory=list)


class Mover:
    """Carries instructions out. `resource` looks for stock when money brings a cancelled order back."""

    def __init__(self, desk: OrderDesk, providers: Providers, resource: Resource) -> None:
        self._desk, self._providers, self._resource = desk, providers, resource

    def move(self, order_id: str, named: Collection[str] = ()) -> Moved:
        """Ask for all that is requested, and for the `named` ones again that nobody knows of or that were to be told of
        later. Raises `OrderNotFound`, and `Busy` when nothing could be recorded.
        """
        moved = Moved()
        state = self._desk.repository.load(order_id)
        for instruction in sorted(state.instructions.values(), key=lambda each: each.requested_at):
            mine = instruction.provider in MOVED_HERE and instruction.is_open
            if mine and (instruction.state is S.REQUESTED or instruction.instruction_id in named):
                self._one(order_id, instruction.instruction_id, moved)
        return moved

    def _one(self, order_id: str, instruction_id: str, moved: Moved) -> None:
        state = self._desk.repository.load(order_id)  # as it is after the one before
        instruction = state.instructions[instruction_id]
        if not instruction.is_open:
            return
        if not_wanted(state, instruction):
            self._unwanted(state, instruction, moved)
            return
        answer = self._asked(state, instruction)
        moved.answers[instruction_id] = answer.state if answer else "unknown"
        self.record(order_id, instruction_id, answer, moved)

    def _unwanted(self, state: OrderState, instruction: PaymentInstruction, moved: Moved) -> None:
        """It is not asked for any more; whoever died after asking may have moved it all the same."""
        order_id, name = instruction.order_id, instruction.instruction_id
        try:
            known = self._providers(instruction.provider).look_up(ask_of(state, instruction), instruction.movement)
        except ProviderUnavailable:
            moved.answers[name] = "unknown"
            return  # it is looked at again when its time has come
        if known is not None:
            moved.answers[name] = known.state
            self.record(order_id, name, known, moved)
            return
        self._desk.change(order_id, partial(_dropped, name), actor=_actor(instruction))
        moved.answers[name] = "dropped"

    def _asked(self, state: OrderState, instruction: PaymentInstruction) -> Answer | None:
        try:
            provider = self._providers(instruction.provider)
            return ask_provider(provider, instruction, ask_of(state, instruction), self._desk.now())
        except ProviderUnavailable:
            return None

    def record(self, order_id: str, instruction_id: str, answer: Answer | None, moved: Moved | None = None) -> None:
        """Keep what the provider said, or that it said nothing."""

        def decide(state: OrderState, now: datetime, way: Way) -> Decision | NoChange:
            return answered(state, now, instruction_id, answer, self._desk.policies, way)

        provider = self._desk.repository.load(order_id).instructions[instruction_id]
        metrics = decided_by_any_way(self._desk, self._resource, order_id, decide, _actor(provider))
        if moved is not None:
            moved.metrics.extend(metrics)


def decided_by_any_way(
    desk: OrderDesk, resource: Resource, order_id: str, decide: Decide, actor: Actor
) -> tuple[str, ...]:
    """Decide and write; what the order needs when it comes back is looked for wherever it is. Gives the metrics."""
    ways = Ways(desk, resource, order_id)
    while True:
        way = ways.way
        try:
            changed = desk.change(order_id, lambda state, now, way=way: decide(state, now, way), actor=actor)  # type: ignore[misc]
        except (StockShort, NodeFull, CouponShort, ClaimTaken) as refusal:
            ways.look_elsewhere(refusal)
        else:
            return changed.decision.metrics if changed.decision else ()


def _dropped(instruction_id: str, state: OrderState, now: datetime) -> Decision | NoChange:
    return dropped(state, instruction_id, now)


def _actor(instruction: PaymentInstruction) -> Actor:
    return Actor(type="provider", id=instruction.provider)


def not_wanted(state: OrderState, instruction: PaymentInstruction) -> bool:
    """Whether it was overtaken before the provider took it: less is due back, or no money is to be taken."""
    if instruction.state not in (S.REQUESTED, S.UNKNOWN):
        return False
    header = state.header
    if instruction.movement is M.REFUND:
        return header.funds.refund_due < instruction.left
    if instruction.movement not in TAKING:
        return False
    due = 0 if header.units.total == header.units.cancelled else header.owed - at_the_door(header.paying, header.owed)
    return due - header.funds.kept - header.funds.promised < instruction.left


def ask_of(state: OrderState, instruction: PaymentInstruction) -> Ask:
    """What the provider is asked, from the order as it is."""
    tender = next((each for each in state.header.paying.tenders if each.tender_id == instruction.tender_id), None)
    return Ask(
        key=instruction.key,
        instruction_id=instruction.instruction_id,
        order_id=instruction.order_id,
        amount=instruction.left,
        currency=state.header.currency,
        of=instruction.of,
        method=tender.method if tender else None,
        payer=tender.payer if tender else None,
        customer_id=state.header.customer_id,
        reference=instruction.reference if instruction.state is S.SENT else None,
        asked_at=instruction.asked_at,
    )


def ask_provider(provider: PaymentProvider, instruction: PaymentInstruction, ask: Ask, now: datetime) -> Answer:
    """Ask for the movement by its key. One that the provider may know already is looked up first: it may have
    forgotten the key by now, or keep the failure that it answered before.
    """
    asked_at = from_iso(instruction.asked_at or instruction.requested_at)
    if instruction.state in (S.SENT, S.UNKNOWN) or now - asked_at >= KEEPS:
        known = provider.look_up(ask, instruction.movement)
        if known is not None:
            return known
    calls: Mapping[Movement, Callable[[Ask], Answer]] = {
        M.AUTHORISE: provider.authorise,
        M.CAPTURE: provider.capture,
        M.VOID: provider.void,
        M.REFUND: provider.refund,
        M.CHARGE: provider.charge,
    }
    try:
        return calls[instruction.movement](ask)
    except ValueError:  # an amount that the provider cannot say
        return Answer("declined", error="amount_not_possible", for_good=True)


def take(mover: Mover, body: Mapping[str, object]) -> Moved:
    """What a message of the queue asks for: the order of a bus event. Raises `ValueError` for any other message."""
    detail = body.get("detail")
    if not isinstance(detail, Mapping) or "order_id" not in detail:
        raise ValueError("not an event of an order")
    told = (detail.get("data") or {}).get("instructions") or ()
    return mover.move(str(detail["order_id"]), {str(each["instruction_id"]) for each in told})
