"""Comparing what a provider lists of a day with what orders have: each difference is an incident of its order, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, Protocol

from ordo.kernel.clock import Clock
from ordo.orders.decision import Decision, NoChange
from ordo.orders.desk import OrderDesk
from ordo.orders.errors import OrderNotFound
from ordo.orders.model import SYSTEM, OrderState
from ordo.orders.proposals import Policies
from ordo.payments.provider import Listed, PaymentProvider
from ordo.payments.trouble import opened_for

Difference = Literal["missing_here", "missing_there", "amount_differs", "twice"]
DAYS = 2
"""Each night the last so many days are compared again, so that a night that was missed is made up for."""


@dataclass(frozen=True, slots=True)
class Row:
    """A movement as an order has it."""

    order_id: str
    kind: Literal["captured", "refunded"]
    reference: str
    amount: int
    currency: str


class MovedRows(Protocol):
    """What orders recorded as moved, by provider and UTC day."""

    def on(self, provider: str, day: date) -> Iterable[Row]:
        """Every movement that was recorded on that day."""


@dataclass(frozen=True, slots=True)
class Found:
    """A difference. `order_id` None: the provider names no order of ours."""

    what: Difference
    kind: str
    reference: str
    order_id: str | None
    listed: int = 0
    recorded: int = 0


@dataclass(slots=True)
class Reconciled:
    """What a run found: movements that it compared, and incidents that it opened."""

    compared: int = 0
    opened: int = 0


def differences(listed: Iterable[Listed], rows: Iterable[Row], around: Iterable[Row]) -> list[Found]:
    """What does not agree. `rows` are those of the day, `around` those of the days beside it too: what is told in the
    last minutes of a day is recorded on the next. A movement that the provider lists twice for one instruction is told.
    """
    theirs = {(each.kind, each.reference): each for each in listed}
    ours = {(each.kind, each.reference): each for each in around}
    found = []
    times: Counter[tuple[str, str | None]] = Counter(
        (each.kind, each.instruction_id) for each in theirs.values() if each.instruction_id
    )
    for (kind, reference), each in theirs.items():
        mine = ours.get((kind, reference))
        if mine is None:
            twice = times[kind, each.instruction_id] > 1
            what: Difference = "twice" if twice else "missing_here"
            found.append(Found(what, kind, reference, each.order_id, listed=each.amount))
        elif (mine.amount, mine.currency) != (each.amount, each.currency):
            found.append(
                Found("amount_differs", kind, reference, mine.order_id, listed=each.amount, recorded=mine.amount)
            )
    gone = (mine for mine in rows if (mine.kind, mine.reference) not in theirs)
    found += [Found("missing_there", each.kind, each.reference, each.order_id, recorded=each.amount) for each in gone]
    return found


class Reconciler:
    """Compares accounts night by night."""

    def __init__(
        self,
        desk: OrderDesk,
        rows: MovedRows,
        provider: Callable[[str], PaymentProvider],
        clock: Clock,
        unmatched: Callable[[str, str], None] = lambda provider, reference: None,
    ) -> None:
        """`unmatched` hears of movements that the provider lists and that name no order of ours."""
        self._desk, self._rows, self._provider, self._clock = desk, rows, provider, clock
        self._unmatched = unmatched

    def run_all(self, names: Iterable[str]) -> dict[str, dict[str, int]]:
        """Compare every account that there is; how much was compared, and how many incidents that opened."""
        runs = {name: self.run(name) for name in names}
        return {name: {"compared": run.compared, "opened": run.opened} for name, run in runs.items()}

    def run(self, name: str) -> Reconciled:
        """Compare the last days of a provider. Raises `ProviderUnavailable` when it has no account or gives no list."""
        done, today = Reconciled(), self._clock().date()
        for back in range(DAYS, 0, -1):
            self._day(name, today - timedelta(days=back), done)
        return done

    def _day(self, name: str, day: date, done: Reconciled) -> None:
        provider = self._provider(name)
        listed = list(provider.listed(day))
        near = [each for offset in (-1, 1) for each in provider.listed(day + timedelta(days=offset))]
        rows = list(self._rows.on(name, day))
        around = [*rows, *(each for offset in (-1, 1) for each in self._rows.on(name, day + timedelta(days=offset)))]
        done.compared += len(listed)
        theirs = {(each.kind, each.reference) for each in near}
        for found in differences(listed, rows, around):
            if found.what == "missing_there" and (found.kind, found.reference) in theirs:
                continue  # it is listed on the day beside
            self._tell(found, name, done)

    def _tell(self, found: Found, name: str, done: Reconciled) -> None:
        if found.order_id is None:
            self._unmatched(name, found.reference)
            return

        def decide(state: OrderState, now: datetime) -> Decision | NoChange:
            return differing(state, now, found, name, self._desk.policies)

        try:
            done.opened += self._desk.change(found.order_id, decide, actor=SYSTEM).event is not None
        except OrderNotFound:
            self._unmatched(name, found.reference)


def differing(state: OrderState, now: datetime, found: Found, name: str, policies: Policies) -> Decision | NoChange:
    """An incident for the difference; nothing when there was one, or when the order has heard of it since."""
    if found.what in ("missing_here", "twice") and any(
        (each.provider, each.reference, each.kind) == (name, found.reference, found.kind)
        for each in state.payments.values()
    ):
        return NoChange()
    cause = f"reconciled#{found.what}#{found.kind}#{found.reference}"
    trouble = opened_for(state, state.header, cause, f"payment_{found.what}", policies, now)
    if not trouble.records:
        return NoChange()
    data = {
        "kind": "payment",
        "difference": found.what,
        "provider": name,
        "reference": found.reference,
        "listed": found.listed,
        "recorded": found.recorded,
        "currency": state.header.currency,
        **trouble.told(),
    }
    return Decision("incident.opened", trouble.header, data, records=trouble.records)
