"""Who begins, wakes and replaces the executions that carry cases. Everything may happen twice or late.

What a case belongs to (an order, or the case itself) is the truth; executions read it each time, may die, and others
take over:

- An execution is begun for every case that opens, by the event on the bus, named after the case.
- It waits for its token. Whoever hears that the case has ended tells the token.
- Deadlines are the watcher's, as all are. When one has passed, its event (`Kind.late`) has the execution looked at:
  where it is dead, or never came to wait, a new one begins (`run` is the number of the event). It takes the token over,
  and an older one that still lives ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ordo.casework.waiting import TokenStore, Waiting


class Case(NamedTuple):
    """A case as far as its execution goes; when it `changed_at` (an ISO text) last."""

    case_id: str
    is_open: bool
    changed_at: str = ""
    has_news: bool = False
    """Whether an execution that waits has something to do, though the case is open."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of case: `find` gives those of a subject, none when it was erased; `start(name, input)` begins one.

    An event of the kind is called `<name>.…` and names its subject in `subject`; those of `late` have the execution
    looked at. `open_subjects` gives what has open cases.
    """

    name: str
    find: Callable[[str], Iterable[Case]]
    start: Callable[[str, dict[str, Any]], bool]
    late: frozenset[str]
    subject: str = "order_id"
    open_subjects: Callable[[], Iterable[str]] = tuple


def case_key(kind: str, shard: int) -> str:
    """Where all open cases of a kind that belong to orders stand in `by_standing`; no standing is called so."""
    return f"case_{kind}#{shard}"


@dataclass(frozen=True, slots=True)
class Executions:
    """Machines from outside, whichever they are of: `runs(execution)`, `tell(token, output)`."""

    runs: Callable[[str], bool]
    tell: Callable[[str, dict[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class Signals:
    """Hears of cases of all kinds."""

    tokens: TokenStore
    executions: Executions
    kinds: tuple[Kind, ...]

    def take(self, message: Mapping[str, Any]) -> None:
        """One message: an event of the bus, a subject whose cases are to be looked at, or a token to be told.

        A subject comes as `kind`, `subject` and, when executions are to be looked at, `late` (a number that no other
        run has); `again` names a case whose execution is to be replaced even if it runs. An event is asked only what it
        is and whose: a late one, or one whose data was left out, does as well.
        """
        if "token" in message:
            self.executions.tell(message["token"], {"outcome": message["outcome"]})
            return
        type_ = message.get("detail-type")
        kind = self._kind(str(type_).partition(".")[0] if type_ else message["kind"])
        subject = str(message["detail"][kind.subject] if type_ else message["subject"])
        late = message.get("late") if type_ is None else message["detail"]["seq"] if type_ in kind.late else None
        for case in kind.find(subject):
            waiting = self.tokens.get(subject, case.case_id) if not case.is_open or case.has_news else None
            if case.is_open:
                self._carry(kind, subject, case, None if late is None else int(late), message.get("again"))
            self._wake(waiting)

    def _kind(self, name: str) -> Kind:
        return next(each for each in self.kinds if each.name == name)

    def _carry(self, kind: Kind, subject: str, case: Case, late: int | None, again: str | None) -> None:
        field = f"{kind.name}_id"
        if late is None:
            kind.start(case.case_id, {field: case.case_id, "run": 0})
            return
        waiting = self.tokens.get(subject, case.case_id)
        if again in (None, case.case_id) and (again or not self._lives(waiting)):
            run = max(late, waiting.run + 1) if waiting else late
            kind.start(f"{case.case_id}-{run}", {field: case.case_id, "run": run})

    def _wake(self, waiting: Waiting | None) -> None:
        if waiting is not None:
            self.executions.tell(waiting.token, {"outcome": "woken"})
            self.tokens.remove(waiting)

    def _lives(self, waiting: Waiting | None) -> bool:
        return waiting is not None and self.executions.runs(waiting.execution)
