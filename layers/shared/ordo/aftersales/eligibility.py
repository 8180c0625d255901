"""Whether something may come back, by the channel's policy: every rule that spoke, and what follows. Pure (law 5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ordo.aftersales.arrived import Came
from ordo.aftersales.model import Finding, Verdict, Wanted
from ordo.catalog.return_policies import FAULTS, ONLY_UNSEALED, ReturnPolicy
from ordo.kernel.clock import from_iso, to_iso
from ordo.orders.model import OrderState
from ordo.orders.proposals import stake_of
from ordo.pricing.model import PricedLine
from ordo.shipments.model import LineQuantity

_WORST: tuple[Verdict, ...] = ("automatic", "by_hand", "refused")


@dataclass(frozen=True, slots=True)
class Case:
    """What the policy is asked: units that have come, the reason, the classes of their products by SKU."""

    policy: ReturnPolicy
    lines: Sequence[Wanted]
    came: Mapping[str, Came]
    reason: str
    classes: Mapping[str, Sequence[str]]
    outcome: str = "refund"


def findings_of(state: OrderState, case: Case, now: datetime) -> tuple[Finding, ...]:
    """What each rule says, line by line, then of the whole."""
    ordered = {line.line_id: line for line in state.lines}
    found = [each for line in case.lines for each in _of_line(ordered[line.line_id], line, case, now)]
    return (*found, *_of_whole(state, case))


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """The strictest of all."""
    return max((each.verdict for each in findings), key=_WORST.index, default="automatic")


def worth_of(state: OrderState, lines: Iterable[Wanted]) -> int:
    """What the units cost at most, with tax, in minor units."""
    units = [LineQuantity(line_id=each.line_id, sku=each.sku, quantity=each.quantity, part=each.part) for each in lines]
    return stake_of(state.lines, units)


def window_until(at: str, days: int) -> datetime:
    """The end of a window of so many days. The day of the receipt does not count, and the last one ends at midnight
    wherever the customer lives: a day more by UTC is never less than that.
    """
    return from_iso(at) + timedelta(days=days + 1)


def offered_until(line: PricedLine, came: Came, policy: ReturnPolicy) -> datetime:
    """Until when units come back without a fault."""
    return window_until(came.at, policy.window_of(line.categories))


def _of_line(line: PricedLine, wanted: Wanted, case: Case, now: datetime) -> Iterator[Finding]:
    policy, came = case.policy, case.came[wanted.key]
    if case.reason in FAULTS:
        yield _window("fault_window", wanted, came.at, policy.fault_days, now)
        return
    yield _window(policy.window_rule, wanted, came.at, policy.window_of(line.categories), now)
    classes = {*case.classes.get(wanted.sku, ()), *case.classes.get(line.sku, ())}
    if line.custom:
        classes.add("custom")
    for each in policy.exclusions:
        if each.return_class in classes:
            yield _excluded(each.rule, each.return_class, wanted)
    for category in sorted(policy.excluded_categories.intersection(line.categories)):
        facts = {"category": category}
        yield Finding(rule="excluded_category", verdict="refused", line_id=wanted.line_id, facts=facts)


def _window(rule: str, wanted: Wanted, at: str, days: int, now: datetime) -> Finding:
    until = window_until(at, days)
    facts: dict[str, Any] = {"received_at": at, "days": days, "until": to_iso(until)}
    return Finding(rule=rule, verdict="automatic" if now < until else "refused", line_id=wanted.line_id, facts=facts)


def _excluded(rule: str, name: str, wanted: Wanted) -> Finding:
    """What counts only once unsealed may come back while nobody says that it was: that is judged at inspection."""
    facts: dict[str, Any] = {"class": name}
    if name not in ONLY_UNSEALED:
        return Finding(rule=rule, verdict="refused", line_id=wanted.line_id, facts=facts)
    verdict: Verdict = "refused" if wanted.opened else "automatic"
    return Finding(rule=rule, verdict=verdict, line_id=wanted.line_id, facts={**facts, "opened": wanted.opened})


def _of_whole(state: OrderState, case: Case) -> Iterator[Finding]:
    policy, currency = case.policy, state.header.currency
    if case.outcome not in policy.outcomes:
        yield Finding(rule="outcome", verdict="refused", facts={"outcome": case.outcome, "may": list(policy.outcomes)})
    worth = worth_of(state, case.lines)
    limits = policy.automatic_faults if case.reason in FAULTS else policy.automatic
    most = None if limits is None else limits.get(currency)
    small = most is not None and worth <= most
    facts = {"worth": worth, "most": most, "currency": currency}
    yield Finding(rule="automatic_up_to", verdict="automatic" if small else "by_hand", facts=facts)
    if case.outcome == "repair":
        yield Finding(rule="repair_by_hand", verdict="by_hand")
