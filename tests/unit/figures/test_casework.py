"""A case costs what happened in it and each state that its Standard machine entered."""

from __future__ import annotations

from typing import Literal

import pytest

from tests.support.asl import Execution, Visit
from tests.support.units import Units
from tests.support.wire import Call
from tools.figures.bill import PRICES, Traffic
from tools.figures.casework import transitions_of, usd_per_million
from tools.figures.watching import Watched

Status = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT"]


def execution(status: Status, *states: str) -> Execution:
    return Execution(status=status, visits=[Visit(state, None, None) for state in states])


def test_each_state_that_was_entered_is_a_transition_also_when_entered_again() -> None:
    assert transitions_of([execution("SUCCEEDED", "Look", "IsOpen", "Await", "Look", "IsOpen", "Ended")]) == 6


@pytest.mark.parametrize("status", ["RUNNING", "FAILED", "TIMED_OUT"])
def test_a_case_whose_machine_has_not_ended_well_has_no_price(status: Status) -> None:
    with pytest.raises(RuntimeError, match="not one execution that has ended"):
        transitions_of([execution(status, "Look")])


def test_a_case_has_one_execution() -> None:
    for executions in ([], [execution("SUCCEEDED", "Look")] * 2):
        with pytest.raises(RuntimeError, match="not one execution that has ended"):
            transitions_of(executions)


def test_a_transition_costs_its_list_price_beside_everything_else() -> None:
    writes = Call(1, "decide_return", "dynamodb", "PutItem", {}, 0.0, 1.0, units=Units(wru=4))
    traffic = Traffic(api_requests=3, bus_messages=0, queue_batches=0)
    without = usd_per_million(Watched([writes]), traffic, 0)
    assert without >= 3 * PRICES["per_million"]["api_request"] + 4 * PRICES["per_million"]["dynamodb_write_unit"]
    assert usd_per_million(Watched([writes]), traffic, 9) - without == pytest.approx(9 * 25)
