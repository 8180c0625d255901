"""The whole day, from the first product to the night after."""

from __future__ import annotations

from tests.proof.day.aftersale import complaints, late_cards, money_moves, returns, stuck
from tests.proof.day.catalogue import coupons, master_data, messages, nights, prices, silence, what_goes_wrong
from tests.proof.day.deliveries import deliveries, on_the_page, signing
from tests.proof.day.orders import changes_and_holds, incidents, late_money, place_and_find, refusals, work
from tests.proof.day.supply import backorders, large, lots, reservations, supply
from tests.support.events import SCHEDULED
from tests.support.receiver import receiver
from tests.support.shop import (
    must,
)
from tests.support.world import World


def a_day(world: World, key: str) -> None:
    """Everything that the roles are for, at least once."""
    with receiver() as merchant:
        master_data(world, merchant.url)
        messages(world)
        order = place_and_find(world, key)
        prices(world, order)
        supply(world)
        lots(world)
        changes_and_holds(world)
        work(world, order)
        refusals(world)
        incidents(world)
        complaints(world)
        returns(world)
        stuck(world)
        large(world)
        late_money(world)
        coupons(world)
        late_cards(world)
        reservations(world)
        backorders(world)
        on_the_page(world)
        deliveries(world)
        signing(world)
        money_moves(world)
        world.pump()
        world.invoke("signal_case", SCHEDULED)
        for _ in range(2):
            world.invoke("anchor_timelines", SCHEDULED)
        must(world.call("GET", f"/v1/orders/{order['order_id']}/timeline?verify=true"))
        must(world.call("GET", "/v1/orders?standing=late"))
        what_goes_wrong(world, merchant)
        nights(world)
        silence(world)
