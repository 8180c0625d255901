"""The machine that carries a return: its steps. Everything may happen twice or late.

The order is the truth, and the steps read it each time; how executions begin, wait and are replaced is as for all cases
(`ordo.casework`). Deadlines are the watcher's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ordo.aftersales.books import find_return
from ordo.aftersales.deciding import Decided, DecideReturn, decide_return, left_to_people
from ordo.aftersales.labelling import LabelDesk
from ordo.aftersales.model import Return
from ordo.aftersales.service import ReturnDesk
from ordo.casework.signals import Case
from ordo.casework.waiting import Waiting, Waits
from ordo.kernel.errors import NotFound, OrdoError
from ordo.orders.errors import OrderNotFound
from ordo.orders.model import SYSTEM, order_of
from ordo.orders.ports import OrderRepository

Outcome = Literal["decide", "label", "wait", "ended"]
TO_DO = ("decide", "label")
"""Outcomes on which an execution that waits goes on."""
LATE = frozenset({"return.overdue"})
"""Events on which its execution is looked at, whether it lives."""


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of the machine."""

    returns: ReturnDesk
    labels: LabelDesk
    waits: Waits

    def do(self, given: Mapping[str, Any]) -> dict[str, str]:
        """One step by its name; raises what storage raises, and is then called again."""
        name = str(given["return_id"])
        if given["step"] == "await":
            execution, token = str(given["execution"]), str(given["token"])
            waiting = Waiting(order_of(name), name, int(given["run"]), execution, token)
            self.waits.keep(waiting, lambda: self._look(name) == "ended", lambda: self._look(name) in TO_DO)
            return {}
        steps = {"look": self._look, "decide": self._decide, "label": self._label, "no_label": self._no_label}
        return {"outcome": steps[given["step"]](name)}

    def _look(self, name: str) -> Outcome:
        return outcome_of(self._return(name))

    def _decide(self, name: str) -> Outcome:
        """What the policy says, in the system's name; what cannot be done is left to people."""
        found = self._return(name)
        if found is None or outcome_of(found) != "decide":
            return outcome_of(found)
        command = DecideReturn(name, what_policy_says(found), "policy")
        desk = self.returns.desk
        try:
            desk.change(order_of(name), decide_return(command, self.returns.remedies), actor=SYSTEM)
        except OrdoError as refused:
            if refused.code.status >= 500:  # it was busy: again
                raise
            desk.change(order_of(name), left_to_people(name, refused.code.code), actor=SYSTEM)
        return self._look(name)

    def _label(self, name: str) -> Outcome:
        if self._look(name) == "label":
            self.labels.fetch(name)
        return self._look(name)

    def _no_label(self, name: str) -> Outcome:
        """Nobody could be asked for a label for long: the customer sends it with a carrier of their own."""
        if self._look(name) == "label":
            self.labels.give_up(name, "unavailable")
        return self._look(name)

    def _return(self, name: str) -> Return | None:
        try:
            return find_return(self.returns.desk.repository.load(order_of(name)), name)
        except NotFound:  # the order was erased, and its returns with it
            return None


def what_policy_says(found: Return) -> Decided:
    """What is done alone."""
    if found.expired:
        return "give_up"
    return "approve" if found.verdict == "automatic" else "refuse"


def outcome_of(found: Return | None) -> Outcome:
    """What is to be done with it now."""
    if found is None or not found.is_open:
        return "ended"
    if found.expired or (found.state == "requested" and found.verdict != "by_hand"):
        return "decide"
    had = any(each.source != "own" for each in found.sent)
    wants = found.state == "approved" and found.way != "own" and not had
    return "label" if wants and found.label_problem is None else "wait"


def return_cases(orders: OrderRepository) -> Callable[[str], list[Case]]:
    """The returns of an order, for who begins and wakes executions; none of one that was erased."""

    def find(order_id: str) -> list[Case]:
        try:
            found = orders.load(order_id).returns.values()
        except OrderNotFound:
            return []
        return [Case(each.return_id, each.is_open, each.changed_at, outcome_of(each) in TO_DO) for each in found]

    return find
