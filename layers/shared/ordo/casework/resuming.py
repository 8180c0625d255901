"""Executions that are stuck: found by looking at every open case, and begun anew.

An open case has an execution that waits for its token. It may be `missing` (it never came to wait, or its beginning was
lost), `dead` (failed, timed out, stopped) or `silent`: it runs, and has not come round for longer than it ever waits.
Whichever it is, a new one takes over; an older one that still lives ends when it sees that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from ordo.casework.signals import Case, Kind, Signals
from ordo.kernel.clock import Clock, to_iso

SETTLED = timedelta(minutes=15)
"""So long after a case has changed its execution may still be on its way to wait."""
LONGEST_WAIT = timedelta(hours=26)
"""Machines look by themselves once a day."""


class Stuck(NamedTuple):
    """An open case whose execution does not carry it."""

    kind: str
    subject: str
    case_id: str
    why: Literal["missing", "dead", "silent"]


@dataclass(frozen=True, slots=True)
class Resuming:
    """Looks at all open cases of all kinds; `tell` hears of each that is stuck."""

    signals: Signals
    clock: Clock
    tell: Callable[[Stuck], None] = lambda _stuck: None

    def run(self, *, look: bool, go_on: Callable[[], bool] = lambda: True) -> dict[str, Any]:
        """What is stuck, and unless it is only a look, what was begun anew. Ends early when `go_on` says so."""
        found, finished, now = [], True, self.clock()
        for stuck in self._stuck(now):
            if not go_on():
                finished = False
                break
            found.append(stuck)
            if not look:
                self.tell(stuck)
                self.signals.take({"kind": stuck.kind, "subject": stuck.subject, "again": stuck.case_id, **_late(now)})
        return {"stuck": [each._asdict() for each in found], "resumed": 0 if look else len(found), "finished": finished}

    def _stuck(self, now: datetime) -> Iterator[Stuck]:
        for kind in self.signals.kinds:
            for subject in kind.open_subjects():
                for case in kind.find(subject):
                    why = self._why(kind, subject, case, now)
                    if why is not None:
                        yield Stuck(kind.name, subject, case.case_id, why)

    def _why(self, _kind: Kind, subject: str, case: Case, now: datetime) -> Literal["missing", "dead", "silent"] | None:
        if not case.is_open or case.changed_at > to_iso(now - SETTLED):
            return None
        waiting = self.signals.tokens.get(subject, case.case_id)
        if waiting is None:
            return "missing"
        if not self.signals.executions.runs(waiting.execution):
            return "dead"
        return "silent" if waiting.kept_at and waiting.kept_at < to_iso(now - LONGEST_WAIT) else None


def _late(now: datetime) -> dict[str, int]:
    """A number that no run has had: runs are numbers of events, or times in seconds."""
    return {"late": int(now.timestamp())}
