"""Lots: one contract for the stock repository in memory and in DynamoDB, and what the night makes of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from ordo.inventory.arranging import Arranging
from ordo.inventory.errors import CounterChanged, LotRefused, LotsShort, MovementRefused
from ordo.inventory.layout import Fence
from ordo.inventory.ledger import Ledger
from ordo.inventory.ledger_repository import DynamoLedger, InMemoryLedger
from ordo.inventory.lot_booking import LotBooking
from ordo.inventory.lot_shelf import Expiry, LotShelf, LotStock
from ordo.inventory.lots import NEVER, Lot, LotMove
from ordo.inventory.memory import InMemoryStock
from ordo.inventory.model import MAIN, StockMove
from ordo.inventory.movements import LedgerEntry, Movement, MovementKind, RecordMovement
from ordo.inventory.repository import DynamoStockRepository
from ordo.inventory.service import StockService
from ordo.inventory.shortage_memory import InMemoryShortages
from ordo.inventory.shortage_repository import DynamoShortages, outbox_pk
from ordo.inventory.shortages import ShortageRepository, Shortages
from ordo.runtime.dynamo import query_all

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EARLY, LATE = "2026-03-10", "2026-04-10"


@dataclass
class Policies:
    """A catalogue in two fields."""

    days: dict[str, int] = field(default_factory=dict)
    day: date = date(2026, 3, 1)

    def min_days(self, skus: Any) -> Mapping[str, int]:
        return {sku: self.days[sku] for sku in skus if sku in self.days}

    def today(self, node: str, now: datetime) -> date:
        return self.day


class Room:
    """Stock, its service, the night, and what they told."""

    def __init__(self, stock: LotStock, ledger: Ledger, shortages: ShortageRepository) -> None:
        self.stock, self.ledger, self.policies, self.count = stock, ledger, Policies(), 0
        self.told_by = shortages
        self.service = StockService(stock, lambda: NOON)
        self.expiry = Expiry(stock, self.policies, Shortages(shortages, lambda: NOON, self.ids), lambda: NOON, self.ids)

    def ids(self, prefix: str, _now: datetime) -> str:
        self.count += 1
        return f"{prefix}_{self.count}"

    def move(self, kind: str, quantity: int, node: str = "hz", by_lot: bool = False, **fields: Any) -> Movement:
        self.count += 1
        command = RecordMovement(f"m{self.count}", MovementKind(kind), "TEE", node, quantity, "why", "wms", **fields)
        return self.service.record(command, by_lot=by_lot)

    def lots(self, node: str = "hz") -> list[tuple[str, str, int]]:
        return [(lot.lot, lot.expires_on, lot.units) for lot in self.service.lots_of("TEE", [node])]

    def on_hand(self, node: str = "hz") -> int:
        return sum(counter.on_hand for counter in self.service.stock_of("TEE", [node]))

    def events(self) -> list[dict[str, Any]]:
        if isinstance(self.told_by, InMemoryShortages):
            bodies = self.told_by.events.get(("TEE", "hz"), [])
        else:
            items = query_all("supply", outbox_pk("TEE", "hz"), sk_from="event#", sk_to="event#~")
            bodies = [item["body"] for item in items]
        return [event for event in map(json.loads, bodies) if event["type"] == "stock.expired"]


@pytest.fixture(params=["memory", pytest.param("dynamodb", marks=pytest.mark.moto)])
def room(request: pytest.FixtureRequest) -> Room:
    if request.param == "memory":
        memory = InMemoryStock()
        return Room(memory, InMemoryLedger(memory.movements), InMemoryShortages(memory))
    request.getfixturevalue("tables")
    return Room(DynamoStockRepository("supply"), DynamoLedger("supply"), DynamoShortages("supply"))


@pytest.fixture
def full(room: Room) -> Room:
    room.move("receive", 5, lot="B", expires_on=LATE)
    room.move("receive", 5, lot="A", expires_on=EARLY)
    return room


def test_lots_are_told_first_expired_first(full: Room) -> None:
    full.move("receive", 1)
    assert full.lots() == [("A", EARLY, 5), ("B", LATE, 5), ("", NEVER, 1)]


def test_a_lot_of_which_nothing_is_left_is_not_told_and_may_fill_again(full: Room) -> None:
    full.move("damage", 5)
    assert full.lots() == [("B", LATE, 5)]
    full.move("return", 2, lot="A", expires_on=EARLY)
    assert full.lots() == [("A", EARLY, 2), ("B", LATE, 5)]


def test_a_date_without_a_name_is_a_lot_too(room: Room) -> None:
    room.move("receive", 2, expires_on=LATE)
    room.move("receive", 3, expires_on=EARLY)
    room.move("damage", 1, expires_on=LATE)
    assert room.lots() == [("", EARLY, 3), ("", LATE, 1)]


def test_two_of_one_name_need_a_date(room: Room) -> None:
    room.move("receive", 1, lot="A", expires_on=EARLY)
    room.move("damage", 1, lot="A")
    room.move("receive", 1, lot="A", expires_on=LATE)
    room.stock.record(row("mend", gain(1)), [gain(1)], lots=LotBooking((LotMove("TEE", "hz", "A", EARLY, 1),)))
    with pytest.raises(LotRefused):
        room.move("damage", 1, lot="A")
    room.move("damage", 1, lot="A", expires_on=EARLY)
    assert room.lots() == [("A", LATE, 1)]


def test_what_is_on_hand_when_lots_begin_is_the_one_without_a_name(room: Room) -> None:
    room.move("receive", 4)
    assert room.lots() == []
    room.move("safety", 1, by_lot=True)
    assert room.lots() == [("", NEVER, 4)]
    room.move("damage", 3)
    assert (room.lots(), room.on_hand()) == ([("", NEVER, 1)], 1)


def test_lots_begin_in_all_buckets_together(room: Room) -> None:
    room.move("receive", 40)
    arranging = Arranging(room.stock, lambda: NOON, room.ids)
    arranging.arrange("TEE", "hz", actor="ops", buckets=3, fences={"app": Fence(quantity=4)})
    room.move("receive", 2, lot="A", expires_on=EARLY)
    assert room.lots() == [("A", EARLY, 2), ("", NEVER, 40)]
    room.move("damage", 41)
    arranging.arrange("TEE", "hz", actor="ops", buckets=1, fences={})
    assert (room.lots(), room.on_hand()) == ([("", NEVER, 1)], 1)


def test_a_transfer_begins_lots_where_it_goes(full: Room) -> None:
    full.move("receive", 3, node="sh")
    full.move("transfer", 6, to_node="sh")
    assert full.lots() == [("B", LATE, 4)]
    assert full.lots("sh") == [("A", EARLY, 5), ("B", LATE, 1), ("", NEVER, 3)]
    assert full.on_hand("sh") == 9


def test_a_transfer_into_a_node_with_lots_brings_the_one_without_a_name(full: Room) -> None:
    full.move("receive", 3, node="sh")
    full.move("transfer", 2, node="sh", to_node="hz")
    assert full.lots()[-1] == ("", NEVER, 2)
    assert full.lots("sh") == [("", NEVER, 1)]


def test_what_is_over_is_not_transferred_unless_it_is_named(full: Room) -> None:
    late = StockService(full.stock, lambda: datetime(2026, 3, 11, tzinfo=UTC))
    command = RecordMovement("t1", MovementKind.TRANSFER, "TEE", "hz", 6, "why", "wms", "sh")
    with pytest.raises(LotsShort):
        late.record(command)
    late.record(replace(command, quantity=2))
    late.record(replace(command, movement_id="t2", quantity=5, lot="A"))
    assert full.lots("sh") == [("A", EARLY, 5), ("B", LATE, 2)]


@pytest.mark.parametrize(("quantity", "lot"), [(6, "A"), (1, "C")])
def test_what_lots_do_not_have_is_refused_and_nothing_is_written(full: Room, quantity: int, lot: str) -> None:
    with pytest.raises(LotsShort) as refused:
        full.move("damage", quantity, lot=lot)
    assert refused.value.lacks[0].wanted == quantity
    assert (full.lots(), full.on_hand()) == ([("A", EARLY, 5), ("B", LATE, 5)], 10)


def test_what_counters_do_not_have_is_refused_before_lots_are_asked(full: Room) -> None:
    with pytest.raises(MovementRefused):
        full.move("damage", 11)
    assert (full.lots(), full.on_hand()) == ([("A", EARLY, 5), ("B", LATE, 5)], 10)


def test_a_repeated_movement_is_answered_although_its_lot_is_empty_by_now(full: Room) -> None:
    command = RecordMovement("once", MovementKind.DAMAGE, "TEE", "hz", 5, "why", "wms", lot="A")
    first = full.service.record(command)
    assert full.service.record(command) == first
    assert first.lots == (LotMove("TEE", "hz", "A", EARLY, -5),)


def test_ledger_rows_have_the_lots_of_their_place_once(full: Room) -> None:
    Arranging(full.stock, lambda: NOON, full.ids).arrange("TEE", "hz", actor="ops", fences={"app": Fence(share=50)})
    full.move("receive", 4, lot="A", expires_on=EARLY)
    full.move("transfer", 1, to_node="sh", lot="B")
    rows = [row for row in full.ledger.rows("TEE", "hz", None, 20) if row.kind in ("receive", "transfer")]
    assert [(move.lot, move.units) for row in rows for move in row.lots] == [("B", 5), ("A", 5), ("A", 4), ("B", -1)]
    (there,) = full.ledger.rows("TEE", "sh", None, 20)
    assert there.lots == (LotMove("TEE", "sh", "B", LATE, 1),)


# ---------------------------------------------------------------------- what another did meanwhile
def row(movement_id: str, *moves: StockMove) -> Movement:
    entries = tuple(LedgerEntry.of(move) for move in moves)
    return Movement(movement_id, MovementKind.ADJUST, "found", "client-1", NOON, entries, "hash")


def gain(units: int, **fields: Any) -> StockMove:
    return StockMove("TEE", "hz", units, 0, corrects=True, **fields)


def refused(room: Room, *moves: StockMove, **fields: Any) -> None:
    before = room.lots(), room.on_hand()
    with pytest.raises(CounterChanged):
        room.stock.record(row("raced", *moves), moves, **fields)
    assert (room.lots(), room.on_hand()) == before
    assert room.stock.movement("raced") is None


def test_a_movement_that_found_no_lots_is_not_made_once_there_are_some(full: Room) -> None:
    refused(full, gain(1, without_lots=True))


def test_lots_begin_once(full: Room) -> None:
    begin = LotBooking((LotMove("TEE", "hz", "", NEVER, 10),), frozenset({("TEE", "hz")}))
    refused(full, gain(0), lots=begin)


def test_a_lot_never_has_less_than_nothing(full: Room) -> None:
    refused(full, gain(-6), lots=LotBooking((LotMove("TEE", "hz", "A", EARLY, -6),)))


@pytest.mark.parametrize("seen", [Lot("TEE", "hz", "A", EARLY, 4), Lot("TEE", "hz", "A", EARLY, 0)])
def test_a_lot_that_was_counted_is_still_as_it_was_seen(full: Room, seen: Lot) -> None:
    refused(full, gain(1), lots=LotBooking((LotMove("TEE", "hz", "A", EARLY, 1),), seen=(seen,)))


def test_a_lot_that_was_never_there_may_be_counted(full: Room) -> None:
    full.move("count", 3, lot="NEW", expires_on=LATE)
    full.move("count", 0, lot="A")
    full.move("count", 5, lot="B")
    assert full.lots() == [("B", LATE, 5), ("NEW", LATE, 3)]
    assert full.on_hand() == 8


# ---------------------------------------------------------------------- what may be picked, and the night
def test_only_what_is_kept_by_lot_and_good_for_long_enough_may_be_picked(full: Room) -> None:
    full.policies.days["TEE"] = 10
    shelf = LotShelf(full.stock, full.policies, lambda: NOON)
    assert {sku: [lot.lot for lot in lots] for sku, lots in shelf("hz", ["TEE", "MUG"]).items()} == {"TEE": ["B"]}
    assert shelf("sh", ["TEE"]) == {}


def test_a_lot_that_is_over_is_taken_out_and_told_once(full: Room) -> None:
    full.stock.record(row("r", reserve := StockMove("TEE", "hz", 0, 8)), [reserve])
    full.policies.day = date(2026, 3, 11)
    movement = full.expiry.look("TEE", "hz")
    assert movement is not None
    assert full.expiry.look("TEE", "hz") is None
    assert (full.lots(), full.on_hand()) == ([("B", LATE, 5)], 5)
    (counter,) = full.service.stock_of("TEE", ["hz"])
    assert (counter.reserved, counter.available) == (8, -3)
    assert [event["data"] for event in full.events()] == [
        {"lot": "A", "expires_on": EARLY, "units": 5, "days_left": -1}
    ]
    full.move("return", 1, lot="A", expires_on=EARLY)
    assert full.expiry.look("TEE", "hz") is not None
    assert (full.lots(), len(full.events())) == ([("B", LATE, 5)], 1)


def test_a_lot_is_good_on_its_last_day_and_empty_ones_are_cleared_away(full: Room) -> None:
    full.policies.day = date(2026, 3, 10)
    full.move("damage", 5)
    assert [lot.units for lot in full.stock.lots("TEE", "hz")] == [0, 5]
    assert full.expiry.look("TEE", "hz") is None
    assert [lot.units for lot in full.stock.lots("TEE", "hz")] == [5]


def test_an_empty_lot_that_fills_meanwhile_is_not_cleared_away(full: Room) -> None:
    lot = Lot("TEE", "hz", "A", EARLY, 0)
    full.stock.clear_lot(lot)
    full.stock.clear_lot(replace(lot, lot="NONE"))
    assert full.lots()[0] == ("A", EARLY, 5)


def test_what_is_taken_while_the_night_looks_is_looked_at_again(full: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    full.policies.day = date(2026, 3, 11)
    record = full.stock.record
    taken: list[Movement] = []

    def overtaken(movement: Movement, *arguments: Any, **fields: Any) -> None:
        if movement.kind is MovementKind.EXPIRE and not taken:
            taken.append(full.move("damage", 2))
        record(movement, *arguments, **fields)

    monkeypatch.setattr(full.stock, "record", overtaken)
    movement = full.expiry.look("TEE", "hz")
    assert movement is not None
    assert movement.lots == (LotMove("TEE", "hz", "A", EARLY, -3),)
    assert (full.on_hand(), full.stock.counters([("TEE", "hz", MAIN)])[0].by_lot) == (5, True)
