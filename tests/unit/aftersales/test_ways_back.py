"""Parcels on their way back are tracked like any, and move the return, never the delivery's books."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ordo.aftersales.sending import label_failed
from ordo.kernel.errors import NotAllowedNow
from ordo.orders.errors import ClaimTaken
from tests.support.orders import ORDER
from tests.support.returning import ALONE, ANA, Returns


def test_a_customer_says_with_whom_they_sent_it() -> None:
    way = Returns().come()
    way.approved(("1", 1))
    found = way.post("BACK1")
    assert (found.state, found.deadline, found.sent[0].source) == ("in_transit", found.arrive_by, "own")
    assert way.repository.claim("tracking", ("generic", "BACK1")) == {
        "order_id": ORDER,
        "return_id": found.return_id,
    }
    seq = way.header.seq
    way.post("BACK1")
    assert way.header.seq == seq


def test_a_number_is_of_one_parcel() -> None:
    way = Returns().come()
    way.approved(("1", 1))
    with pytest.raises(ClaimTaken):
        way.post("HZ1")


def test_carriers_move_the_return_and_nothing_of_the_delivery() -> None:
    way = Returns().come()
    way.approved(("1", 1))
    way.post("BACK1")
    books, shipments = way.counts(), way.state.shipments
    for status in ("picked_up", "in_transit", "delivered", "in_transit"):
        way.tell(status, "BACK1")
    assert (way.counts(), way.state.shipments) == (books, shipments)
    assert way.returned.sent[0].parcel.status == "delivered"
    assert way.returned.state == "in_transit"  # it is received when it is counted
    assert way.events()[-1]["data"]["tracking_status"] == "delivered"


def test_a_labels_first_scan_says_that_it_is_on_its_way() -> None:
    way = Returns(policy=replace(ALONE, label_account="easypost")).come()
    way.approved(("1", 1), way="label")
    assert way.post("LAB1", source="label").state == "approved"
    way.tell("label_created", "LAB1")
    assert way.returned.state == "approved"
    way.tell("picked_up", "LAB1")
    assert (way.returned.state, way.returned.deadline) == ("in_transit", way.returned.arrive_by)


def test_a_label_that_cannot_be_had_is_said_once() -> None:
    way = Returns(policy=replace(ALONE, label_account="easypost")).come()
    found = way.approved(("1", 1), way="label")
    for _ in range(2):
        way.desk.change(ORDER, label_failed(found.return_id, "ADDRESS.VERIFY.FAILURE"), actor=ANA)
    assert way.types().count("return.label_failed") == 1
    assert way.returned.label_problem == "ADDRESS.VERIFY.FAILURE"
    assert way.post("OWN1").label_problem is None


def test_nothing_is_sent_back_for_what_is_over_or_needs_no_goods() -> None:
    way = Returns().come()
    way.ask(("1", 1), reason="missing", without_goods=True)
    with pytest.raises(NotAllowedNow):
        way.post()
    way.choose("refuse")
    with pytest.raises(NotAllowedNow):
        way.post()


def test_an_early_parcel_waits_for_the_decision() -> None:
    way = Returns().come()
    way.ask(("1", 1))
    assert way.post().state == "requested"
    assert way.choose("approve").state == "in_transit"
