"""One contract for both homes of waiting events, DynamoDB and memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ordo.kernel.clock import to_iso
from ordo.orders.due_repository import DynamoDueIndex
from ordo.runtime import dynamo
from ordo.shipments.model import TrackingStatus
from ordo.shipments.repository import DynamoWaitingStore, waiting_pk
from ordo.shipments.waiting import InMemoryWaitingStore, WaitingEvent, WaitingStore, first_wait
from tests.support.shipping import NOW
from tests.unit.shipments.conftest import told

pytestmark = pytest.mark.moto

EVENT = told(TrackingStatus.IN_TRANSIT, to_iso(NOW), description="到达")
WAITING = first_wait("generic", EVENT, NOW)
Keys = Callable[[WaitingEvent], tuple[str, str]]


def dynamo_keys(waiting: WaitingEvent) -> tuple[str, str]:
    return waiting_pk(waiting.carrier, waiting.event.tracking_number), f"waiting#{waiting.event.identity}"


@pytest.fixture(params=["memory", "dynamo"])
def home(request: pytest.FixtureRequest, aws: None) -> tuple[WaitingStore, Keys]:
    if request.param == "memory":
        return InMemoryWaitingStore(), InMemoryWaitingStore.key
    return DynamoWaitingStore("orders"), dynamo_keys


def test_an_event_is_kept_once(home: tuple[WaitingStore, Keys]) -> None:
    store, keys = home
    store.put(WAITING)
    store.put(replace(WAITING, tries=9, due_at=to_iso(NOW)))
    assert store.get(*keys(WAITING)) == WAITING


def test_an_event_that_was_removed_is_gone(home: tuple[WaitingStore, Keys]) -> None:
    store, keys = home
    store.put(WAITING)
    store.remove(*keys(WAITING))
    store.remove(*keys(WAITING))
    assert store.get(*keys(WAITING)) is None


def test_an_event_is_put_off_once(home: tuple[WaitingStore, Keys]) -> None:
    store, keys = home
    store.put(WAITING)
    later = WAITING.put_off(NOW)
    store.put_off(*keys(WAITING), WAITING, later)
    store.put_off(*keys(WAITING), WAITING, WAITING.put_off(NOW + timedelta(days=1)))
    assert store.get(*keys(WAITING)) == later


def test_an_event_that_was_made_due_is_not_put_off_by_a_try_from_before(home: tuple[WaitingStore, Keys]) -> None:
    store, keys = home
    store.put(WAITING)
    assert store.make_due("generic", "GEN1", NOW + timedelta(seconds=1)) == 1
    store.put_off(*keys(WAITING), WAITING, WAITING.put_off(NOW))
    assert store.get(*keys(WAITING)) == replace(WAITING, due_at=to_iso(NOW + timedelta(seconds=1)))


def test_a_parked_event_is_made_due_again(home: tuple[WaitingStore, Keys]) -> None:
    store, keys = home
    store.put(WAITING)
    parked = WAITING.put_off(NOW + timedelta(days=7))
    store.put_off(*keys(WAITING), WAITING, parked)
    assert store.get(*keys(WAITING)) == parked
    assert parked.due_at is None
    store.make_due("generic", "GEN1", NOW)
    assert store.get(*keys(WAITING)) == replace(parked, due_at=to_iso(NOW))


def test_a_parked_event_that_was_made_due_is_not_parked_again_by_a_try_from_before(
    home: tuple[WaitingStore, Keys],
) -> None:
    store, keys = home
    store.put(WAITING)
    parked = replace(WAITING, tries=1, due_at=None)
    store.put_off(*keys(WAITING), WAITING, parked)
    store.make_due(WAITING.carrier, WAITING.event.tracking_number, NOW)
    store.put_off(*keys(WAITING), parked, replace(parked, tries=2))
    found = store.get(*keys(WAITING))
    assert found is not None
    assert found.due_at == to_iso(NOW)


def test_only_events_of_the_number_and_carrier_are_made_due(home: tuple[WaitingStore, Keys]) -> None:
    store, _ = home
    store.put(WAITING)
    assert store.make_due("generic", "GEN2", NOW) == 0
    assert store.make_due("other", "GEN1", NOW) == 0


def test_nothing_is_put_off_that_is_gone(home: tuple[WaitingStore, Keys]) -> None:
    store, keys = home
    store.put_off(*keys(WAITING), WAITING, WAITING.put_off(NOW))
    assert store.get(*keys(WAITING)) is None


def test_a_parked_event_is_where_redrive_finds_it_and_its_number_is_nowhere_in_clear(aws: None) -> None:
    store, index = DynamoWaitingStore("orders"), DynamoDueIndex("orders")
    store.put(WAITING)
    item = dynamo.get_item("orders", *dynamo_keys(WAITING))
    assert "GEN1" not in str({name: value for name, value in (item or {}).items() if name != "event"})
    store.put_off(*dynamo_keys(WAITING), WAITING, WAITING.put_off(NOW + timedelta(days=7)))
    (parked,) = index.parked(10)
    assert (parked.kind, parked.key) == ("carrier_event", dynamo_keys(WAITING))
    assert index.unpark(parked, to_iso(NOW))
    again = store.get(*dynamo_keys(WAITING))
    assert again is not None
    assert again.due_at == to_iso(NOW)


def test_an_event_that_is_recorded_while_it_is_made_due_does_not_come_back(
    aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, query_all = DynamoWaitingStore("orders"), dynamo.query_all
    store.put(WAITING)

    def read_then_lose(*arguments: Any, **options: Any) -> list[dict[str, Any]]:
        items = query_all(*arguments, **options)
        store.remove(*dynamo_keys(WAITING))
        return items

    monkeypatch.setattr(dynamo, "query_all", read_then_lose)
    store.make_due("generic", "GEN1", NOW)
    assert store.get(*dynamo_keys(WAITING)) is None
    assert DynamoDueIndex("orders").due(0, "~", 10) == []
