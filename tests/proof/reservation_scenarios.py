"""Reservations before the order, and orders that take them over, as scenarios for crash points."""

from __future__ import annotations

from typing import Any

from tests.proof.scenarios import Scenario
from tests.support.audit import Ledger
from tests.support.lambdas import Killed
from tests.support.reservations import ask, order_with, reservation_body, reserve
from tests.support.shop import sell, simple
from tests.support.world import Answer, World

Made = dict[str, Any]


def reservation_scenarios() -> list[Scenario]:
    """All of them."""
    return [
        Scenario("reservation", _sold, _reserve, _held_once),
        Scenario("order with its reservation", _reserved, _order, _taken_over),
        Scenario("order that gives a part of its reservation back", _reserved, _smaller, _taken_over),
        Scenario("reservation extended", _reserved, _extend, _extended),
        Scenario("reservation given back", _reserved, _give_back, _released),
        Scenario("reservation expired", _expired, _tick, _released, wait=_minutes, answers_again=False),
        Scenario("order that needs what has expired", _expired, _other_order, _other_has_it),
        Scenario("reservation that needs what has expired", _expired, _other_reserves, _released_for_another),
    ]


# ---------------------------------------------------------------------- what was before
def _sold(world: World) -> None:
    sell(world, "LAMP", {"hangzhou": 4, "shenzhen": 2})


def _reserved(world: World) -> Made:
    _sold(world)
    return reserve(world, ("LAMP", 6))


def _expired(world: World) -> Made:
    made = _reserved(world)
    world.clock.advance(minutes=16)
    return made


# ---------------------------------------------------------------------- what is done
def _reserve(world: World, _: Any) -> Answer:
    return ask(world, reservation_body(("LAMP", 6)), key="the-key")


def _order(world: World, made: Made) -> Answer:
    return world.call("POST", "/v1/orders", order_with(made), key="the-key")


def _smaller(world: World, made: Made) -> Answer:
    return world.call("POST", "/v1/orders", order_with(made, ("LAMP", 5)), key="the-key")


def _extend(world: World, made: Made) -> Answer:
    return world.call("POST", f"/v1/reservations/{made['reservation_id']}/extension", {"minutes": 120})


def _give_back(world: World, made: Made) -> Answer:
    return world.call("DELETE", f"/v1/reservations/{made['reservation_id']}")


def _tick(world: World, _: Made) -> Answer:
    try:
        report = world.tick()
    except (Exception, Killed) as error:
        return Answer(502, {"code": "crashed", "error": repr(error)}, {})
    return Answer(200 if report["failed"] == 0 else 500, report, {})


def _other_order(world: World, _: Made) -> Answer:
    return world.call("POST", "/v1/orders", simple("LAMP", 5), key="the-key")


def _other_reserves(world: World, _: Made) -> Answer:
    return ask(world, reservation_body(("LAMP", 6), customer_id="c-2"), key="the-key")


def _minutes(world: World) -> None:
    for _ in range(2):
        world.clock.advance(minutes=2)
        _tick(world, {})


# ---------------------------------------------------------------------- what must be true
def _units(found: Ledger) -> int:
    return sum(counter["reserved"] for (sku, _), counter in found.counters.items() if sku == "LAMP")


def _held_once(_: None, found: Ledger) -> None:
    (header,) = found.reserved.headers.values()
    assert (header["state"], _units(found)) == ("pending", 6)


def _taken_over(made: Made, found: Ledger) -> None:
    (order_id,) = found.orders
    header = found.reserved.headers[made["reservation_id"]]
    assert (header["state"], header["order_id"]) == ("committed", order_id)
    assert found.types(order_id) == ["order.placed"]
    assert _units(found) in {5, 6}


def _extended(made: Made, found: Ledger) -> None:
    header = found.reserved.headers[made["reservation_id"]]
    assert (header["state"], header["expires_at"]) == ("pending", made["latest_at"])


def _released(made: Made, found: Ledger) -> None:
    assert found.reserved.headers[made["reservation_id"]]["state"] == "released"
    assert _units(found) == 0


def _other_has_it(made: Made, found: Ledger) -> None:
    assert found.reserved.headers[made["reservation_id"]]["state"] == "released"
    assert (len(found.orders), _units(found)) == (1, 5)


def _released_for_another(made: Made, found: Ledger) -> None:
    assert found.reserved.headers[made["reservation_id"]]["state"] == "released"
    assert (len(found.reserved.pending), _units(found)) == (1, 6)
