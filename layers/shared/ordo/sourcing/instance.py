"""A problem in indices: what the search and its bounds look at again and again, made once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ordo.sourcing.problem import Constraint, Cost, Problem, Site


@dataclass(slots=True)
class Instance:
    """Sites that can give anything, by node id, and lines by their place in the order.

    `prices[n][l]` is the cost of one unit of line `l` from site `n`, only where it may give any; `stock[n][s]` what it
    has of SKU `s` freely, `fenced[n][s]` what it has for others, each only where there is some.
    """

    sites: list[Site]
    wants: list[int]
    sku_of: list[int]
    prices: list[dict[int, Cost]]
    stock: list[dict[int, int]]
    fenced: list[dict[int, int]]
    capacity: list[int]
    fixed: list[Cost]
    hard_limit: int
    count_penalties: tuple[tuple[int, Cost], ...]
    groups: tuple[tuple[frozenset[int], Cost | None, Constraint], ...]
    capacity_penalty: Cost | None
    fence_penalty: Cost | None
    short_cost: Cost = 0
    most_beside: Cost = 0
    ways_left: int = 1_000
    """Ways to divide lines that may be looked at yet, over all sets of sites; then the search ends."""
    shift: int = 0
    """Costs in here are the problem's times 2 to this, so that what decides between equal plans fits below them."""
    plain: bool = field(default=False)
    """Whether the price of a unit depends on its site alone, and nothing is soft: the greedy flow is exact then."""

    def count_cost(self, used: int) -> Cost:
        """The penalties for using so many sites."""
        return sum(penalty * (used - limit) for limit, penalty in self.count_penalties if used > limit)

    def there(self, n: int, sku: int) -> int:
        """What a site has of a SKU, kept units included where they may be taken."""
        return self.stock[n].get(sku, 0) + self.fenced[n].get(sku, 0)

    def most(self, n: int, lines: Iterable[int]) -> int:
        """Units of these lines that a site could give, if it gave to no others."""
        by_sku: dict[int, int] = {}
        for line in lines:
            if line in self.prices[n]:
                sku = self.sku_of[line]
                by_sku[sku] = by_sku.get(sku, 0) + self.wants[line]
        there = [min(units, self.there(n, sku)) for sku, units in by_sku.items()]
        return sum(there) if self.capacity_penalty is not None else min(self.capacity[n], sum(there))

    @property
    def units(self) -> int:
        """Units wanted in all."""
        return sum(self.wants)


def instance_of(problem: Problem, *, whole: bool = False) -> Instance:
    """The problem in indices; sites that can give nothing are left out (`removed_by` says why).

    Of plans that cost the same the one with the fewest sites is best, then that with the lowest node ids: each site
    costs a little more by its place, too little to be seen once the shift is taken back.

    `whole`: lines that may not be split come only from sites that could give all of them.
    """
    rules = problem.rules
    skus = {sku: place for place, sku in enumerate(sorted({line.sku for line in problem.lines}))}
    sites = [site for site in sorted(problem.sites, key=lambda each: each.node_id) if not removed_by(problem, site)]
    limit, penalties, groups = _counts(problem)
    soft = rules.capacity_penalty is not None
    units = sum(line.quantity for line in problem.lines)
    count = len(sites)
    shift = count + count.bit_length()
    ties = [(1 << count) - (1 << (count - 1 - place)) for place in range(count)]
    found = Instance(
        sites=sites,
        wants=[line.quantity for line in problem.lines],
        sku_of=[skus[line.sku] for line in problem.lines],
        prices=[_prices(problem, site, shift) for site in sites],
        stock=[_of_skus(site.stock, skus) for site in sites],
        fenced=[_of_skus(site.fenced, skus) if rules.fence_penalty is not None else {} for site in sites],
        capacity=[units if site.capacity is None else max(0, min(site.capacity, units)) for site in sites],
        fixed=[(site.fixed << shift) + tie for site, tie in zip(sites, ties, strict=True)],
        hard_limit=min(limit, len(sites)) if limit else len(sites),
        count_penalties=tuple((limit, penalty << shift) for limit, penalty in penalties),
        groups=tuple((lines, None if each is None else each << shift, why) for lines, each, why in groups),
        capacity_penalty=None if rules.capacity_penalty is None else rules.capacity_penalty << shift,
        fence_penalty=None if rules.fence_penalty is None else rules.fence_penalty << shift,
        shift=shift,
    )
    if whole:
        _only_whole(found)
    found.plain = not soft and not any(found.fenced) and all(len(set(row.values())) <= 1 for row in found.prices)
    found.most_beside = _most_beside(found)
    found.short_cost = _short_cost(found)
    return found


def _only_whole(found: Instance) -> None:
    hard = {next(iter(lines)) for lines, penalty, _ in found.groups if len(lines) == 1 and penalty is None}
    for n, row in enumerate(found.prices):
        for line in hard & row.keys():
            sku, wants = found.sku_of[line], found.wants[line]
            if found.there(n, sku) < wants or (found.capacity_penalty is None and found.capacity[n] < wants):
                del row[line]


def removed_by(problem: Problem, site: Site) -> tuple[Constraint, ...]:
    """Every hard constraint that keeps a site from giving anything: lift them all, and it is a candidate."""
    found = list(site.removed)
    stocked = [line for line in problem.lines if _has(problem, site, line.sku)]
    fenced = [line for line in problem.lines if site.fenced.get(line.sku, 0) > 0]
    if not stocked:
        found.append(Constraint.RING_FENCE if fenced else Constraint.NO_STOCK)
    able = problem.rules.capability_penalty is not None
    if not able and not any(line.requires <= site.capabilities for line in stocked or fenced or problem.lines):
        found.append(Constraint.CAPABILITY)
    if problem.rules.capacity_penalty is None and site.capacity is not None and site.capacity <= 0:
        found.append(Constraint.CAPACITY)
    return tuple(found)


def _has(problem: Problem, site: Site, sku: str) -> bool:
    kept = site.fenced.get(sku, 0) if problem.rules.fence_penalty is not None else 0
    return site.stock.get(sku, 0) + kept > 0


def _prices(problem: Problem, site: Site, shift: int) -> dict[int, Cost]:
    penalty = problem.rules.capability_penalty
    found: dict[int, Cost] = {}
    for place, line in enumerate(problem.lines):
        if not _has(problem, site, line.sku):
            continue
        if line.requires <= site.capabilities:
            found[place] = site.unit << shift
        elif penalty is not None:
            found[place] = (site.unit + penalty) << shift
    return found


def _of_skus(units: Mapping[str, int], skus: dict[str, int]) -> dict[int, int]:
    return {place: units[sku] for sku, place in skus.items() if units.get(sku, 0) > 0}


def _counts(
    problem: Problem,
) -> tuple[int, tuple[tuple[int, Cost], ...], tuple[tuple[frozenset[int], Cost | None, Constraint], ...]]:
    """The hard limit of sites (0: none), limits with a penalty, and groups of lines that are not the whole order."""
    rules, places = problem.rules, {line.line_id: place for place, line in enumerate(problem.lines)}
    hard, soft, groups = 0, [], []
    if rules.max_fulfilments and rules.fulfilments_penalty is None:
        hard = rules.max_fulfilments
    elif rules.max_fulfilments and rules.fulfilments_penalty is not None:
        soft.append((rules.max_fulfilments, rules.fulfilments_penalty))
    for group in rules.together:
        lines = frozenset(places[line_id] for line_id in group.lines)
        if len(lines) < len(places):
            groups.append((lines, group.penalty, group.constraint))
        elif group.penalty is None:
            hard = 1
        else:
            soft.append((1, group.penalty))
    return hard, tuple(soft), tuple(groups)


def _most_beside(found: Instance) -> Cost:
    """The most that a plan may cost beside its sites."""
    most = min(found.units, found.hard_limit)
    price = max((price for row in found.prices for price in row.values()), default=0)
    extra = (found.capacity_penalty or 0) + (found.fence_penalty or 0)
    groups = sum((penalty or 0) * most for _, penalty, _ in found.groups)
    return found.units * (price + extra) + found.count_cost(most) + groups


def _short_cost(found: Instance) -> Cost:
    """More than serving anything may cost: no plan with one unit more short is better, however cheap."""
    most = min(found.units, found.hard_limit)
    return sum(sorted(found.fixed, reverse=True)[:most]) + found.most_beside + 1
