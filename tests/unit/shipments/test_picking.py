"""Which lots are picked: first expired first, or as the node says; and any interleaving, against a list of units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from ordo.inventory.errors import LotsShort
from ordo.inventory.lots import NEVER, Lot, LotMove, merge_lots
from ordo.inventory.model import MAIN, StockCounter
from ordo.kernel.errors import NotAllowedNow, OrdoError
from ordo.orders.cancellation import cancellation
from ordo.orders.desk import OrderDesk
from ordo.orders.memory import InMemoryOrderRepository
from ordo.orders.model import SYSTEM
from ordo.orders.trimming import live_units, trim
from ordo.shipments.model import BucketUnits, Fulfilment, FulfilmentState, LineQuantity, LotUnits
from ordo.shipments.picking import MOST_LOTS, Pick, TooManyLots, lots_back, picked, require_one_commit, require_same
from ordo.shipments.service import work_fulfilment
from tests.support.shipping import Clock, CountingIds, first, place

EARLY, LATE = "2026-12-01", "2027-01-01"


def fulfilment(**units: int) -> Fulfilment:
    lines = tuple(LineQuantity(line_id=sku, sku=sku, quantity=count) for sku, count in units.items())
    stamps = {"created_at": "2026-11-22T10:00:00.000Z", "changed_at": "2026-11-22T10:00:00.000Z"}
    state = FulfilmentState.OPEN
    return Fulfilment(fulfilment_id="f", order_id="o", node_id="hz", state=state, lines=lines, **stamps)


def reader(**lots: list[tuple[str, str, int]]) -> Pick:
    def read(node: str, skus: Sequence[str], *, every: bool = False) -> Mapping[str, Sequence[Lot]]:
        return {sku: [Lot(sku, node, *each) for each in lots[sku]] for sku in skus if sku in lots}

    return Pick(read)


def units(lot: str, quantity: int, expires_on: str | None = EARLY, sku: str = "MILK") -> LotUnits:
    return LotUnits(sku=sku, lot=lot, expires_on=expires_on, quantity=quantity)


def test_lots_of_all_skus_are_chosen_first_expired_first() -> None:
    milk = [("B", LATE, 9), ("C", EARLY, 1), ("A", EARLY, 2), ("", NEVER, 4)]
    done, moves = picked(fulfilment(MILK=4, EGGS=1, MUG=1), reader(MILK=milk, EGGS=[("", NEVER, 1)]))
    assert done.lots == (units("", 1, None, "EGGS"), units("A", 2), units("C", 1), units("B", 1, LATE))
    assert sum(move.units for move in moves) == -5


def test_every_sku_that_lacks_units_is_named() -> None:
    with pytest.raises(LotsShort) as short:
        picked(fulfilment(MILK=4, EGGS=1, MUG=1), reader(MILK=[("A", EARLY, 3)], EGGS=[], MUG=[("A", EARLY, 1)]))
    assert [(each.sku, each.wanted, each.there) for each in short.value.lacks] == [("EGGS", 1, 0), ("MILK", 4, 3)]


def test_what_was_picked_before_stays_and_only_the_rest_is_chosen() -> None:
    before = fulfilment(MILK=2, EGGS=1).model_copy(update={"lots": (units("X", 2),)})
    done, moves = picked(before, reader(MILK=[("A", EARLY, 9)], EGGS=[("E", EARLY, 9)]))
    assert done.lots == (units("X", 2), units("E", 1, sku="EGGS"))
    assert [move.lot for move in moves] == ["E"]


def test_units_of_several_buckets_are_picked_together() -> None:
    takes = tuple(BucketUnits(sku="MILK", bucket=bucket, quantity=2) for bucket in ("0", "1"))
    done, _ = picked(fulfilment(MILK=4).model_copy(update={"buckets": takes}), reader(MILK=[("A", EARLY, 4)]))
    assert done.lots == (units("A", 4),)


def test_named_lots_are_taken_as_named_and_the_other_skus_first_expired_first() -> None:
    shelf = reader(MILK=[("A", EARLY, 9), ("B", LATE, 9)], EGGS=[("E", EARLY, 9)])
    done, _ = picked(fulfilment(MILK=3, EGGS=1), Pick(shelf.read, (units("B", 3, LATE),)))
    assert done.lots == (units("E", 1, sku="EGGS"), units("B", 3, LATE))


@pytest.mark.parametrize(
    ("named", "pointer"),
    [
        ((units("A", 2),), "/lots"),
        ((units("A", 4),), "/lots"),
        ((units("A", 3, sku="MUG"),), "/lots/0/sku"),
        ((units("A", 3), units("A", 3, sku="NONE")), "/lots/1/sku"),
        ((units("A", 3, LATE),), "/lots"),
        ((units("B", 3),), "/lots"),
    ],
)
def test_named_lots_that_do_not_fit_are_refused(named: tuple[LotUnits, ...], pointer: str) -> None:
    shelf = reader(MILK=[("A", EARLY, 9)])
    with pytest.raises(OrdoError) as refused:
        picked(fulfilment(MILK=3, MUG=3), Pick(shelf.read, named))
    assert refused.value.pointer == pointer


def test_more_lots_than_fit_into_one_commit_are_refused() -> None:
    many = [(f"L{number:03d}", EARLY, 1) for number in range(MOST_LOTS + 1)]
    with pytest.raises(TooManyLots):
        picked(fulfilment(MILK=MOST_LOTS + 1), reader(MILK=many))
    assert len(picked(fulfilment(MILK=MOST_LOTS), reader(MILK=many))[1]) == MOST_LOTS


def test_a_dispatch_that_would_pick_too_much_at_once_asks_for_a_pick_first() -> None:
    many = {f"SKU{number:02d}": 1 for number in range(60)}
    _, moves = picked(fulfilment(**many), reader(**{sku: [("A", EARLY, 1)] for sku in many}))
    with pytest.raises(TooManyLots):
        require_one_commit(moves, 31)
    require_one_commit((), 50)
    require_one_commit(moves, 30)


def test_a_repeat_may_name_the_same_lots_or_none() -> None:
    done = fulfilment(MILK=2).model_copy(update={"lots": (units("A", 1), units("B", 1, LATE))})
    require_same(done, ())
    require_same(done, (units("B", 1, LATE), units("A", 1)))
    with pytest.raises(NotAllowedNow):
        require_same(done, (units("A", 2),))


def test_what_goes_back_is_what_was_taken() -> None:
    done, moves = picked(fulfilment(MILK=3), reader(MILK=[("A", EARLY, 2), ("", NEVER, 4)]))
    assert merge_lots([*moves, *lots_back([done])]) == []
    assert lots_back([done])[1] == LotMove("MILK", "hz", "", NEVER, 1)


def test_an_order_of_many_lots_is_cancelled_and_each_lot_gets_its_units_back() -> None:
    skus = [f"SKU{number:02d}" for number in range(80)]
    counters = {(sku, "WH-1", MAIN): StockCounter(sku, "WH-1", on_hand=1, by_lot=True) for sku in skus}
    repository = InMemoryOrderRepository(counters)
    repository.by_lot = {lot.key: lot for lot in (Lot(sku, "WH-1", "A", EARLY, 1) for sku in skus)}
    desk = OrderDesk(repository, Clock(), CountingIds(), budget_s=0.2)
    order = place(repository, {"WH-1": [(sku, sku, 1) for sku in skus]})
    shelf = reader(**{sku: [("A", EARLY, 1)] for sku in skus})
    work_fulfilment(desk, first(), FulfilmentState.PICKED, "wms", lambda _: True, shelf)
    assert not any(lot.units for lot in repository.by_lot.values())
    state = repository.load(order)
    assert len(trim(state, live_units(state), Clock()(), picked=True).lots) == 80
    desk.change(order, lambda state, now: cancellation(state, now, code="staff", reason="x"), actor=SYSTEM)
    assert {lot.units for lot in repository.by_lot.values()} == {1}
