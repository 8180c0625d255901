"""How fast the API on the embedded cloud takes orders from several clients at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.support.cloud import Cloud, running_cloud
from tests.support.shop import order_body
from tools.api import Api
from tools.figures.line import figure

LOADS = {1: 12, 4: 24, 16: 48}
"""Orders of one run, by the number of clients."""
RUNS = 5
ORDER = "phone-earphones-tees"


@dataclass(frozen=True)
class Load:
    """One run: orders a second over all clients, and what each order took in milliseconds."""

    orders_per_s: float
    taken_ms: list[float]

    def percentile(self, share: float) -> float:
        """The least time that `share` of the orders did not exceed (nearest rank)."""
        ordered = sorted(self.taken_ms)
        return ordered[ceil(share * len(ordered)) - 1]


def api_figures() -> Iterator[dict[str, object]]:
    """Throughput and times at each load, on an embedded cloud of its own that is removed afterwards."""
    with TemporaryDirectory() as folder, running_cloud(Path(folder) / "home") as cloud:
        _stock(cloud)
        run_load(cloud, max(LOADS), max(LOADS), "warm")
        for clients, orders in LOADS.items():
            how = f"{orders} orders of three lines, {clients} at a time, at an embedded cloud on this machine"
            loads = [run_load(cloud, clients, orders, f"{clients}-{run}") for run in range(RUNS)]
            name = f"api.place.{clients}"
            yield figure(f"{name}.orders_per_s", [load.orders_per_s for load in loads], "orders/s", how)
            yield figure(f"{name}.p50_ms", [load.percentile(0.5) for load in loads], "ms", how, digits=0)
            yield figure(f"{name}.p99_ms", [load.percentile(0.99) for load in loads], "ms", how, digits=0)


def run_load(cloud: Cloud, clients: int, orders: int, name: str) -> Load:
    """Place `orders` orders with `clients` clients, each with a connection of its own."""
    apis = [Api(cloud.api_url, cloud.target.own_key()) for _ in range(clients)]
    shares = [range(client, orders, clients) for client in range(clients)]
    started = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        taken = pool.map(
            lambda pair: [_place(pair[0], f"{name}-{number}") for number in pair[1]], zip(apis, shares, strict=True)
        )
        times = [each for client in taken for each in client]
    seconds = time.perf_counter() - started
    for api in apis:
        api.close()
    return Load(orders / seconds, times)


def _place(api: Api, name: str) -> float:
    body: dict[str, Any] = order_body(name=ORDER, external_id=f"BENCH-{name}")
    started = time.perf_counter()
    api.place(body, key=f"bench-{name}")
    return (time.perf_counter() - started) * 1000


def _stock(cloud: Cloud) -> None:
    """Enough on the shelf for every order of the bench, at the node that a first order is given to."""
    placed = cloud.api.place(order_body(name=ORDER, external_id="BENCH-first"))
    (fulfilment,) = placed["plan"]["fulfilments"]
    for number, line in enumerate(fulfilment["lines"]):
        movement = {"movement_id": f"bench-{number}", "kind": "receive", "sku": line["sku"], "reason": "bench"}
        quantity = line["quantity"] * (sum(LOADS.values()) * RUNS + max(LOADS))
        cloud.api.post("/v1/stock/movements", {**movement, "node_id": fulfilment["node_id"], "quantity": quantity})
