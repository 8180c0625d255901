"""What a carrier's webhook costs: one push with four new scans of a known parcel, carrier by carrier."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlencode

from ordo.kernel.clock import system_clock
from ordo.shipments.carriers.port import Push
from ordo.shipments.carriers.registry import ADAPTERS
from tests.support.carrier_bodies import BODIES, ONE_EVENT, Scan
from tests.support.pushes import signed
from tests.support.shop import dispatch, fulfilments, must, order_body, pay, place, shop_world
from tests.support.world import Answer, World
from tools.figures.line import figure
from tools.figures.watching import Watch, Watched

RUNS = 5
CODES = {
    "17track": "InTransit",
    "aftership": "InTransit",
    "dhl_unified": "transit",
    "fedex": "IT",
    "kdniao": "2",
    "kuaidi100": "0",
    "sendcloud": "sorting",
    "sf_express": "30",
    "shipengine": "IT",
    "shippo": "TRANSIT",
    "ups": "I",
}
"""How each says that a parcel is in transit; the others say `in_transit`."""


def carrier_figures() -> Iterator[dict[str, object]]:
    """CPU, calls and write units of the first push, and the calls of the same push when it comes again."""
    with shop_world() as world:
        for carrier in sorted(ADAPTERS):
            world.reset()  # with its stock
            yield from _figures(world, carrier)


def _figures(world: World, carrier: str) -> Iterator[dict[str, object]]:
    runs = [_run(world, carrier, run) for run in range(RUNS + 1)][1:]
    scans = "one scan" if carrier in ONE_EVENT else "four new scans"
    how = f"receive_carrier_event takes a signed push with {scans} of a known parcel, in process; secrets cached"
    first, again = zip(*runs, strict=True)
    cpu = [sum(one.cpu_s for one in each.invocations) * 1000 for each in first]
    yield figure(f"carrier.{carrier}.cpu_ms", cpu, "ms", f"{how}; emulator excluded")
    yield figure(f"carrier.{carrier}.aws_calls", [len(each.handler_calls) for each in first], "calls", how)
    writes = [sum(call.units.wru + call.units.index_wru for call in each.handler_calls) for each in first]
    yield figure(f"carrier.{carrier}.wru", writes, "WRU", f"{how}; tables and indexes, by item size")
    repeated = f"{how}; the same push again"
    yield figure(f"carrier.{carrier}.again.aws_calls", [len(each.handler_calls) for each in again], "calls", repeated)


def _run(world: World, carrier: str, run: int) -> tuple[Watched, Watched]:
    """The push of one parcel, and the same again."""
    number = f"BENCH{carrier.upper().replace('_', '')}{run}"
    order = place(world, order_body(external_id=number))
    must(pay(world, order))
    must(dispatch(world, fulfilments(order)[0], number, carrier=carrier))
    world.publish()
    code, now = CODES.get(carrier, "in_transit"), system_clock()
    scans = [Scan(code, now - timedelta(hours=hour), words=f"scan {hour}") for hour in (4, 3, 2, 1)]
    watched = []
    for _ in range(2):
        with Watch(world).on() as seen:
            must(_send(world, signed(carrier, BODIES[carrier](number, scans), now)), 200)
        watched.append(seen)
    return watched[0], watched[1]


def _send(world: World, push: Push) -> Answer:
    query = f"?{urlencode(push.query)}" if push.query else ""
    return world.call("POST", f"/v1/carriers/{push.carrier}/events{query}", push.body, dict(push.headers))
