"""What buckets do for a hot SKU: tries of the real commit, and a simulation of commits from published limits."""

from __future__ import annotations

import heapq
import json
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

from tests.support.faults import conflict
from tests.support.shop import must, order_body, place, sell, shop_world
from tests.support.wire import Answer, Call
from tools.figures.line import figure

CLIENTS, ORDERS_EACH = 16, 3
LATENCY_MS = ((0.0, 19.4), (0.5, 25.3), (0.9, 30.7), (0.95, 36.4), (0.99, 92.5), (1.0, 218.0))
"""Share of transactions of 5 items that took no longer; measured in AWS Lambda by A. DeBrie, 2020.

Source: github.com/alexdebrie/dynamodb-performance-testing, put-batch-transaction-performance/README.md.
"""
PARTITION_UNITS, UNITS_OF_A_TRY = 1000, 2
"""Write units a second of one partition; units of a transaction's write of 1 KB. Source: DynamoDB developer guide."""
BUDGET_S, FIRST_S, CEILING_S = 3.5, 0.02, 0.64
"""As ordo.orders.commit and ordo.runtime.retry: full jitter up to an exponential ceiling."""

TRIED = (
    "orders of 1 unit by {clients} clients through the handlers in process, {buckets} buckets; modelled conflicts: all "
    "clients' transactions overlap, so a counter is held until each other client has tried once; not timed"
)
SIMULATED = (
    "simulation, not on AWS; {clients} clients without pause, {buckets} buckets, {seconds} s, seeded; assumes: "
    "a try on a counter under another transaction is refused, and a counter is held for the whole latency; latency "
    "interpolated between published quantiles (DeBrie 2020, 5 items), the same for refusals; each counter alone on a "
    "partition of 1,000 write units a second, of which every try, refused too, takes 2; retries as the product's; "
    "stock enough"
)


@dataclass
class Overlap:
    """Refuses a commit whose counter was taken by one of the tries just before: as many as there are other clients."""

    clients: int
    prefix: str
    tries: int = 0
    _held: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def before(self, call: Call) -> Answer | None:
        if call.operation != "TransactWriteItems" or call.function != "commit_order":
            return None
        writes = call.request["TransactItems"]
        mine = {place: name for place, write in enumerate(writes) if self.prefix in (name := _key(write))}
        with self._lock:
            self.tries += 1
            for place, name in mine.items():
                if self.tries - self._held.get(name, -self.clients) < self.clients:
                    return conflict(len(writes), place)
            self._held |= dict.fromkeys(mine.values(), self.tries)
        return None

    def after(self, call: Call) -> None:
        return None

    def leave(self) -> None:
        """One client fewer."""
        with self._lock:
            self.clients -= 1


def _key(write: dict[str, dict[str, object]]) -> str:
    return json.dumps(next(iter(write.values())).get("Key", ""), default=str)


def tries_per_success(buckets: int) -> float:
    """Commits tried for each order placed; raises when one is not placed."""
    with shop_world() as world:
        place(world)
        sell(world, "HOT", {"hangzhou": 1000})
        must(world.call("PUT", "/v1/stock/HOT/nodes/hangzhou", {"buckets": buckets}))
        overlap, placed = Overlap(CLIENTS, "stock#HOT#"), []

        def client(number: int) -> None:
            for each in range(ORDERS_EACH):
                key = f"hot-{number}-{each}"
                answer = world.call("POST", "/v1/orders", order_body(("HOT", 1, {})), key=key)
                while answer.status == 503:
                    answer = world.call("POST", "/v1/orders", order_body(("HOT", 1, {})), key=key)
                placed.append(answer.status)
            overlap.leave()

        threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
        with world.fault(overlap):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    if placed != [201] * (CLIENTS * ORDERS_EACH):
        raise RuntimeError(f"not every order was placed: {placed}")
    return overlap.tries / len(placed)


@dataclass(frozen=True, slots=True)
class Simulated:
    """Of the whole time: orders committed, tries, orders given up, and the most tries that a counter let through."""

    commits: int
    tries: int
    busy: int
    most_units_in_a_second: int


def latency_s(draw: float) -> float:
    """The latency that a share `draw` (0 to 1) of transactions does not exceed, in seconds."""
    for (low, fast), (high, slow) in pairwise(LATENCY_MS):
        if draw <= high:
            return (fast + (slow - fast) * (draw - low) / (high - low)) / 1000
    raise ValueError(f"{draw} is no share")


def simulate(buckets: int, clients: int, seconds: float, seed: int) -> Simulated:
    """Clients that order one unit without pause, event by event; the same for the same seed. Pure."""
    dice = Random(f"{buckets} {clients} {seed}")
    held = [0.0] * buckets
    spent: list[deque[float]] = [deque() for _ in range(buckets)]
    events = [(dice.uniform(0, FIRST_S), number, 0, 0.0, dice.randrange(buckets)) for number in range(clients)]
    heapq.heapify(events)
    commits = tries = busy = most = 0
    while events:
        now, client, failed, since, bucket = heapq.heappop(events)
        if now >= seconds:
            continue
        if not failed:
            since = now
        tries += 1
        end = now + latency_s(dice.random())
        window = spent[bucket]
        while window and window[0] <= now - 1:
            window.popleft()
        let_through = (len(window) + 1) * UNITS_OF_A_TRY <= PARTITION_UNITS
        if let_through:
            window.append(now)
            most = max(most, len(window) * UNITS_OF_A_TRY)
        if let_through and held[bucket] <= now:
            held[bucket] = end
            commits += end < seconds
            failed = 0
        else:
            failed += 1
            if end - since > BUDGET_S:
                busy, failed = busy + 1, 0
        if failed:
            end += dice.uniform(0, min(CEILING_S, FIRST_S * 2 ** max(0, failed - 2)))
        else:
            bucket = dice.randrange(buckets)
        heapq.heappush(events, (end, client, failed, since, bucket))
    return Simulated(commits, tries, busy, most)


def hot_sku_figures() -> Iterator[dict[str, object]]:
    """Tries per success with 1 and 16 buckets; commits a second on one SKU by the number of buckets, simulated."""
    for buckets in (1, 16):
        how = TRIED.format(clients=CLIENTS, buckets=buckets)
        runs = [tries_per_success(buckets) for _ in range(3)]
        yield figure(f"hot_sku.buckets_{buckets}.tries_per_success", runs, "tries", how)
    yield from simulated_figures()


def simulated_figures(clients: int = 256, seconds: int = 20) -> Iterator[dict[str, object]]:
    """The simulation's part: five seeds for each number of buckets."""
    for buckets in (1, 2, 4, 8, 16, 32, 64):
        runs = [simulate(buckets, clients, seconds, seed) for seed in range(5)]
        how = SIMULATED.format(clients=clients, buckets=buckets, seconds=seconds)
        name = f"hot_sku.simulated.buckets_{buckets}"
        yield figure(f"{name}.commits_per_s", [run.commits / seconds for run in runs], "commits/s", how)
        yield figure(f"{name}.tries_per_success", [run.tries / run.commits for run in runs], "tries", how)
        gave_up = [run.busy / (run.commits + run.busy) for run in runs]
        yield figure(f"{name}.busy_share", gave_up, "share", f"orders given up after {BUDGET_S} s; {how}", 4)
