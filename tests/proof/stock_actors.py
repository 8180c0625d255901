"""Who acts on stock in the stock machine, each by the product's own code, and what each does to the books.

A kind of actor is one function that gives a `Command`: what it asks of the product, which write does it, what is true
in the books from then on, and which answers are right. What other contexts add (reservations before the order,
backorders, lots, bundles) is one more function here and one more rule in `tests.proof.stock_machine`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ordo.inventory.layout import Fence, is_general
from ordo.inventory.model import StockCounter
from ordo.inventory.movements import MovementKind, RecordMovement
from ordo.kernel.errors import Code, OrdoError
from tests.proof.stock_shop import Shop
from tests.proof.stock_sight import Sight, open_units
from tests.proof.stock_waiting import Place
from tests.support.turns import Written

K = MovementKind
CORRECTIONS = {K.ADJUST, K.COUNT, K.SAFETY}


@dataclass
class Command:
    """What an actor wants. Sent again when its answer was lost; `done` says that it was written, once."""

    name: str
    run: Callable[[], Any]
    does: Callable[[Written], bool]
    """Whether a write is the one that does it."""
    book: Callable[[Written], None]
    """What is true from then on; refuses (`AssertionError`) what must not have been done."""
    judge: Callable[[Any], None]
    """Whether the answer, or the refusal, is right."""
    look: Callable[[list[StockCounter]], None] = lambda _counters: None
    """Looks at every moment while it is on its way."""
    corrects: bool = False
    done: bool = False
    others: int = 0
    """Writes of others while it is on its way."""


# ---------------------------------------------------------------------- goods
def movement(
    shop: Shop,
    kind: MovementKind,
    place: Place,
    quantity: int,
    to_node: str | None = None,
    *,
    fills: bool = False,
    expires_on: str | None = None,
) -> Command:
    """Goods come, go or are counted. `fills`: those who wait get theirs right after it. `expires_on`: of that lot."""
    asked = RecordMovement(
        shop.next_id("mov"), kind, *place, quantity, "why", "who", to_node=to_node, expires_on=expires_on
    )
    sight = Sight()

    def look(counters: list[StockCounter]) -> None:
        here = [each for each in counters if (each.sku, each.node) == place]
        sight.see("free", open_units(here, lambda _fence: True))
        sight.see("lots", shop.on_shelves(place))
        sight.see("on_hand", sum(each.on_hand for each in here))

    def run() -> Any:
        recorded = shop.service.record(asked, by_lot=place[0] in shop.catalogue.lot_days)
        if fills:
            shop.fill_after(recorded)
        return recorded

    def book(_: Written) -> None:
        if kind in (K.DAMAGE, K.TRANSFER):
            assert sight.most["free"] >= quantity, f"{quantity} went, {sight.most['free']} were free, or of who waits"
        if kind in (K.RECEIVE, K.RETURN):
            shop.books.come(place, quantity)
        elif kind is K.DAMAGE:
            shop.books.go(place, quantity)
        elif kind is K.TRANSFER:
            shop.books.go(place, quantity)
            shop.books.come((place[0], str(to_node)), quantity)
        elif kind is K.SAFETY:
            shop.books.correct(place, safety=quantity)
        else:
            counted = quantity - shop.leaving(place)
            shop.books.correct(place, on_hand=counted if kind is K.COUNT else shop.books.on_hand[place] + quantity)

    def judge(answer: Any) -> None:
        if not isinstance(answer, OrdoError):
            assert command.done
            assert (answer.movement_id, answer.kind) == (asked.movement_id, kind)
            return
        assert not command.done, "refused, but done"
        if answer.code is Code.BUSY:
            assert command.others, "busy, and nobody else was there"
            return
        if answer.code is Code.LOTS_SHORT:  # what is picked lies in none, and a transfer leaves what is over behind
            gone = sight.most["on_hand"] - quantity if kind is K.COUNT else abs(quantity)
            assert sight.least["lots"] < gone, f"no lots, with {sight.least['lots']} in them all the time"
            return
        assert answer.code is Code.STOCK_MOVEMENT_REFUSED, answer
        wanted = {K.DAMAGE: "free", K.TRANSFER: "free", K.ADJUST: "on_hand"}[kind]
        assert sight.least[wanted] < abs(quantity), f"refused with {sight.least[wanted]} {wanted} all the time"

    command = Command(
        f"{kind.value} {quantity} of {place}" + (f" to {to_node}" if to_node else ""),
        run=run,
        does=lambda written: written.method == "record" and written.given[0].movement_id == asked.movement_id,
        book=book,
        judge=judge,
        look=look,
        corrects=kind in CORRECTIONS,
    )
    return command


def arranging(shop: Shop, place: Place, buckets: int | None, fences: Mapping[str, Fence] | None) -> Command:
    """Another number of buckets, other fences, or only what is free spread again. Nothing comes or goes."""
    sight = Sight()
    wanted = sum(fence.quantity or 0 for fence in (fences or {}).values())

    def look(counters: list[StockCounter]) -> None:
        here = [each for each in counters if (each.sku, each.node) == place]
        sight.see("free", sum(each.available for each in here if is_general(each.bucket)))

    def judge(answer: Any) -> None:
        if not isinstance(answer, OrdoError):
            return
        if answer.code is Code.BUSY:
            assert command.others, "busy, and nobody else was there"
            return
        assert answer.code is Code.STOCK_MOVEMENT_REFUSED, answer
        shares = any(fence.share for fence in (fences or {}).values())
        assert sight.least["free"] < wanted or shares, "refused while so much was free"

    command = Command(
        f"arrange {place}: {buckets} {fences}",
        run=lambda: shop.arranging.arrange(*place, actor="who", buckets=buckets, fences=fences),
        does=lambda _written: False,
        book=lambda _written: None,
        judge=judge,
        look=look,
    )
    return command
