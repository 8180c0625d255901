"""Parcels that hold parts of bundles."""

from __future__ import annotations

import pytest

from ordo.kernel.errors import Code
from ordo.shipments.errors import ParcelsWrong
from ordo.shipments.model import Fulfilment, FulfilmentState, LineQuantity
from ordo.shipments.parcels import PackedParcel, fill_parcels

NOON = "2026-11-22T12:00:00.000Z"
SET = (
    LineQuantity(line_id="1", sku="PHONE", quantity=2, part=0),
    LineQuantity(line_id="1", sku="CASE", quantity=4, part=1),
    LineQuantity(line_id="2", sku="TEE", quantity=1),
)
WORK = Fulfilment(
    fulfilment_id="ful_1_1",
    order_id="ord_1",
    node_id="hz",
    state=FulfilmentState.PACKED,
    lines=SET,
    created_at=NOON,
    changed_at=NOON,
)


def test_a_parcel_may_hold_some_parts_of_a_bundle() -> None:
    told = (PackedParcel("A", (("1", 2, 0), ("2", 1))), PackedParcel("B", (("1", 4, 1),)))
    filled = fill_parcels(WORK, told)
    held = [[(each.line_id, each.part, each.sku, each.quantity) for each in box.lines] for box in filled]
    assert held == [[("1", 0, "PHONE", 2), ("2", None, "TEE", 1)], [("1", 1, "CASE", 4)]]


@pytest.mark.parametrize(
    ("lines", "code", "pointer"),
    [
        ((("1", 2),), Code.INVALID_REQUEST, "/parcels/0/lines/0/part"),
        ((("1", 2, 2),), Code.INVALID_REQUEST, "/parcels/0/lines/0/part"),
        ((("2", 1, 0),), Code.INVALID_REQUEST, "/parcels/0/lines/0/part"),
        ((("3", 1, 0),), Code.INVALID_REQUEST, "/parcels/0/lines/0/line_id"),
        ((("1", 2, 0), ("1", 5, 1)), Code.INVALID_QUANTITY, "/parcels/0/lines/1/quantity"),
        ((("1", 2, 0), ("2", 1)), Code.INVALID_QUANTITY, "/parcels"),
    ],
)
def test_a_parcel_says_which_part_it_holds_and_no_more_than_there_is(
    lines: tuple[tuple[str, int] | tuple[str, int, int | None], ...], code: Code, pointer: str
) -> None:
    with pytest.raises(ParcelsWrong) as refused:
        fill_parcels(WORK, (PackedParcel("A", lines),))
    assert (refused.value.code, refused.value.pointer) == (code, pointer)


def test_units_without_a_part_are_stored_as_they_were_before_there_were_bundles() -> None:
    stored = WORK.model_dump(mode="json", exclude_none=True)["lines"]
    assert stored[2] == {"line_id": "2", "sku": "TEE", "quantity": 1}
    assert LineQuantity.model_validate(stored[0]) == SET[0]
