"""The steps of a machine that carries cases of one kind. Everything may happen twice or late."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from ordo.casework.waiting import Waiting, Waits

Outcome = Literal["open", "act", "ended"]
"""`act`: there is something to be done that waits for nobody."""


class Work(Protocol):
    """What the steps do to one case; each reads it anew, and may be done again."""

    def subject(self, case_id: str) -> str:
        """What the case belongs to."""

    def look(self, case_id: str) -> Outcome:
        """How it stands; `ended` too when it was erased."""

    def has_news(self, case_id: str) -> bool:
        """Whether there is something to do that came since it looked; what it has tried and could not is none."""

    def act(self, case_id: str) -> Outcome:
        """Do what waits for nobody."""

    def escalate(self, case_id: str) -> Outcome:
        """Pass it on if its deadline has gone by and nobody has yet."""


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps by name, as the machines' definitions call them: `look`, `act`, `await`, `escalate`."""

    work: Work
    waits: Waits

    def do(self, given: Mapping[str, Any]) -> dict[str, str]:
        """One step; raises what storage raises, and is then called again. `<kind>_id` names the case."""
        case_id = str(given[f"{self.waits.kind}_id"])
        if given["step"] == "await":
            waiting = Waiting(
                self.work.subject(case_id), case_id, int(given["run"]), str(given["execution"]), str(given["token"])
            )
            self.waits.keep(waiting, lambda: self.work.look(case_id) == "ended", lambda: self.work.has_news(case_id))
            return {}
        step = {"look": self.work.look, "act": self.work.act, "escalate": self.work.escalate}[given["step"]]
        return {"outcome": step(case_id)}
