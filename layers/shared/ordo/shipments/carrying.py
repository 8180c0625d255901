"""The machine that carries an incident: its steps, and who begins and wakes it. Everything may happen twice or late.

The order is the truth. The machine's steps read it each time; its executions may die, and others take over:

- An execution is begun for every incident that opens, by the event on the bus, named after the incident.
- It waits for its token, which stands beside the order. Whoever hears that the incident has ended tells the token.
- Deadlines are the watcher's, as all are; the machine escalates too when it looks and finds one passed. Both do it by
  the same decision, which is made once.
- When an incident is escalated, its execution is looked at: where it is dead, or never came to wait, a new one begins
  (`run` is the number of the event). It takes the token over, and an older one that still lives ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from ordo.kernel.clock import to_iso
from ordo.kernel.errors import NotFound, OrdoError
from ordo.orders.decision import Decision, NoChange
from ordo.orders.desk import OrderDesk
from ordo.orders.errors import OrderNotFound
from ordo.orders.escalation import escalation
from ordo.orders.incident import Incident
from ordo.orders.model import SYSTEM, OrderState, order_of
from ordo.orders.ports import OrderRepository
from ordo.shipments.resolving import Remedies, Resolve, find_incident, may_decide, resolve_incident

Outcome = Literal["open", "act", "ended"]
ALONE_REFUSED = "IncidentNotSolvedAlone"
"""The metric of what a policy was to do alone and could not; it has an alarm."""


class StepFailed(Exception):
    """The token could not be kept. The machine knows it by this name, to try again."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An execution that waits: its token, and its number among those of the incident."""

    incident_id: str
    run: int
    execution: str
    token: str


class TokenStore(Protocol):
    """Where tokens are kept; DynamoDB and memory pass the same tests."""

    def put(self, waiting: Waiting) -> bool:
        """Keep the token in place of an older run's; False when a newer run's is there."""

    def get(self, incident_id: str) -> Waiting | None:
        """The token that waits, or None."""

    def remove(self, waiting: Waiting) -> None:
        """Forget the token; nothing happens when another is there by now."""


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of the machine. `wake` puts one message on the queue of those who tell tokens."""

    desk: OrderDesk
    remedies: Remedies
    tokens: TokenStore
    wake: Callable[[dict[str, Any]], None]
    count: Callable[[str], None]

    def do(self, given: Mapping[str, Any]) -> dict[str, str]:
        """One step by its name; raises what storage raises, and is then called again."""
        incident_id = str(given["incident_id"])
        if given["step"] == "await":
            waiting = Waiting(incident_id, int(given["run"]), str(given["execution"]), str(given["token"]))
            try:
                self._await(waiting)
            except Exception as error:
                raise StepFailed(type(error).__name__) from error
            return {}
        step = {"look": self._look, "act": self._act, "escalate": self._escalate}[given["step"]]
        return {"outcome": step(incident_id)}

    def _look(self, incident_id: str) -> Outcome:
        return _outcome(self._incident(incident_id))

    def _act(self, incident_id: str) -> Outcome:
        """What the policy does alone, in the system's name; what is refused is left to people."""
        incident = self._incident(incident_id)
        if incident is None or _outcome(incident) != "act" or incident.alone is None:
            return "ended" if _outcome(incident) == "ended" else "open"
        command = Resolve(incident_id, incident.alone, self.desk.new_id("chg"), reason="policy")
        try:
            after = resolve_incident(self.desk, self.remedies, command, actor=SYSTEM).incident
        except OrdoError as refused:
            if refused.code.status >= 500:  # it was busy: again
                raise
            self.count(ALONE_REFUSED)
            return "ended" if _outcome(self._incident(incident_id)) == "ended" else "open"
        return "open" if after.is_open else "ended"

    def _escalate(self, incident_id: str) -> Outcome:
        try:
            self.desk.change(order_of(incident_id), escalated(incident_id), actor=SYSTEM)
        except OrderNotFound:
            return "ended"
        return self._look(incident_id)

    def _await(self, waiting: Waiting) -> None:
        """Keep the token, then look: an end that came before the token was kept has told nobody."""
        if not self.tokens.put(waiting):
            self.wake({"token": waiting.token, "outcome": "superseded"})
        elif _outcome(self._incident(waiting.incident_id)) == "ended":
            self.wake({"order_id": order_of(waiting.incident_id)})

    def _incident(self, incident_id: str) -> Incident | None:
        try:
            return find_incident(self.desk.repository.load(order_of(incident_id)), incident_id)
        except NotFound:  # the order was erased, and its incidents with it
            return None


def escalated(incident_id: str) -> Callable[[OrderState, datetime], Decision | NoChange]:
    """Escalate the incident if its deadline has passed and nobody has yet."""

    def decide(state: OrderState, now: datetime) -> Decision | NoChange:
        incident = find_incident(state, incident_id)
        is_due = incident.is_open and incident.deadline <= to_iso(now)
        return escalation(state, incident, now) if is_due else NoChange()

    return decide


def _outcome(incident: Incident | None) -> Outcome:
    if incident is None or not incident.is_open:
        return "ended"
    undone = incident.alone in may_decide(incident) and not any(act.action == incident.alone for act in incident.done)
    return "act" if incident.alone and undone else "open"


@dataclass(frozen=True, slots=True)
class Machines:
    """The machine from outside: `start(name, input)`, `runs(execution)`, `tell(token, output)`."""

    start: Callable[[str, dict[str, Any]], bool]
    runs: Callable[[str], bool]
    tell: Callable[[str, dict[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class Signals:
    """Hears of incidents, and begins, wakes and replaces the executions that carry them."""

    orders: OrderRepository
    tokens: TokenStore
    machines: Machines

    def take(self, message: Mapping[str, Any]) -> None:
        """One message: an event of the bus, an order whose incidents are to be looked at, or a token to be told.

        An event is asked only what it is and whose: a late one, or one whose data was left out, does as well.
        """
        if "token" in message:
            self.machines.tell(message["token"], {"outcome": message["outcome"]})
            return
        detail = message.get("detail") or {}
        order_id = str(detail.get("order_id") or message["order_id"])
        try:
            state = self.orders.load(order_id)
        except OrderNotFound:
            return
        late = int(detail["seq"]) if message.get("detail-type") == "incident.escalated" else None
        for incident in state.incidents.values():
            self._signal(incident, late)

    def _signal(self, incident: Incident, late: int | None) -> None:
        if incident.is_open:
            name = incident.incident_id
            if late is None:
                self.machines.start(name, {"incident_id": name, "run": 0})
            elif not self._lives(name):
                self.machines.start(f"{name}-{late}", {"incident_id": name, "run": late})
            return
        waiting = self.tokens.get(incident.incident_id)
        if waiting is not None:
            self.machines.tell(waiting.token, {"outcome": "woken"})
            self.tokens.remove(waiting)

    def _lives(self, incident_id: str) -> bool:
        waiting = self.tokens.get(incident_id)
        return waiting is not None and self.machines.runs(waiting.execution)


class InMemoryTokenStore:
    """A `TokenStore` in a dictionary, open to a test's eyes."""

    def __init__(self) -> None:
        self.tokens: dict[str, Waiting] = {}

    def put(self, waiting: Waiting) -> bool:
        known = self.tokens.get(waiting.incident_id)
        if known is not None and known.run > waiting.run:
            return False
        self.tokens[waiting.incident_id] = waiting
        return True

    def get(self, incident_id: str) -> Waiting | None:
        return self.tokens.get(incident_id)

    def remove(self, waiting: Waiting) -> None:
        if self.tokens.get(waiting.incident_id) == waiting:
            del self.tokens[waiting.incident_id]
