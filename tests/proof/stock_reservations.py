"""Reservations before the order in the stock machine: who reserves, gives back, extends, and lets expire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ordo.inventory.model import StockCounter
from ordo.inventory.reservations import Reservation, ReservationState
from ordo.kernel.errors import Code, OrdoError
from ordo.sourcing.reservation_schemas import ReservationRequest
from tests.proof.stock_actors import Command
from tests.proof.stock_catalogue import LIMIT, goods
from tests.proof.stock_shop import Shop
from tests.proof.stock_sight import Sight
from tests.support.turns import Written

PART = "held"


def held_units(shop: Shop, reservation: Reservation) -> dict[tuple[str, str], int]:
    """What a reservation holds, by SKU and node."""
    found: dict[tuple[str, str], int] = {}
    for each in reservation.held:
        found[each.sku, each.node] = found.get((each.sku, each.node), 0) + each.units
    return found


def reserving(shop: Shop, channel: str, customer: str, wanted: Mapping[str, int]) -> Command:
    """A checkout holds some SKUs for a customer; sent again it has the same key."""
    key, sight = shop.next_id("key"), Sight()
    lines = [{"line_id": sku, "sku": sku, "quantity": units} for sku, units in sorted(wanted.items())]
    wanted = goods(wanted)
    request = ReservationRequest.model_validate({"channel": channel, "customer_id": customer, "lines": lines})

    def look(counters: list[StockCounter]) -> None:
        shop.see(sight, counters, wanted, channel)
        holder = f"{channel}#customer#{customer}"
        mine = [each for each in shop.raw.pending().values() if each.holder == holder]
        for sku in wanted:
            sight.see(("room", sku), LIMIT - sum(each.pending.by_sku().get(sku, 0) for each in mine))

    def book(written: Written) -> None:
        reservation: Reservation = written.given[0]
        assert reservation.pending.by_sku() == dict(sorted(wanted.items()))
        held = held_units(shop, reservation)
        shop.require_seen(sight, held)
        shop.books.take(reservation.reservation_id, {PART: held})

    def judge(answer: Any) -> None:
        if not isinstance(answer, OrdoError):
            assert command.done, "reserved, but nothing was taken"
            return
        assert not command.done, "refused, but reserved"
        if answer.code is Code.BUSY:
            assert command.others, "busy, and nobody else was there"
        elif answer.code is Code.RESERVATION_LIMIT:
            assert any(sight.least["room", sku] < units for sku, units in wanted.items()), "there was room"
        elif answer.code is Code.NO_NODE:
            shop.require_crowded(sight, wanted)
        else:
            assert answer.code is Code.OUT_OF_STOCK, answer
            assert any(sight.least[sku] < units for sku, units in wanted.items()), f"out of stock with {sight.least}"

    command = Command(
        f"reserve {dict(wanted)} for {customer} in {channel}",
        run=lambda: shop.reserving.reserve(request, "shop", key),
        does=lambda written: written.method == "take" and written.given[0].key == key,
        book=book,
        judge=judge,
        look=look,
    )
    return command


def giving_back(shop: Shop, reservation_id: str) -> Command:
    """The customer leaves. What is released, by whomever, is booked by the machine."""

    def judge(answer: Any) -> None:
        state = shop.raw.reservations.find(reservation_id)
        assert state is not None
        if isinstance(answer, OrdoError):
            busy = answer.code is Code.BUSY and command.others
            assert busy or state.state is ReservationState.COMMITTED, answer
            return
        assert state.state is ReservationState.RELEASED

    command = Command(
        f"give {reservation_id} back",
        run=lambda: shop.reservation_desk.give_back(reservation_id, lambda _channel: True),
        does=lambda _written: False,
        book=lambda _written: None,
        judge=judge,
    )
    return command


def extending(shop: Shop, reservation_id: str, minutes: int) -> Command:
    """The customer takes longer."""

    def judge(answer: Any) -> None:
        if isinstance(answer, OrdoError):
            assert answer.code is Code.RESERVATION_ENDED or (answer.code is Code.BUSY and command.others), answer

    command = Command(
        f"extend {reservation_id}",
        run=lambda: shop.reservation_desk.extend(reservation_id, minutes, lambda _channel: True),
        does=lambda _written: False,
        book=lambda _written: None,
        judge=judge,
    )
    return command


def expiring(shop: Shop, reservation_id: str) -> Command:
    """The watcher finds its deadline due."""
    found = shop.raw.reservations.find(reservation_id)
    due = found is not None and found.has_expired(shop.now)

    def judge(answer: Any) -> None:
        assert not isinstance(answer, OrdoError), answer
        after = shop.raw.reservations.find(reservation_id)
        assert after is not None
        extended = found is not None and after.expires_at != found.expires_at  # by who had read it before its end
        assert not due or extended or after.state is not ReservationState.PENDING, "expired, and still holds its units"

    return Command(
        f"expire {reservation_id}",
        run=lambda: shop.relief.expire(reservation_id),
        does=lambda _written: False,
        book=lambda _written: None,
        judge=judge,
    )
