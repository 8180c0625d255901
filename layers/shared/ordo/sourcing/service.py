"""From what an order wants to where it comes from: the catalogue's nodes, their stock, and the plan. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from ordo.catalog.model import Node, Place, State, location_of
from ordo.catalog.sourcing_terms import SourcingTerms
from ordo.inventory.demand import (
    Availability,
    Enough,
    Short,
    ShortLine,
    Wanted,
    added,
    availability,
    check,
    fenced,
)
from ordo.inventory.errors import OutOfStock
from ordo.inventory.model import StockCounter
from ordo.inventory.relief import Looked
from ordo.sourcing.errors import NoNode
from ordo.sourcing.model import Candidate, NoPlan, Plan, ShipTo, SourceNode, SourcingPolicy
from ordo.sourcing.planner import plan

if TYPE_CHECKING:
    from ordo.sourcing.prospects import Prospects, SupplyView

LOOKS = 8
"""How often who is short looks for reservations that have expired: others may take what it gives back."""

Address = Mapping[str, Any]
"""`country`, maybe `postal_code`, `city` and `location` (`lat`, `lon`), as in an order's `ship_to`. Personal data."""


class Nodes(Protocol):
    """What sourcing needs of the catalogue (`ordo.catalog.documents.CatalogRepository` has it)."""

    def load_nodes(self, now: datetime) -> tuple[Node, ...]:
        """Every active node, maybe cached."""
        ...

    def load_nodes_and_place(
        self, country: str, postal_code: str | None, city: str | None, now: datetime
    ) -> tuple[tuple[Node, ...], Place | None]:
        """The nodes and the point for an address."""
        ...


class Stock(Protocol):
    """What sourcing needs of inventory (`ordo.inventory.service.StockService` has it)."""

    def counters(self, skus: Sequence[str], nodes: Sequence[str], *, consistent: bool = False) -> list[StockCounter]:
        """Existing counters of these SKUs at these nodes."""
        ...


class Loads(Protocol):
    """What sourcing needs of the nodes' work (`ordo.capacity.repository.DynamoLoads` has it)."""

    def open_units(self, nodes: Iterable[str], *, consistent: bool = False) -> dict[str, int]:
        """Units that each of these nodes has to do."""
        ...


class Relief(Protocol):
    """What who is short may do (`ordo.inventory.relief`)."""

    def relieve(self, counters: Sequence[StockCounter], missing: Mapping[str, int]) -> Looked:
        """Give back what has expired beside these counters, as far as the `missing` units by SKU need it."""
        ...


@dataclass(frozen=True, slots=True)
class Seen:
    """What orders of a channel may take, what is kept for others where its policy lets that be taken, and the work of
    those nodes of which it is counted.
    """

    stock: Availability
    kept: Availability | None = None
    open_units: Mapping[str, int] | None = None
    prospects: Prospects | None = None
    """Of SKUs that the order waits for."""

    def facts(self) -> dict[str, Any]:
        """What the draft keeps of it; `kept` it has from who read the counters."""
        return {"stock": self.stock, "open_units": self.open_units, "backorders": self.prospects}


@dataclass(frozen=True, slots=True)
class SourcingService:
    """The two questions of a placement, and both in one for those who must source again."""

    nodes: Nodes
    stock: Stock | None = None
    loads: Loads | None = None
    policy: SourcingPolicy = field(default_factory=SourcingPolicy)
    relief: Relief | None = None
    """None: nobody is relieved of reservations that have expired."""
    supply: SupplyView | None = None
    """Without it nothing is waited for."""

    def check(
        self,
        demand: Sequence[Wanted],
        channel: str,
        now: datetime,
        *,
        consistent: bool = False,
        terms: Mapping[str, Any] | None = None,
    ) -> Availability:
        """What the nodes that serve the channel have of the demand (see `seen`)."""
        return self.seen(demand, channel, now, consistent=consistent, terms=terms).stock

    def seen(
        self,
        demand: Sequence[Wanted],
        channel: str,
        now: datetime,
        *,
        consistent: bool = False,
        terms: Mapping[str, Any] | None = None,
        rejected: Collection[str] = (),
    ) -> Seen:
        """What the nodes that serve the channel have of the demand, and what they keep for others where the policy
        lets that be taken.

        Nodes that have `rejected` the order do not count. Raises `OutOfStock` per line, `NoNode` when no node serves
        the channel. A shortage seen by an eventually consistent read is looked at again before anybody is refused. Of
        what may be waited for (before its launch: of all of it) the answer has the prospects; a refusal says when more
        is due.
        """
        nodes = self.nodes.load_nodes(now)
        serving = [node for node in nodes if node.serves(channel) and node.node_id not in rejected]
        usable = [node.node_id for node in serving]
        if not usable:
            raise NoNode(NoPlan("no_node_serves_channel", tuple(_removed(node, channel) for node in nodes)))
        soft = SourcingTerms.of(terms or {}).ring_fence.penalty is not None
        launched = [line for line in demand if self.supply is None or line.availability.launches_at(now) is None]
        counters = self._counters(demand, usable, consistent)
        answer = _answer(launched, counters, channel, soft=soft)
        if isinstance(answer, Short) and not consistent:
            counters = self._counters(demand, usable, True)
            answer = _answer(launched, counters, channel, soft=soft)
        for _ in range(LOOKS if self.relief is not None else 0):
            looked = self._looked(answer, counters)
            if looked == "nothing_reserved":
                break
            counters = self._counters(demand, usable, True)
            answer = _answer(launched, counters, channel, soft=soft)
            if looked == "none_expired":
                break
        before = [
            ShortLine(line.line_id, line.sku, line.quantity, 0)
            for line in (demand if len(launched) < len(demand) else ())
            if line.availability.launches_at(now) is not None
        ]
        short = [*(answer.lines if isinstance(answer, Short) else ()), *before]
        return Seen(
            availability(counters, channel),
            fenced(counters, channel) if soft else None,
            self._open_units(serving, consistent) or None,
            self._prospects(short, demand, usable, counters, now) if short else None,
        )

    def plan(
        self,
        demand: Sequence[Wanted],
        channel: str,
        ship_to: Address | None,
        stock: Availability,
        now: datetime,
        *,
        max_fulfilments: int = 0,
        terms: Mapping[str, Any] | None = None,
        open_units: Mapping[str, int] | None = None,
        kept: Availability | None = None,
        rejected: Collection[str] = (),
        prospects: Prospects | None = None,
    ) -> Plan:
        """The plan from stock already read, and `prospects` for what waits; raises `NoNode`.

        An unknown place is planned for as `location: unknown`.

        `terms` is the channel's `sourcing` as stored; `open_units` what nodes have to do already, `kept` what
        they keep for other channels.
        """
        nodes, place = self._nodes_and_place(ship_to, now)
        policy = self.policy.of_channel(SourcingTerms.of(terms or {}), max_fulfilments)
        sources = [source_node(node, channel, rejected) for node in nodes]
        asked = (demand, sources, stock, place, policy, now, open_units or {}, kept or {})
        if prospects:
            from ordo.sourcing.waits import Asked, plan_with_waits  # only for orders that wait

            found = plan_with_waits(Asked(*asked, prospects))
        else:
            found = plan(*asked[:6], open_units=open_units, fenced=kept)
        if isinstance(found, NoPlan):
            raise NoNode(found)
        return found

    def source(
        self,
        demand: Sequence[Wanted],
        channel: str,
        ship_to: Address | None,
        now: datetime,
        *,
        max_fulfilments: int = 0,
        terms: Mapping[str, Any] | None = None,
        rejected: Collection[str] = (),
    ) -> Plan:
        """Check and plan on what is there now (consistent reads): for an order whose stock was given back before.

        Raises `OutOfStock` or `NoNode`. The caller's commit takes `reserve(share.sku, fulfilment.node_id,
        share.quantity)` for each share, and sources again when that is refused.
        """
        seen = self.seen(demand, channel, now, consistent=True, terms=terms, rejected=rejected)
        return self.plan(
            demand,
            channel,
            ship_to,
            seen.stock,
            now,
            max_fulfilments=max_fulfilments,
            terms=terms,
            open_units=seen.open_units,
            kept=seen.kept,
            prospects=seen.prospects,
            rejected=rejected,
        )

    def _open_units(self, nodes: Iterable[Node], consistent: bool) -> dict[str, int]:
        counting = [node.node_id for node in nodes if node.terms.counts_work]
        return self.loads.open_units(counting, consistent=consistent) if self.loads is not None and counting else {}

    def _looked(self, answer: Enough | Short, counters: Sequence[StockCounter]) -> Looked:
        """Relieve who is short; others have nothing to look for."""
        if self.relief is None or not isinstance(answer, Short):
            return "nothing_reserved"
        missing: dict[str, int] = {}
        for line in answer.lines:
            missing[line.sku] = missing.get(line.sku, 0) + line.requested - max(0, line.available)
        return self.relief.relieve([each for each in counters if each.sku in missing], missing)

    def _prospects(
        self,
        short: Sequence[ShortLine],
        demand: Sequence[Wanted],
        nodes: Sequence[str],
        counters: Sequence[StockCounter],
        now: datetime,
    ) -> Prospects:
        """What comes of what is short; raises `OutOfStock` where it may not be waited for."""
        if self.supply is None:
            raise OutOfStock(line.to_dict() for line in short)
        from ordo.sourcing.prospects import coming, unable_to_wait  # only where something is short

        before = [line.sku for line in demand if line.availability.launches_at(now) is not None]
        found = coming(self.supply, [line.sku for line in short], before, nodes, counters)
        refused = unable_to_wait(short, demand, found, nodes, now)
        if refused:
            raise OutOfStock({**line.to_dict(), "more_due": found.more_due(line.sku)} for line in refused)
        return found.prospects

    def _counters(self, demand: Sequence[Wanted], nodes: Sequence[str], consistent: bool) -> list[StockCounter]:
        if self.stock is None:
            raise TypeError("this sourcing service was made without stock: it can only plan")
        skus = list(dict.fromkeys(line.sku for line in demand))
        return self.stock.counters(skus, nodes, consistent=consistent)

    def _nodes_and_place(self, ship_to: Address | None, now: datetime) -> tuple[tuple[Node, ...], ShipTo | None]:
        if ship_to is None:
            return self.nodes.load_nodes(now), None
        if ship_to.get("location"):
            return self.nodes.load_nodes(now), ShipTo(location_of(ship_to["location"]))
        postal_code, city = ship_to.get("postal_code"), ship_to.get("city")
        nodes, place = self.nodes.load_nodes_and_place(ship_to["country"], postal_code, city, now)
        return nodes, ShipTo(place.location, place.precision.value) if place else None


def _answer(demand: Sequence[Wanted], counters: Sequence[StockCounter], channel: str, *, soft: bool) -> Enough | Short:
    """Whether there is enough; what is kept for others counts where the policy lets it be taken at a price."""
    own = availability(counters, channel)
    return check(demand, added(own, fenced(counters, channel)) if soft else own)


def source_node(node: Node, channel: str, rejected: Collection[str] = ()) -> SourceNode:
    """The catalogue's node as sourcing sees it, with the constraint that keeps it out of this channel's orders."""
    removed = None
    if node.state is not State.ACTIVE:
        removed = "inactive"
    elif not node.serves(channel):
        removed = "not_in_channel"
    elif node.node_id in rejected:
        removed = "rejected"
    return SourceNode(node.node_id, node.location, removed, node.terms)


def _removed(node: Node, channel: str) -> Candidate:
    removed = source_node(node, channel).removed
    return Candidate(node.node_id, None, removed=(removed,) if removed else ())
