"""One suite for both stores of lanes, endpoints and outboxes: memory's and DynamoDB's do the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from ordo.kernel.clock import system_clock, to_iso
from ordo.notifications.memory import InMemoryEndpointStore, InMemoryLaneStore, InMemoryOutbox
from ordo.notifications.model import Lane
from ordo.notifications.ports import EndpointStore, LaneStore, Outbox, StaleEndpoint, StaleLane
from ordo.notifications.repository import DynamoEndpointStore, DynamoLaneStore, DynamoOutbox
from ordo.runtime import dynamo
from ordo.runtime.dynamo import Put
from tests.integration.notifications.conftest import Aws
from tests.support.notices import START, endpoint, event

pytestmark = pytest.mark.moto
LANE = Lane("ep", "ord_A", pending_upto=3)


@pytest.fixture(params=["memory", "dynamodb"])
def lanes(request: pytest.FixtureRequest) -> LaneStore:
    if request.param == "memory":
        return InMemoryLaneStore()
    request.getfixturevalue("aws")
    return DynamoLaneStore("orders")


@pytest.fixture(params=["memory", "dynamodb"])
def endpoints(request: pytest.FixtureRequest) -> EndpointStore:
    if request.param == "memory":
        return InMemoryEndpointStore()
    request.getfixturevalue("aws")
    return DynamoEndpointStore("catalog")


@pytest.fixture(params=["memory", "dynamodb"])
def outbox(request: pytest.FixtureRequest) -> Iterator[Outbox]:
    events = [event("ord_A", seq) for seq in (1, 2, 3)]
    if request.param == "memory":
        memory = InMemoryOutbox()
        memory.stored["ord_A"] = events
        yield memory
    else:
        aws: Aws = request.getfixturevalue("aws")
        aws.add(*events)
        yield DynamoOutbox("orders")


def test_a_lane_is_read_as_it_was_written(lanes: LaneStore) -> None:
    assert lanes.get("ep", "ord_A") is None
    for lane in (LANE, LANE.leased("w", START), LANE.waiting(START, 2), LANE.settled(), LANE.at(2, 1).parked()):
        present = lanes.get("ep", "ord_A")
        written = lanes.put(replace(lane, version=present.version if present else 0))
        assert lanes.get("ep", "ord_A") == written == replace(lane, version=written.version)


def test_a_lane_is_written_only_over_the_version_that_was_read(lanes: LaneStore) -> None:
    first = lanes.put(LANE)
    second = lanes.put(first.noting(4))
    for stale in (LANE, first.noting(9), replace(second, version=7)):
        with pytest.raises(StaleLane):
            lanes.put(stale)
    assert lanes.get("ep", "ord_A") == second


def test_lanes_are_listed_by_endpoint_page_by_page(lanes: LaneStore) -> None:
    for order in ("ord_C", "ord_A", "ord_B"):
        lanes.put(Lane("ep", order))
    lanes.put(Lane("other", "ord_D"))
    found, after = lanes.lanes("ep")
    while after:
        page, after = lanes.lanes("ep", after)
        found += page
    assert [lane.order_id for lane in found] == ["ord_A", "ord_B", "ord_C"]
    rest, _ = lanes.lanes("ep", "ord_B")
    assert [lane.order_id for lane in rest] == ["ord_C"]


def test_a_removed_lane_is_gone_and_removing_it_again_is_well(lanes: LaneStore) -> None:
    written = lanes.put(LANE)
    lanes.delete(written)
    lanes.delete(written)
    assert lanes.get("ep", "ord_A") is None


def test_an_endpoint_is_read_as_it_was_written_under_its_revision(endpoints: EndpointStore) -> None:
    first = endpoints.put(endpoint(event_types=("order.placed", "order.cancelled"), channels=("web",)))
    assert endpoints.get("ep") == first
    assert endpoints.all() == [first]
    second = endpoints.put(replace(first, url="https://new.example/"))
    for stale in (endpoint(), first):
        with pytest.raises(StaleEndpoint):
            endpoints.put(stale)
    assert endpoints.get("ep") == second


def test_a_new_endpoint_is_there_for_what_happened_after_the_others_were_read(endpoints: EndpointStore) -> None:
    assert endpoints.all() == []
    made = endpoints.put(endpoint())
    assert endpoints.all(since=to_iso(system_clock())) == [made]


def test_failures_are_counted_from_the_first_and_a_success_forgets_them(endpoints: EndpointStore) -> None:
    endpoints.put(endpoint())
    for moment in ("2026-03-01T12:00:00.000Z", "2026-03-01T13:00:00.000Z"):
        endpoints.count_failure("ep", moment)
    held = endpoints.get("ep")
    assert held is not None
    assert (held.failures, held.failing_since) == (2, "2026-03-01T12:00:00.000Z")
    endpoints.count_success("ep")
    held = endpoints.get("ep")
    assert held is not None
    assert (held.failures, held.failing_since) == (0, None)


def test_only_one_disables_an_endpoint_and_who_edits_it_meanwhile_must_read_again(endpoints: EndpointStore) -> None:
    read = endpoints.put(endpoint())
    assert endpoints.disable("ep", "gone")
    assert not endpoints.disable("ep", "exhausted")
    held = endpoints.get("ep")
    assert held is not None
    assert (held.state, held.disabled_reason) == ("disabled", "gone")
    with pytest.raises(StaleEndpoint):
        endpoints.put(read)


def test_what_is_counted_of_a_missing_endpoint_makes_none(endpoints: EndpointStore) -> None:
    endpoints.count_failure("ep", "2026-03-01T12:00:00.000Z")
    endpoints.count_success("ep")
    assert not endpoints.disable("ep", "gone")
    assert not endpoints.delete("ep")
    assert endpoints.get("ep") is None


def test_a_timeline_is_read_after_a_number_up_to_a_limit(outbox: Outbox) -> None:
    assert [one.seq for one in outbox.events("ord_A", 0, 2)] == [1, 2]
    assert outbox.events("ord_A", 2, 9) == [event("ord_A", 3)]


def test_receipts_together_name_what_was_settled(outbox: Outbox) -> None:
    since = to_iso(system_clock())
    assert outbox.settled(since) == {}
    for seqs in ((1, 3), (2,), (2,)):
        outbox.settle([event("ord_A", seq) for seq in seqs])
    outbox.settle([event("ord_B", 7)])
    assert outbox.settled(since) == {"ord_A": {1, 2, 3}, "ord_B": {7}}


def test_open_orders_are_listed_with_their_last_event(outbox: Outbox) -> None:
    assert list(outbox.changed("2026-03-01T00:00:00.000Z", {"ord_none": {1}})) == [("ord_A", 3)]


@pytest.mark.usefixtures("aws")
def test_receipts_are_found_over_days_and_expire_after_the_dead_letters() -> None:
    days = [START + timedelta(days=number) for number in range(4)]
    for number, day in enumerate(days, start=1):
        DynamoOutbox("orders", lambda day=day: day).settle([event("ord_A", number)])  # type: ignore[misc]
    last = DynamoOutbox("orders", lambda: days[3])
    assert last.settled(to_iso(days[1])) == {"ord_A": {2, 3, 4}}
    assert last.settled(to_iso(days[1] + timedelta(milliseconds=1))) == {"ord_A": {3, 4}}
    (item,) = dynamo.query_all("orders", "published#2026-03-01")
    assert item["expires_at"] == int((START + timedelta(days=15)).timestamp())


@pytest.mark.usefixtures("aws")
def test_orders_that_changed_are_open_ones_and_closed_ones_with_a_receipt() -> None:
    for number, (status, changed_at) in enumerate([("placed#3", "03-02"), ("placed#3", "03-01"), (None, "03-02")] * 2):
        header = {"pk": f"ord_{number}", "sk": "order", "seq": number, "status_key": status, "placed_key": "x"}
        dynamo.write(Put("orders", {**header, "changed_at": f"2026-{changed_at}"}))
    found = DynamoOutbox("orders").changed("2026-03-02", {f"ord_{number}": {1} for number in (0, 1, 2)})
    assert sorted(found) == [("ord_0", 0), ("ord_2", 2), ("ord_3", 3)]


@pytest.mark.usefixtures("aws")
def test_a_waiting_lane_is_in_the_deadline_index_and_a_settled_one_is_not() -> None:
    lanes = DynamoLaneStore("orders")

    def due() -> list[tuple[str, str, str]]:
        until = (START + timedelta(hours=1)).isoformat()
        found = [
            item
            for shard in range(8)
            for item in dynamo.query_all(
                "orders",
                f"due#{shard}",
                index="by_deadline",
                pk_name="deadline_shard",
                sk_name="deadline_at",
                sk_from="0",
                sk_to=until,
            )
        ]
        return [(item["pk"], item["sk"], item["kind"]) for item in found]

    waiting = lanes.put(LANE.waiting(START, 1))
    assert due() == [("lane#ep", "ord_A", "lane")]
    leased = lanes.put(waiting.leased("w", START))
    assert due() == [("lane#ep", "ord_A", "lane")]
    lanes.put(leased.settled())
    assert due() == []
