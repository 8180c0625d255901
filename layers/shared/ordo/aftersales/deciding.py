"""What is decided about a return, by staff, by the policy, by the customer or by time. Pure decisions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from ordo.aftersales.books import find_return, in_days, in_hours, moved, require_state
from ordo.aftersales.claiming import Remedies, claim_settled
from ordo.aftersales.exchanging import close, drafted, has_left, reserve
from ordo.aftersales.model import MIXED, Ending, Finding, Inspected, Return
from ordo.aftersales.receiving import with_deductions
from ordo.aftersales.settling import due_for, postings_for, with_payout
from ordo.kernel.clock import to_iso
from ordo.kernel.errors import NotAllowedNow, OrdoError
from ordo.orders.deadlines import REMINDER
from ordo.orders.decision import Decision, NoChange
from ordo.orders.model import OrderState
from ordo.orders.posting import with_postings

Decided = Literal["approve", "refuse", "withdraw", "settle", "reject", "repaired", "give_up"]
"""`settle`: pay for what came; `reject`: pay nothing for it; `repaired`: it was mended and is on its way back;
`give_up`: nothing more comes of it, and whoever has new goods for it pays for them.
"""
OVERDUE_RETURNS = "OverdueOrders"
"""The metric of what is overdue and needs a person; it has an alarm."""
REPEATS = {
    "approve": ("approved", "in_transit", "part_received", "inspected", "settled"),
    "refuse": ("refused",),
    "withdraw": ("ended",),
    "settle": ("settled",),
    "reject": ("ended",),
    "repaired": ("settled",),
    "give_up": ("ended",),
}
"""States in which the decision was made before: the same again changes nothing."""

Decide = Callable[[OrderState, datetime], Decision | NoChange]


@dataclass(frozen=True, slots=True)
class DecideReturn:
    """The command. `by` is a reference; `rule` is why, where it is no person. `store_credit`: how much of the refund at
    most is credit in the shop (minor units), in place of what was asked for.
    """

    return_id: str
    decided: Decided
    by: str
    reason: str | None = None
    rule: str | None = None
    store_credit: int | None = None


def decide_return(command: DecideReturn, remedies: Remedies) -> Decide:
    """Do what was decided; the same again changes nothing. Raises `NotFound` and `NotAllowedNow`."""

    def decide(state: OrderState, now: datetime) -> Decision | NoChange:
        found = find_return(state, command.return_id)
        if _is_repeat(found, command.decided):
            return NoChange()
        if command.store_credit is not None:
            found = _mixed(found, command.store_credit, command.decided)
        if command.decided == "approve":
            return _approval(state, found, command, remedies, now)
        if command.decided == "refuse":
            require_state(found, "requested", do="refused")
            if found.units:
                raise NotAllowedNow("Goods of it have come: end it when all are there.", facts={"state": found.state})
            return _ended(state, found, "refused", command, now)
        if command.decided == "withdraw":
            return _withdrawal(state, found, command, remedies, now)
        if command.decided == "give_up":
            require_state(found, "approved", "in_transit", do="given up")
            return _closed(state, found, "timed_out", command, remedies, now)
        return _settled(state, found, command, remedies, now)

    return decide


def may_decide(found: Return) -> tuple[Decided, ...]:
    """What may be decided about it now."""
    if found.state == "requested":
        return ("approve",) if found.units else ("approve", "refuse", "withdraw")
    if found.state == "approved" and not found.sent:
        return ("withdraw", "give_up")
    if found.state in ("approved", "in_transit"):
        return ("give_up",)
    if found.state == "inspected":
        return ("repaired", "settle", "reject") if found.outcome == "repair" else ("settle", "reject")
    return ()


def _mixed(found: Return, credit: int, decided: Decided) -> Return:
    if decided not in ("approve", "settle"):
        raise OrdoError("Only what is paid for has a part as credit.", pointer="/store_credit")
    if found.outcome not in MIXED:
        facts = {"outcome": found.outcome}
        raise OrdoError("Only a refund can be part money and part credit.", pointer="/store_credit", facts=facts)
    return found.model_copy(update={"credit_wanted": max(credit, found.credited)})


def _is_repeat(found: Return, decided: Decided) -> bool:
    if decided == "approve":
        return found.decided_at is not None and found.state in REPEATS["approve"]
    if decided == "reject":
        return found.ending == "rejected"
    if decided in ("withdraw", "give_up"):
        return found.ending == ("withdrawn" if decided == "withdraw" else "timed_out")
    return found.state in REPEATS[decided]


def _with_rule(found: Return, command: DecideReturn) -> Return:
    if command.rule is None:
        return found
    verdict = "refused" if command.decided in ("refuse", "reject") else "automatic"
    finding = Finding(rule=command.rule, verdict=verdict)
    return found.model_copy(update={"findings": (*found.findings, finding)})


def _approval(state: OrderState, found: Return, command: DecideReturn, remedies: Remedies, now: datetime) -> Decision:
    require_state(found, "requested", do="approved")
    moment = to_iso(now)
    decided = _with_rule(found, command).model_copy(update={"decided_by": command.by, "decided_at": moment})
    if found.without_goods:
        return claim_settled(state, decided, remedies, now, command.reason)
    if found.units and found.exchange is not None:
        raise NotAllowedNow("Goods of it came before: settle it for money.", facts={"state": found.state})
    if found.units:
        return _paid(state, decided, command, remedies, now, type_="return.approved")
    send_by = in_days(moment, found.terms.send_days)
    arrive_by = in_days(moment, found.terms.arrive_days)
    dates = {"send_by": send_by, "arrive_by": arrive_by}
    begun = decided.now("in_transit" if found.sent else "approved", now, **dates)
    after = begun.model_copy(update={"deadline": arrive_by if found.sent else send_by})
    told = {"send_by": send_by, "way": found.way, "by_rule": command.rule}
    if found.exchange is None:
        return replace(
            moved("return.approved", state.header, after, reason=command.reason), data={**after.told(), **told}
        )
    draft, exchange = reserve(state, after, remedies.means, now)
    after = after.model_copy(update={"exchange": exchange})
    money = {"price": exchange.price, "credit": exchange.credit, "to_pay": draft.to_pay}
    return drafted("return.approved", draft, after, reason=command.reason, **told, exchange=money)


def _withdrawal(state: OrderState, found: Return, command: DecideReturn, remedies: Remedies, now: datetime) -> Decision:
    require_state(found, "requested", "approved", do="withdrawn")
    if found.units or found.sent:
        raise NotAllowedNow("Something of it is on its way or has come.", facts={"state": found.state})
    if has_left(state, found):
        raise NotAllowedNow("The new goods are on their way.", facts={"state": found.state})
    return _closed(state, found, "withdrawn", command, remedies, now)


def _closed(
    state: OrderState, found: Return, ending: Ending, command: DecideReturn, remedies: Remedies, now: datetime
) -> Decision:
    """It ends, and an exchange with it."""
    if found.exchange is None or not found.exchange.line_ids:
        return _ended(state, found, ending, command, now)
    draft = close(state, found, remedies.accounts, now)
    after = _with_rule(found, command).now("ended", now, ending=ending, expired=False)
    return drafted("return.ended", draft, after, reason=command.reason, ending=ending, to_pay=draft.to_pay)


def _ended(state: OrderState, found: Return, ending: Ending, command: DecideReturn, now: datetime) -> Decision:
    refused = ending in ("refused", "unanswered")
    who = {"decided_by": command.by, "decided_at": to_iso(now)} if refused else {}
    after = _with_rule(found, command).now("refused" if refused else "ended", now, ending=ending, **who)
    type_ = "return.refused" if refused else "return.ended"
    rules = [each.rule for each in after.findings if each.verdict == "refused"]
    return moved(type_, state.header, after, reason=command.reason, ending=ending, rules=rules)


def _settled(state: OrderState, found: Return, command: DecideReturn, remedies: Remedies, now: datetime) -> Decision:
    require_state(found, "inspected", do=f"decided so ({command.decided})")
    decided = _with_rule(found, command)
    if found.decided_at is None:
        decided = decided.model_copy(update={"decided_by": command.by, "decided_at": to_iso(now)})
    if command.decided == "reject":
        return _closed(state, decided, "rejected", command, remedies, now)
    if command.decided == "repaired":
        if found.outcome != "repair":
            raise NotAllowedNow("It was not to be repaired.", facts={"outcome": found.outcome})
        return moved("return.settled", state.header, decided.now("settled", now), reason=command.reason)
    return _paid(state, decided, command, remedies, now, type_="return.settled")


def _paid(
    state: OrderState,
    found: Return,
    command: DecideReturn,
    remedies: Remedies,
    now: datetime,
    *,
    type_: str,
) -> Decision:
    """What came is paid for now, since it is decided only now."""
    unpaid: tuple[Inspected, ...] = found.units
    due = due_for(state, found, unpaid, remedies.accounts)
    postings = postings_for(state, found, due, now)
    money = {
        "units": with_deductions(unpaid, due),
        "refunded": found.refunded + due.payout,
        "deducted": found.deducted + due.deducted,
        "label_charged": found.label_charged or bool(due.label_fee),
    }
    done = found.state == "inspected"
    after = found.now("settled" if done else "part_received", now, **money)
    if not done:
        arrive_by = in_days(to_iso(now), found.terms.arrive_days)
        after = after.model_copy(update={"arrive_by": arrive_by, "deadline": arrive_by})
    currency = state.header.currency
    header, after = with_payout(state.header, with_postings(state.header, postings), after)
    return moved(
        type_,
        header,
        after,
        *postings,
        reason=command.reason,
        implies=("return.settled",) if done and type_ != "return.settled" else (),
        refund={"amount": due.payout, "currency": currency},
        deducted={"amount": due.deducted, "currency": currency},
    )


def left_to_people(return_id: str, code: str) -> Decide:
    """What was to be decided by the policy cannot be done, for the reason of this code: people decide."""

    def decide(state: OrderState, now: datetime) -> Decision | NoChange:
        found = find_return(state, return_id)
        if not found.expired and (found.state != "requested" or found.verdict == "by_hand"):
            return NoChange()
        why = Finding(rule="not_possible", verdict="by_hand", facts={"code": code})
        after = found.now(found.state, now, verdict="by_hand", findings=(*found.findings, why), expired=False)
        return moved("return.overdue", state.header, after, problem=code)

    return decide


def return_due(state: OrderState, now: datetime) -> Decision | NoChange:
    """What the watcher does when a return's deadline has passed: the first that is due, one at a time.

    A request that nobody answered is answered as the policy says, by whoever carries it; goods that were never sent end
    it; whatever else waits is said again every day.
    """
    present = to_iso(now)
    due = (each for each in state.returns.values() if each.is_open and each.deadline <= present)
    found = min(due, key=lambda each: (each.deadline, each.return_id), default=None)
    if found is None:
        return NoChange()
    command = DecideReturn(found.return_id, "refuse", "ordo", rule="unanswered")
    if found.state == "requested" and found.terms.unanswered == "refuse" and found.verdict == "by_hand":
        return _ended(state, found, "unanswered", command, now)
    if found.state == "approved" and not (found.exchange and found.exchange.line_ids):
        return _ended(state, found, "timed_out", DecideReturn(found.return_id, "withdraw", "ordo"), now)
    changes: dict[str, Any] = {
        "deadline": in_hours(now, int(REMINDER.total_seconds() // 3600)),
        "reminders": found.reminders + 1,
    }
    if found.exchange and found.state in ("approved", "in_transit"):
        changes["expired"] = True
    if found.state == "requested" and found.terms.unanswered == "approve" and found.verdict == "by_hand":
        rule = Finding(rule="unanswered", verdict="automatic")
        changes |= {"verdict": "automatic", "findings": (*found.findings, rule)}
    after = found.now(found.state, now, **changes)
    overdue = moved("return.overdue", state.header, after, reminders=after.reminders)
    return replace(overdue, metrics=(OVERDUE_RETURNS,))
