"""Which sites are better than which in everything: no best plan uses the worse one without the better one."""

from __future__ import annotations

from ordo.sourcing.instance import Instance


def better_sites(instance: Instance) -> list[tuple[int, ...]]:
    """For each site those that cost less to use, and whose shelves, skills, capacity and prices are no worse.

    In a plan that uses a site without a better one, that one may take its place: the plan costs less then.
    """
    wants: dict[int, int] = {}
    for line, sku in enumerate(instance.sku_of):
        wants[sku] = wants.get(sku, 0) + instance.wants[line]
    shelves = [
        {
            sku: (min(instance.stock[n].get(sku, 0), units), min(instance.there(n, sku), units))
            for sku, units in wants.items()
        }
        for n in range(len(instance.sites))
    ]
    lines = [sum(1 << line for line in row) for row in instance.prices]

    def better(m: int, n: int) -> bool:
        if lines[n] & ~lines[m] or instance.capacity[m] < instance.capacity[n]:
            return False
        theirs, ours = instance.prices[m], shelves[m]
        if any(theirs[line] > price for line, price in instance.prices[n].items()):
            return False
        return all(ours[sku][0] >= free and ours[sku][1] >= there for sku, (free, there) in shelves[n].items())

    order = sorted(range(len(instance.sites)), key=lambda n: instance.fixed[n])
    found: list[tuple[int, ...]] = [()] * len(order)
    for place, n in enumerate(order):
        found[n] = tuple(m for m in order[:place] if better(m, n))
    return found
