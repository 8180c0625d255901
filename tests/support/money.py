"""A payment provider in memory: keeps keys as Stripe does; declines, is silent and answers late when it is told to."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal

from ordo.payments.provider import Answer, Ask, Listed, ProviderUnavailable

Mood = Literal["ok", "decline", "deaf", "lost", "late"]
"""How it takes a call: `deaf` did not hear it; `lost` did it and its answer was lost; `late` will say later."""


@dataclass
class Entry:
    """A payment as the provider has it."""

    reference: str
    order_id: str
    currency: str
    authorised: int
    captured: int = 0
    refunded: int = 0
    voided: bool = False
    instruction_id: str | None = None


@dataclass
class MemoryProvider:
    """See the module. `moods` are taken one by one, then all is well."""

    now: Callable[[], datetime]
    moods: deque[Mood] = field(default_factory=deque)
    payments: dict[str, Entry] = field(default_factory=dict)
    refunds: dict[str, tuple[str, int]] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    pending: dict[str, tuple[str, Ask]] = field(default_factory=dict)
    happened: list[tuple[date, Listed]] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)

    def authorise(self, ask: Ask) -> Answer:
        return self._once("authorise", ask)

    def capture(self, ask: Ask) -> Answer:
        return self._once("capture", ask)

    def void(self, ask: Ask) -> Answer:
        return self._once("void", ask)

    def refund(self, ask: Ask) -> Answer:
        return self._once("refund", ask)

    def charge(self, ask: Ask) -> Answer:
        return self._once("charge", ask)

    def look_up(self, ask: Ask, movement: str) -> Answer | None:
        return self.answers.get(ask.key)

    def listed(self, day: date) -> Iterable[Listed]:
        return [each for at, each in self.happened if at == day]

    def finish(self, key: str, *, well: bool = True) -> Answer:
        """What it said it would say later."""
        movement, ask = self.pending.pop(key)
        reference = self.answers[key].reference
        self.answers[key] = (
            self._do(movement, ask, reference) if well else Answer("declined", reference, error="failed")
        )
        return self.answers[key]

    def _once(self, movement: str, ask: Ask) -> Answer:
        self.calls.append((movement, ask.key))
        mood = self.moods.popleft() if self.moods else "ok"
        if mood == "deaf":
            raise ProviderUnavailable("timeout")
        if ask.key not in self.answers:
            self.answers[ask.key] = self._first(movement, ask, mood)
        if mood == "lost":
            raise ProviderUnavailable("timeout")
        return self.answers[ask.key]

    def _first(self, movement: str, ask: Ask, mood: Mood) -> Answer:
        if mood == "decline":
            return Answer("declined", None, error="card_declined")
        if mood == "late":
            self.pending[ask.key] = (movement, ask)
            return Answer("pending", f"{movement[:2]}_{ask.key}")
        return self._do(movement, ask)

    def _do(self, movement: str, ask: Ask, reference: str | None = None) -> Answer:
        reference = reference or f"{movement[:2]}_{ask.key}"
        if movement in ("authorise", "charge"):
            entry = Entry(reference, ask.order_id, ask.currency, ask.amount, instruction_id=ask.instruction_id)
            self.payments[reference] = entry
            if movement == "charge":
                self._capture(entry, ask)
            return Answer("done", reference, ask.amount)
        entry = self.payments[ask.of or ""]
        if movement == "capture":
            assert not entry.captured
            assert ask.amount <= entry.authorised
            self._capture(entry, ask)
            return Answer("done", entry.reference, ask.amount)
        if movement == "void":
            entry.voided = True
            return Answer("done", entry.reference, ask.amount)
        if entry.refunded + ask.amount > entry.captured:
            return Answer("declined", None, error="charge_already_refunded", for_good=True)
        entry.refunded += ask.amount
        self.refunds[reference] = (entry.reference, ask.amount)
        self._list("refunded", reference, ask, entry.reference)
        return Answer("done", reference, ask.amount)

    def _capture(self, entry: Entry, ask: Ask) -> None:
        entry.captured = ask.amount
        self._list("captured", entry.reference, replace(ask, instruction_id=entry.instruction_id or ""), None)

    def _list(self, kind: Literal["captured", "refunded"], reference: str, ask: Ask, of: str | None) -> None:
        told = Listed(kind, reference, ask.amount, ask.currency, ask.order_id, of, ask.instruction_id)
        self.happened.append((self.now().date(), told))
