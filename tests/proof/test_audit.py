"""The audit that the proofs rely on finds what is wrong."""

from __future__ import annotations

import pytest

from ordo.runtime.dynamo import Delete, Update, write
from tests.support.audit import audit, ledger
from tests.support.shop import dispatch, fulfilments, must, pay, place, tell
from tests.support.world import World


@pytest.fixture
def lived(world: World) -> str:
    order = place(world)
    must(pay(world, order))
    must(dispatch(world, fulfilments(order)[0], "A1"))
    must(tell(world, "A1", "in_transit"))
    place(world)
    assert audit() == []
    order_id: str = order["order_id"]
    return order_id


def test_a_reservation_too_many_is_found(lived: str) -> None:
    write(Update("SupplyTable", "stock#TEE-WHITE-M#hangzhou#0", "counter", "ADD reserved :one", values={":one": 1}))
    assert len(audit()) == 2


def test_a_missing_event_is_found(lived: str) -> None:
    write(Delete("OrdersTable", lived, "event#000002"))
    assert any("breaks the chain" in finding for finding in audit())


def test_a_cut_off_end_is_found(lived: str) -> None:
    write(Delete("OrdersTable", lived, "event#000004"))
    assert any("the timeline has 3 events" in finding for finding in audit())


@pytest.mark.parametrize(("sk", "finding"), [("order", "without a header"), ("lines#0001", "no decision")])
def test_half_an_order_is_found(lived: str, sk: str, finding: str) -> None:
    write(Delete("OrdersTable", lived, sk))
    assert any(finding in each for each in audit())


def test_a_wrong_status_is_found(lived: str) -> None:
    update = Update("OrdersTable", lived, "order", "SET #s = :s", names={"#s": "status"}, values={":s": "delivered"})
    write(update)
    assert any("its parts say shipped" in finding for finding in audit())


def test_an_order_that_waits_for_nothing_is_found(lived: str) -> None:
    write(Update("OrdersTable", lived, "order", "REMOVE deadline_at"))
    assert any("with deadline None" in finding for finding in audit())


def test_a_lost_idempotency_record_is_found(lived: str) -> None:
    (claim, *_) = [pk for pk in ledger().claims if pk.startswith("idem#")]
    write(Delete("OrdersTable", claim, "claim"))
    assert any("named by 0 idempotency records" in finding for finding in audit())


def test_a_stranger_among_the_contacts_is_found(lived: str) -> None:
    write(Update("CustomersTable", "contact#ord_nobody", "contact", "SET x = :x", values={":x": 1}))
    assert any("which does not exist" in finding for finding in audit())
