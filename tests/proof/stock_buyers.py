"""Who acts on orders in the stock machine: places, pays (maybe late), cancels, lets fall due, sends off.

See `tests.proof.stock_actors`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ordo.catalog.availability import IN_STOCK
from ordo.inventory.demand import demand_of
from ordo.inventory.model import MAIN, StockCounter
from ordo.inventory.takings import request_id
from ordo.kernel.errors import Code, OrdoError
from ordo.orders.changes import ProposeChange, apply_change, propose_change
from ordo.orders.due import settle_due
from ordo.orders.keys import CommandKey
from ordo.orders.model import OrderStatus
from ordo.orders.service import place_order
from ordo.payments.model import PaymentKind
from ordo.payments.service import PaymentReport, record_payment
from ordo.shipments.service import dispatch_fulfilment
from ordo.shipments.work import Dispatch
from tests.proof.stock_actors import Command
from tests.proof.stock_backorders import require_right_waits, room_to_wait, taken_by
from tests.proof.stock_books import Units
from tests.proof.stock_catalogue import SOFT, goods, with_bundles
from tests.proof.stock_shop import Shop
from tests.proof.stock_sight import Sight
from tests.support.orders import STAFF, draft_for, priced
from tests.support.turns import Written


def placing(shop: Shop, channel: str, wanted: Mapping[str, int], reservation_id: str | None = None) -> Command:
    """A storefront places an order of some SKUs; each time it is sent, it is a new order under the same key. Bundles
    are lines of it, and their parts are its goods.

    What its own reservation holds, as long as it does, is there for it.
    """
    key, sight, allowed = shop.next_id("key"), Sight(), set[str]()
    lines = tuple((str(number), sku, units) for number, (sku, units) in enumerate(sorted(wanted.items()), start=1))
    wanted = goods(wanted)
    policies = {sku: shop.catalogue.policies.get(sku, IN_STOCK) for sku in wanted}

    cart = with_bundles(priced((("-", lines),)))

    def run() -> Any:
        policy = {"ring_fence": {"penalty": 1}} if channel == SOFT else None
        needs = {each.key: {"availability": policies[each.sku].to_dict()} for each in demand_of(cart.lines)}
        draft = draft_for(
            shop.next_id("ord"), (("-", lines),), now=shop.now, channel=channel, key=key, customer_id=None
        ).with_(priced=cart, plan=None, sourcing=policy, needs=needs, body_hash=key, reservation_id=reservation_id)
        return place_order(draft, shop.workflow, shop.orders)

    def look(counters: list[StockCounter]) -> None:
        allowed.update(each.bucket for each in counters if each.sku in wanted and shop.is_open(each, channel))
        shop.see(sight, counters, wanted, channel, request_id("shop", key))
        own = shop.raw.pending().get(reservation_id or "")
        mine = own.pending.by_sku() if own is not None and own.channel == channel else {}
        for sku in wanted:
            sight.see(("own", sku), mine.get(sku, 0))
            sight.see(("waits", sku), room_to_wait(shop, policies[sku], sku))

    def book(written: Written) -> None:
        order_id = written.given[0].header.order_id
        parts, buckets = shop.stored_parts(order_id)
        waits = shop.stored_waits(order_id)
        assert buckets <= allowed | {MAIN}, f"{buckets - allowed} are kept for others"
        require_right_waits(shop, sight, wanted, waits, policies)
        ended, own = written.given[0].decision.reservation, taken_by({})
        if ended is not None:
            assert ended.reservation_id == reservation_id
            own = taken_by(shop.books.owners[ended.reservation_id])
            shop.books.give_back(ended.reservation_id)
        shop.require_seen(sight, taken_by(parts), own)
        shop.books.take(order_id, parts)
        shop.books.join(order_id, waits)
        shop.begin_work(parts)
        shop.wanted[order_id] = dict(wanted)

    def judge(answer: Any) -> None:
        if not isinstance(answer, OrdoError):
            assert command.done, "placed, but nothing was taken"
            assert answer.order_id in shop.wanted
            return
        assert not command.done, "refused, but placed"
        if answer.code is Code.BUSY:
            assert command.others, "busy, and nobody else was there"
            return
        if answer.code is Code.NO_NODE:
            shop.require_crowded(sight, wanted)
            return
        assert answer.code is Code.OUT_OF_STOCK, answer
        there = {sku: sum(sight.least[what] for what in (sku, ("own", sku), ("waits", sku))) for sku in wanted}
        assert any(there[sku] < units for sku, units in wanted.items()), f"out of stock with {there}"

    command = Command(
        f"place {lines} from {channel}",
        run=run,
        does=lambda written: _is(written, "order.placed"),
        book=book,
        judge=judge,
        look=look,
    )
    return command


def paying(shop: Shop, order_id: str) -> Command:
    """The whole total is captured, maybe too late."""
    total = shop.raw.orders.load(order_id).header.totals.total
    report = PaymentReport(PaymentKind.CAPTURED, total, "CNY", "alipay", shop.next_id("ref"))
    sight, wanted = Sight(), shop.wanted[order_id]
    channel = shop.raw.orders.load(order_id).header.channel
    late = {"all the time": _unpaid_and_cancelled(shop, order_id)}

    def look(counters: list[StockCounter]) -> None:
        late["all the time"] = late["all the time"] and _unpaid_and_cancelled(shop, order_id)
        shop.see(sight, counters, wanted, channel, order_id)

    def book(_: Written) -> None:
        header = shop.raw.orders.load(order_id).header
        if order_id in shop.books.ended and header.status is not OrderStatus.CANCELLED:
            parts, waits = shop.stored_parts(order_id)[0], shop.stored_waits(order_id)
            shop.require_seen(sight, taken_by(parts))
            shop.books.take(order_id, parts)
            shop.books.join(order_id, waits)
            shop.begin_work(parts, limited=False)  # it may go where it was before, whatever is to do there now
        elif order_id in shop.books.ended:
            short = any(sight.least[sku] < units for sku, units in wanted.items())
            crowded = sight.least["room"] < sum(wanted.values())
            excused = short or crowded or command.others or not late["all the time"]
            assert excused, "its stock was there, and it did not come back"
        shop.books.pay(order_id)

    command = Command(
        f"pay {order_id}",
        run=lambda: record_payment(shop.desk, shop.resource, order_id, report, actor=STAFF),
        does=lambda written: _is(written, "payment.captured", order_id),
        book=book,
        judge=lambda answer: _good(answer, command),
        look=look,
    )
    return command


def _unpaid_and_cancelled(shop: Shop, order_id: str) -> bool:
    return order_id in shop.books.ended and shop.raw.orders.load(order_id).header.cancel_reason == "unpaid"


def cancelling(shop: Shop, order_id: str) -> Command:
    """Staff propose to cancel, and apply it."""
    change_id, key = shop.next_id("chg"), CommandKey("shop", shop.next_id("key"), order_id, "body")
    possible, moves = shop.books.may_be_cancelled(order_id), shop.books.moves[order_id]

    def run() -> Any:
        command = ProposeChange(change_id, "cancel", "staff", "why")
        proposed = propose_change(shop.desk, order_id, command, key, shop.means, actor=STAFF)
        return apply_change(shop.desk, order_id, proposed.change_id, shop.means, actor=STAFF)

    def judge(answer: Any) -> None:
        if not isinstance(answer, OrdoError):
            assert command.done, "cancelled, but nothing was given back"
            return
        assert answer.code in (Code.NOT_ALLOWED_NOW, Code.VERSION_CONFLICT), answer
        assert not possible or shop.books.moves[order_id] != moves, f"refused without reason: {answer}"

    command = Command(
        f"cancel {order_id}",
        run=run,
        does=lambda written: _is(written, "order.cancelled", order_id),
        book=lambda _written: shop.books.give_back(order_id),
        judge=judge,
    )
    return command


def settling(shop: Shop, order_id: str) -> Command:
    """The watcher finds the order's deadline due."""

    def book(_: Written) -> None:
        assert order_id not in shop.books.paid, "a paid order was cancelled by its payment deadline"
        shop.books.give_back(order_id)

    def judge(answer: Any) -> None:
        assert not isinstance(answer, OrdoError), answer
        assert command.done or answer.outcome != "cancelled"

    command = Command(
        f"settle {order_id}",
        run=lambda: settle_due(shop.desk, order_id),
        does=lambda written: _is(written, "order.cancelled", order_id),
        book=book,
        judge=judge,
    )
    return command


def dispatching(shop: Shop, order_id: str, part: str) -> Command:
    """A node sends its part off."""
    sent = Dispatch(part, "generic", "node", tracking_number=shop.next_id("T"))
    ready = order_id in shop.books.paid and part in shop.books.owners.get(order_id, {})
    moves = shop.books.moves[order_id]
    places: Units = shop.books.owners.get(order_id, {}).get(part, {})

    sight = Sight()

    def look(_: list[StockCounter]) -> None:
        for place in places:
            sight.see(place, shop.on_shelves(place))

    def judge(answer: Any) -> None:
        if isinstance(answer, OrdoError) and answer.code is Code.LOTS_SHORT:
            shop.require_lots_short(sight, places)
            return
        if not isinstance(answer, OrdoError):
            assert command.done, "dispatched, but nothing left"
            return
        assert not command.done, "refused, but it left"
        if answer.code is Code.NOT_ALLOWED_NOW:
            moved = shop.books.moves[order_id] != moves
            missing = any(place in shop.books.corrected for place in places)
            assert not ready or moved or missing, f"refused without reason: {answer}"
            return
        assert any(place in shop.books.corrected for place in places), f"its units were not there: {answer}"

    command = Command(
        f"dispatch {part}",
        run=lambda: dispatch_fulfilment(shop.desk, shop.waiting, sent, lambda _header: True, shop.pick),
        does=lambda written: _is(written, "shipment.dispatched", order_id),
        book=lambda _written: shop.books.leave(order_id, part),
        judge=judge,
        look=look,
    )
    return command


def _is(written: Written, event: str, order_id: str | None = None) -> bool:
    if written.method != "commit":
        return False
    commit = written.given[0]
    return commit.decision.type == event and order_id in (None, commit.header.order_id)


def _good(answer: Any, command: Command) -> None:
    assert not isinstance(answer, OrdoError), answer
    assert command.done
