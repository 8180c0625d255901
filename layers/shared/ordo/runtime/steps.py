"""Steps of a state machine: a pydantic input, a pydantic output, business outcomes as values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import ConfigDict, Field

from ordo.kernel.errors import OrdoError
from ordo.kernel.frozen import Model


class StepProblem(Model):
    """A refusal as it travels through the state machine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    detail: str
    pointer: str | None = None
    facts: dict[str, Any] = Field(default_factory=dict)

    @staticmethod
    def of(error: OrdoError) -> StepProblem:
        """The travelling form of a refusal."""
        return StepProblem(code=error.code.code, detail=error.detail, pointer=error.pointer, facts=error.facts)


class StepInput(Model):
    """What every placement step gets: the packed draft, and how often the world has changed under it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    draft: str
    attempt: int = Field(ge=0, le=20)


class StepOutput(Model):
    """What every placement step gives; `outcome` is from the step's closed set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: str
    draft: str
    problem: StepProblem | None = None


OutputT = TypeVar("OutputT", bound=StepOutput)


def step(run: Callable[[StepInput], OutputT]) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    """A Lambda handler around a step: parses the input, dumps the output; what is broken is raised and retried."""

    def lambda_handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
        return run(StepInput.model_validate(event)).model_dump(mode="json")

    return lambda_handler
