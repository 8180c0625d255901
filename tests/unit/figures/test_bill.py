"""What happened becomes what AWS would charge."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.units import Units
from tests.support.wire import Call
from tools.cost import by_kind, kind_of
from tools.figures.bill import PRICES, Traffic, bill, memory_mb
from tools.figures.line import figure
from tools.figures.watching import Invocation, Watched

NO_TRAFFIC = Traffic(0, 0, 0)


def call(service: str, operation: str, function: str = "commit_order", **fields: Any) -> Call:
    return Call(fields.pop("number", 1), function, service, operation, fields.pop("request", {}), 0.0, 1.0, **fields)


def million(watched: Watched, traffic: Traffic = NO_TRAFFIC) -> dict[str, float]:
    return {service: dollars * 1e6 for service, dollars in bill(watched, traffic).items()}


def test_write_units_cost_the_same_in_tables_and_indexes() -> None:
    writes = call("dynamodb", "TransactWriteItems", units=Units(rru=2, wru=6, index_wru=2))
    assert million(Watched([writes]))["dynamodb"] == pytest.approx(8 * 0.625 + 2 * 0.125)


def test_each_entry_of_the_bus_is_an_event() -> None:
    put = call("events", "PutEvents", request={"Entries": [{}, {}, {}]})
    assert million(Watched([put]))["eventbridge"] == pytest.approx(3 * PRICES["per_million"]["event"])


def test_a_queue_batch_costs_a_receive_and_a_delete_besides_its_messages() -> None:
    assert million(Watched(), Traffic(0, 10, 1))["sqs"] == pytest.approx(12 * 0.40)
    assert million(Watched(), Traffic(0, 10, 10))["sqs"] == pytest.approx(30 * 0.40)


def test_a_short_workflow_is_billed_as_a_tenth_of_a_second() -> None:
    started = call("stepfunctions", "StartSyncExecution", "create_order")
    step = call("lambda", "Invoke", "commit_order")
    watched = Watched([started, step], [Invocation("commit_order", 0.001, 0)])
    assert million(watched)["step_functions"] == pytest.approx(1.00 + 0.1 * 64 / 1024 * 16.67)


def test_each_workflow_is_rounded_up_by_itself() -> None:
    calls = [call("stepfunctions", "StartSyncExecution", "create_order"), call("lambda", "Invoke", "commit_order")]
    watched = Watched(calls * 2, [Invocation("commit_order", 0.001, 0)] * 2)
    assert million(watched)["step_functions"] == pytest.approx(2 * (1.00 + 0.1 * 64 / 1024 * 16.67))


def test_memory_is_what_the_template_gives_each_function() -> None:
    assert (memory_mb("commit_order"), memory_mb("price_order")) == (256, 1024)
    second = PRICES["lambda_gb_second_arm64"] * 1e6
    waits = [
        million(Watched([call("dynamodb", "GetItem", name)]))["lambda"] for name in ("commit_order", "price_order")
    ]
    assert waits == pytest.approx([0.005 * 0.25 * second, 0.005 * second])


def test_processor_time_costs_the_same_whatever_the_memory() -> None:
    computed = [million(Watched([], [Invocation(name, 0.01, 0)]))["lambda"] for name in ("commit_order", "price_order")]
    assert computed[0] == computed[1]


def test_the_steps_that_the_machine_starts_are_no_calls_of_handlers() -> None:
    assert Watched([call("lambda", "Invoke")]).handler_calls == []


def test_calls_that_overlap_are_one_round_trip() -> None:
    first = Call(1, "read", "dynamodb", "Query", {}, started=0.0, ended=2.0)
    beside = Call(2, "read", "dynamodb", "GetItem", {}, started=1.0, ended=3.0)
    after = Call(3, "read", "dynamodb", "GetItem", {}, started=3.5, ended=4.0)
    assert Watched([first, beside, after]).round_trips() == 2


def test_write_units_are_told_by_kind_of_item() -> None:
    written = {
        ("Orders", "ord_1", "order"): Units(wru=2, index_wru=3),
        ("Orders", "ord_1", "event#000001"): Units(wru=2),
        ("Orders", "idem#shop#key", "claim"): Units(wru=2),
        ("Orders", "lookup#tracking#abc", "claim"): Units(wru=2),
        ("Supply", "stock#A#hz#0", "counter"): Units(wru=2),
    }
    found = by_kind([call("dynamodb", "TransactWriteItems", written=written)])
    assert found == {"order": 2, "order (indexes)": 3, "event": 2, "idem": 2, "lookup#tracking": 2, "counter": 2}


def test_an_unwritten_kind_is_not_told() -> None:
    assert kind_of("published#2026-03-01", "2026-03-01T12:00:00.000Z#0a") == "published"
    assert by_kind([call("dynamodb", "Query")]) == {}


def test_a_figure_is_the_median_with_its_spread() -> None:
    line = figure("some", [3.0, 1.0, 2.0], "ms", "so")
    assert (line["value"], line["spread"], line["runs"]) == (2.0, [1.0, 3.0], 3)
