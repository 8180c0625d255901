"""Returns in words, as the page and messages say them, step by step. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ordo.aftersales.deciding import may_decide
from ordo.aftersales.model import Return
from ordo.kernel.clock import from_iso
from ordo.orders.model import OrderState
from ordo.tracking.history import carrier_name
from ordo.tracking.view import named
from ordo.tracking.words import Speech

STEPS = ("requested", "approved", "in_transit", "received", "settled")
_REACHED = {
    "requested": 0,
    "approved": 1,
    "in_transit": 2,
    "part_received": 3,
    "inspected": 3,
    "settled": 4,
}


@dataclass(frozen=True, slots=True)
class ReturnStep:
    """One step: its name, and whether it is `done`, `now` or `todo`."""

    name: str
    state: Literal["done", "now", "todo"]


@dataclass(frozen=True, slots=True)
class ReturnPart:
    """A return in words. `next` says what happens next; `withdraw` and `send`: what the customer may do. `label` is the
    address of a label to print.
    """

    return_id: str
    title: str
    status: str
    steps: tuple[ReturnStep, ...]
    next: str
    items: tuple[str, ...]
    money: str
    parcels: tuple[str, ...]
    withdraw: bool
    send: bool
    label: str


def return_part(found: Return, state: OrderState, speech: Speech, label: str = "") -> ReturnPart:
    """The return in words; `label` is where its label is printed from."""
    lines = {line.line_id: line for line in state.lines}
    items = tuple(
        speech("return.item", name=named(lines[each.line_id], each.part, speech), count=each.quantity)
        for each in found.lines
    )
    may = may_decide(found)
    waits = found.state in ("approved", "in_transit", "part_received") and not found.without_goods
    return ReturnPart(
        return_id=found.return_id,
        title=speech(f"return.title.{'claim' if found.without_goods else found.outcome}"),
        status=speech(f"return.state.{found.state}"),
        steps=() if found.without_goods else _steps(found),
        next=_next(found, speech),
        items=items,
        money=_money(found, state.header.currency, speech),
        parcels=tuple(
            speech(
                "return.parcel",
                carrier=carrier_name(each.carrier),
                number=each.parcel.tracking_number,
                status=speech(f"tracking.{each.parcel.status}"),
            )
            for each in found.sent
        ),
        withdraw="withdraw" in may,
        send=waits and (found.way == "own" or found.label_problem is not None),
        label=label,
    )


def _money(found: Return, currency: str, speech: Speech) -> str:
    if not found.refunded:
        return ""
    text = speech("return.refunded", amount=speech.money(found.refunded, currency))
    if not found.credited:
        return text
    return f"{text} {speech('return.credited', amount=speech.money(found.credited, currency))}"


def _steps(found: Return) -> tuple[ReturnStep, ...]:
    reached = _REACHED.get(found.state)
    if reached is None:
        return ()
    last = len(STEPS) - 1
    return tuple(
        ReturnStep(name, "done" if at < reached or reached == last else "now" if at == reached else "todo")
        for at, name in enumerate(STEPS)
    )


def _next(found: Return, speech: Speech) -> str:
    if found.state == "approved" and not found.sent and found.send_by:
        key = "label" if found.way != "own" and found.label_problem is None else "own"
        return speech(f"return.next.{key}", when=speech.day(from_iso(found.send_by)))
    if found.ending is not None and speech.knows(f"return.ending.{found.ending}"):
        return speech(f"return.ending.{found.ending}")
    key = f"return.next.{found.state}"
    return speech(key) if speech.knows(key) else ""
