"""What an earlier try of the same request has taken keeps the next one neither short nor waiting."""

from __future__ import annotations

from dataclasses import replace

from ordo.inventory.model import StockCounter
from ordo.inventory.relief import Relief
from ordo.orders.checking import Views, with_stock
from ordo.orders.memory import InMemoryOrderRepository
from tests.support.orders import draft_for
from tests.unit.sourcing.test_waits import BY_LEAD, NOON, Shop

LINES = (("-", (("1", "tee", 3),)),)


class Earlier:
    """An earlier try, which has taken all that there is."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def give_back_earlier(self, _taking_id: str) -> bool:
        self._shop.stock = [replace(each, reserved=0) for each in self._shop.stock]
        return True


def test_who_would_wait_only_for_what_it_took_itself_gets_that() -> None:
    shop = Shop([StockCounter("tee", "hz", 3, reserved=3)])
    draft = draft_for(parts=LINES, now=NOON).with_(plan=None, needs={"1": {"availability": BY_LEAD.to_dict()}})
    relief = Relief(InMemoryOrderRepository().reservations, lambda: NOON)
    seen = with_stock(draft, shop, shop, relief, NOON, Views(None, shop, Earlier(shop)), consistent=False)
    assert (seen.stock, seen.backorders) == ({"tee": {"hz": 3}}, None)
