"""Nodes that do not give what they were to give, in the stock machine: they reject, or pick short; and staff who look
for the rest again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Set
from dataclasses import dataclass, field
from typing import Any

from ordo.inventory.model import StockCounter
from ordo.kernel.errors import Code, OrdoError
from ordo.orders.decision import Decision
from ordo.shipments.answers import GONE, Reason, Reply
from ordo.shipments.incidents import source_incident
from ordo.shipments.service import answer_fulfilment
from tests.proof.stock_actors import Command
from tests.proof.stock_backorders import taken_by
from tests.proof.stock_catalogue import NODES
from tests.proof.stock_shop import Shop
from tests.proof.stock_sight import Sight
from tests.proof.stock_waiting import Place
from tests.support.turns import Written

MAX_TIMES = 3
"""So often an order is sourced again without being asked, as the usual terms say."""


Refused = Set[tuple[str, str | None]]
"""Nodes that rejected work of an order (with None), or had not enough of a SKU."""


@dataclass
class _Elsewhere:
    """What other nodes could give of some units of an order, at every moment that was seen."""

    shop: Shop
    order_id: str
    skus: set[str]
    sight: Sight = field(default_factory=Sight)

    def __post_init__(self) -> None:
        self._channel = self.shop.raw.orders.load(self.order_id).header.channel

    def look(self, counters: list[StockCounter]) -> None:
        """One moment."""
        for sku in self.skus:
            for node in NODES:
                self.sight.see(("lots", sku, node), self.shop.on_shelves((sku, node)))
        self.shop.see(self.sight, counters, self.skus, self._channel, self.order_id)

    def least(self, sku: str, refused: Refused = frozenset()) -> int:
        """Units of the SKU that there were all the time at nodes that have not refused it."""
        return sum(self.sight.least[sku, node] for node in NODES if not _is_refused((sku, node), refused))

    def book_sourced(self, refused: Refused = frozenset()) -> Counter[str]:
        """The order's new parts are its own from now on; gives their units by SKU."""
        books, order_id = self.shop.books, self.order_id
        stored = self.shop.stored_parts(order_id)[0]
        known = books.owners[order_id]
        assert {name: stored.get(name) for name in known} == known, f"{order_id}: {stored}, books {known}"
        new = {name: units for name, units in stored.items() if name not in known}
        taken = taken_by(new)
        assert not any(_is_refused(place, refused) for place in taken), f"{taken}: asked of who did not give it"
        self.shop.require_seen(self.sight, taken)
        books.take(order_id, new)
        self.shop.begin_work(new)
        sourced: Counter[str] = Counter()
        for (sku, _), units in taken.items():
            sourced[sku] += units
        return sourced

    def require_all_that_there_was(
        self, wanted: Counter[str], sourced: Counter[str], refused: Refused = frozenset()
    ) -> None:
        """When nobody else was there: all that other nodes could give and do."""
        if self.sight.least["room"] < wanted.total():
            return
        for sku, units in wanted.items():
            there = min(units, self.least(sku, refused))
            assert sourced[sku] >= there, f"{sourced[sku]} of {units} {sku} were sourced, {there} were there"


def _is_refused(place: Place, refused: Refused) -> bool:
    sku, node = place
    return (node, None) in refused or (node, sku) in refused


def answering(shop: Shop, order_id: str, part: str, reason: Reason, short: int | None) -> Command:
    """A node rejects its part (`short` None), or has so many units too little of one of its lines."""
    state = shop.raw.orders.load(order_id)
    fulfilment = state.fulfilments[part]
    node, moves = fulfilment.node_id, shop.books.moves[order_id]
    line = fulfilment.lines[-1 - (short or 0) % len(fulfilment.lines)]
    ready = order_id in shop.books.paid and part in shop.books.owners.get(order_id, {})
    if short is not None:
        ready = ready and fulfilment.state not in ("picked", "packed")
    told = None if short is None else ((line.key, 1 + short % line.quantity),)
    reply = Reply(part, reason, "node", short=told)
    search, own = _Elsewhere(shop, order_id, {each.sku for each in fulfilment.lines}), {"moves": moves}

    def book(written: Written) -> None:
        had = shop.books.owners[order_id][part]
        units = had if told is None else {(line.sku, node): told[0][1]}
        gone = written.given[0].decision.movement is not None
        lots = any(search.sight.least["lots", sku, node] < count for (sku, _), count in units.items())
        counted = bool(shop.books.corrected & set(units)) or lots
        assert gone == (reason in GONE) or (counted and not gone), f"{reason}, and gone: {gone}"
        refused = shop.books.refused.setdefault(order_id, set())
        refused |= {(node, sku) for sku, _ in units} if told is not None else set()
        refused |= {(node, None)} if units == had else set()
        shop.books.give_up(order_id, part, units, gone=gone)
        given = Counter({sku: count for (sku, _), count in units.items()})
        sourced = search.book_sourced(refused)
        assert sourced <= given, f"{sourced} were sourced of {given}"
        shop.books.unsourced.setdefault(order_id, Counter()).update(given - sourced)
        if not command.others and state.header.resourced < MAX_TIMES:
            search.require_all_that_there_was(given, sourced, refused)
        own["moves"] = shop.books.moves[order_id]

    def judge(answer: Any) -> None:
        if not isinstance(answer, OrdoError):
            moved = shop.books.moves[order_id] != moves
            assert command.done or moved or not ready, "answered, but nothing was given up"
            return
        # A repeat after a lost answer may find that the node has given up the rest, too, or sent it off.
        assert not command.done or shop.books.moves[order_id] != own["moves"], "refused, but given up"
        if answer.code is Code.BUSY:
            assert command.others, "busy, and nobody else was there"
            return
        if answer.code is Code.LOTS_SHORT:
            kept = {each.sku for each in fulfilment.lines}
            least = min(search.sight.least["lots", sku, node] for sku in kept)
            assert least < fulfilment.units, f"no lots, with {least} of each in them"
            return
        assert answer.code in (Code.NOT_ALLOWED_NOW, Code.INVALID_QUANTITY, Code.UNKNOWN_LINE), answer
        assert not ready or shop.books.moves[order_id] != moves, f"refused without reason: {answer}"

    command = Command(
        f"{node} gives up {told or 'all'} of {part}: {reason}",
        run=lambda: answer_fulfilment(shop.desk, shop.elsewhere, reply, lambda _header: True, shop.pick),
        does=lambda written: _gives_up(written, part),
        book=book,
        judge=judge,
        look=search.look,
    )
    return command


def asking_again(shop: Shop, order_id: str) -> Command:
    """Staff look for what nobody gave, at any node."""
    incident = next(each for each in shop.raw.orders.load(order_id).incidents.values() if each.is_open)
    wanted = Counter(shop.books.unsourced[order_id])
    search = _Elsewhere(shop, order_id, set(wanted))

    def book(_: Written) -> None:
        before = Counter(shop.books.unsourced[order_id])
        sourced = search.book_sourced()
        assert sourced <= before, f"{sourced} were sourced of {before}"
        shop.books.unsourced[order_id] = before - sourced
        shop.books.moves[order_id] += 1
        if not command.others:
            search.require_all_that_there_was(before, sourced)

    def judge(answer: Any) -> None:
        if not isinstance(answer, OrdoError):
            assert command.done or command.others, "nothing was done"
        elif answer.code is Code.BUSY:
            assert command.others, "busy, and nobody else was there"
        else:
            assert answer.code is Code.OUT_OF_STOCK, answer
            crowded = search.sight.least["room"] < wanted.total()
            assert crowded or command.others or not any(map(search.least, wanted)), "there was some"

    command = Command(
        f"look for {dict(wanted)} of {order_id} again",
        run=lambda: source_incident(shop.desk, shop.elsewhere, incident.incident_id, "staff", lambda _header: True),
        does=lambda written: _is_sourced(written, incident.incident_id),
        book=book,
        judge=judge,
        look=search.look,
    )
    return command


def _gives_up(written: Written, part: str) -> bool:
    types = ("fulfilment.rejected", "fulfilment.short_picked")
    return any(_is(written, each, "fulfilment_id", part) for each in types)


def _is_sourced(written: Written, incident_id: str) -> bool:
    return _is(written, "order.resourced", "incident_id", incident_id)


def _is(written: Written, event: str, name: str, value: str) -> bool:
    if written.method != "commit":
        return False
    decision: Decision = written.given[0].decision
    return decision.type == event and decision.data[name] == value
