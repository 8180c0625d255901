"""5,000 orders and changes by chance: what tables, stock and money show afterwards differs by exactly the preview, and
the preview is what oracles say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from ordo.catalog.taxes import TaxMode
from ordo.kernel.errors import Code, OrdoError
from ordo.kernel.percent import percent
from ordo.orders.changes import ProposeChange, apply_change, drop_change, propose_change
from ordo.orders.keys import CommandKey
from ordo.orders.model import Actor, OrderChange, Requester
from ordo.pricing.model import CartLine
from ordo.pricing.refund_model import Grant, RefundRequest, ShippingRefund
from ordo.shipments.model import ENDED, FulfilmentState
from tests.proof.change_books import Books, request_of
from tests.proof.changing import EXPRESS, Life, Tables, tables
from tests.proof.conftest import SHARE_OF
from tests.proof.orders import FULL
from tests.support.orders import ORDER, SHIP_TO

pytestmark = pytest.mark.timeout(3600)
COUNT = 5_000 if FULL else 300
LEAST = 0.2
REFUSALS = {
    Code.NOT_ALLOWED_NOW,
    Code.PARTIAL_RETURN_FORBIDDEN,
    Code.OUT_OF_STOCK,
    Code.VERSION_CONFLICT,
    Code.REFUND_EXCEEDS_PAID,
    Code.INVALID_QUANTITY,
}
KINDS = (
    *("cancel", "cancel_units", "cancel_units", "edit", "edit", "edit", "edit"),
    *("delivery", "price_adjustment", "goodwill", "exchange", "exchange"),
)
Asked = tuple[str, dict[str, Any], dict[str, Any] | None]


def test_what_tables_and_money_show_after_a_change_differs_by_exactly_its_preview(
    record_property: Callable[[str, object], None],
) -> None:
    found: Counter[str] = Counter()
    number = 0
    while found["applied"] < COUNT:
        life = Life(number)
        life.place()
        life.pay()
        books = Books(life)
        for _ in range(life.r.randint(1, 3)):
            if life.r.random() < 0.5:
                life.work()
            _one_change(life, books, found)
            life.r.choice((life.refund, life.pay, life.wait))()
        audit(life)
        number += 1
    for kind in sorted(found):
        record_property(f"{SHARE_OF}{kind}", f"{found[kind] / found['applied']:.1%} of {found['applied']} changes")
    for kind in ("refunded", "to pay", "stock moved"):
        assert found[kind] >= LEAST * found["applied"], found


def _one_change(life: Life, books: Books, found: Counter[str]) -> None:
    r = life.r
    asked = chance_change(r, life, books)
    by: Requester = r.choice(("staff", "staff", "customer"))
    if asked is None or (by == "customer" and asked[0] in ("price_adjustment", "goodwill", "exchange")):
        by = "staff"
    if asked is None:
        return
    kind, terms, contact = asked
    before = tables(life)
    actor = Actor(type=by, id="ana")
    command = ProposeChange(life.new_id("chg"), kind, by, "why", contact, None, terms)  # type: ignore[arg-type]
    key = CommandKey("shop", command.change_id, ORDER, "h")
    try:
        change = propose_change(life.desk, ORDER, command, key, life.means, actor=actor)
    except OrdoError as refused:
        _require_refused(life, kind, refused, before)
        _require_reason(life, books, kind, terms, by, refused)
        found[f"refused {kind}"] += 1
        return
    _require_nothing_but_the_proposal(life, change, before)
    if r.random() < 0.2:
        r.choice((life.pay, life.work, life.wait))()
    if r.random() < 0.05:
        proposed = tables(life)
        drop_change(life.desk, ORDER, change.change_id, actor=actor)
        _require_dropped(life, change, proposed)
        found["dropped"] += 1
        return
    now = tables(life)
    try:
        apply_change(life.desk, ORDER, change.change_id, life.means, actor=actor)
    except OrdoError as refused:
        _require_refused(life, kind, refused, now)
        found["refused at apply"] += 1
        return
    after = tables(life)
    differ_by(life, now, after, change)
    judge(life, books, kind, terms, now, after, change)
    assert apply_change(life.desk, ORDER, change.change_id, life.means, actor=actor)[0].preview == change.preview
    assert tables(life) == after
    _count(change, found)


def _count(change: OrderChange, found: Counter[str]) -> None:
    preview = change.preview
    found["applied"] += 1
    found[change.kind] += 1
    found["refunded"] += preview["refund"]["amount"] > 0
    found["to pay"] += preview["to_pay"]["amount"] > 0
    found["with a fee"] += preview["fee"]["amount"] > 0
    found["stock moved"] += bool(preview["stock_taken"] or preview["stock_returned"])


# ---------------------------------------------------------------------- chance
def chance_change(r: Random, life: Life, books: Books) -> Asked | None:
    """A kind, what it asks, and the contact that it brings; None when there is nothing to change."""
    lines = [line_id for line_id in books.lines() if books.kept(line_id)]
    if not lines:
        return None
    kind = r.choice(KINDS)
    if kind == "cancel":
        return kind, {"waive_fee": True} if r.random() < 0.2 else {}, None
    if kind == "cancel_units":
        chosen = r.sample(lines, min(len(lines), r.choice((1, 1, 2, 9))))
        units = [{"line_id": each, "quantity": _some(r, books.kept(each))} for each in chosen]
        return kind, {"lines": units}, None
    if kind == "edit":
        return kind, {"operations": chance_operations(r, life, books, lines)}, None
    if kind == "delivery":
        method = {"shipping_method": r.choice(("express", "standard"))} if r.random() < 0.8 else {}
        contact = {"ship_to": {**SHIP_TO, "location": {"lat": 39.9, "lon": 116.4}}} if r.random() < 0.6 else None
        return (kind, method, contact) if method or contact else None
    if kind == "exchange":
        came = _delivered(life, books)
        if not came:
            return None
        chosen = r.sample(sorted(came), 1)
        units = [{"line_id": each, "quantity": _some(r, came[each])} for each in chosen]
        return kind, {"lines": units, "add": [_new_line(r, life)]}, None
    left = {each: books.left(each) for each in lines if books.left(each) > 0}
    if not left:
        return None
    if kind == "goodwill":
        return kind, {"amount": r.randint(1, max(1, sum(left.values()) // r.choice((1, 4))))}, None
    chosen = r.sample(sorted(left), min(len(left), r.choice((1, 2))))
    return kind, {"grants": [{"line_id": each, "amount": r.randint(1, left[each])} for each in chosen]}, None


def chance_operations(r: Random, life: Life, books: Books, lines: list[str]) -> list[dict[str, Any]]:
    operations: list[dict[str, Any]] = []
    for line_id in r.sample(lines, min(len(lines), r.choice((0, 1, 1, 2)))):
        kept = books.kept(line_id)
        operations.append(
            r.choice(
                (
                    {"op": "set_quantity", "line_id": line_id, "quantity": r.randrange(kept)},
                    {"op": "set_quantity", "line_id": line_id, "quantity": kept + r.randint(1, 3)},
                    {"op": "remove_line", "line_id": line_id},
                    {"op": "swap_options", "line_id": line_id, "quantity": _some(r, kept), "options": {}},
                )
            )
        )
    if not operations or r.random() < 0.4:
        operations.append({"op": "add_line", **_new_line(r, life)})
    return operations


def _new_line(r: Random, life: Life) -> dict[str, Any]:
    sku = r.choice([each for each in sorted(life.each.shop.products) if each.startswith("S")])
    return {"sku": sku, "quantity": r.choice((1, 1, 2, 3))}


def _some(r: Random, most: int) -> int:
    return r.choice((most, 1, r.randint(1, most)))


def _delivered(life: Life, books: Books) -> dict[str, int]:
    units: Counter[str] = Counter()
    for shipment in life.state.shipments.values():
        for parcel in shipment.parcels:
            if parcel.status == "delivered":
                for line in parcel.lines:
                    units[line.line_id] += line.quantity
    return {each: min(count, books.kept(each)) for each, count in units.items() if books.kept(each)}


# ---------------------------------------------------------------------- what must not have happened
def _require_nothing_but_the_proposal(life: Life, change: OrderChange, before: Tables) -> None:
    after = tables(life)
    assert after.changes == {**before.changes, f"change#{change.change_id}": "proposed"}
    slot = (ORDER, f"change#{change.change_id}")
    assert {key: each for key, each in after.contacts.items() if key != slot} == before.contacts
    assert after.events == before.events + 1
    for name in ("reserved", "on_hand", "loads", "uses", "live", "works", "units", "owed", "postings", "payments"):
        assert getattr(after, name) == getattr(before, name), (life.number, name)


def _require_refused(life: Life, kind: str, refused: OrdoError, before: Tables) -> None:
    """By one of the codes that are meant, and nothing has changed."""
    assert refused.code in REFUSALS, (life.number, kind, refused.code, refused.detail, refused.facts)
    assert tables(life) == before, (life.number, kind)


def _require_dropped(life: Life, change: OrderChange, before: Tables) -> None:
    after = tables(life)
    slot = (ORDER, f"change#{change.change_id}")
    assert after.contacts == {key: each for key, each in before.contacts.items() if key != slot}
    assert after.changes[f"change#{change.change_id}"] == "dropped"
    assert (after.reserved, after.live, after.owed) == (before.reserved, before.live, before.owed)


def _require_reason(life: Life, books: Books, kind: str, asked: dict[str, Any], by: str, refused: OrdoError) -> None:
    """What is refused for the order's state really cannot be done: units have left, or only staff may take them out."""
    state = life.state
    if refused.code is not Code.NOT_ALLOWED_NOW or kind != "cancel_units" or not state.header.is_open:
        return
    free = [FulfilmentState.PLANNED, FulfilmentState.OPEN, FulfilmentState.ACCEPTED, FulfilmentState.WAITING]
    free += [FulfilmentState.PICKED, FulfilmentState.PACKED] if by == "staff" else []
    there: Counter[str] = Counter()
    for each in state.fulfilments.values():
        for line in each.lines if each.state in free else ():
            there[line.line_id] += line.quantity
    assert any(there[each["line_id"]] < each["quantity"] for each in asked["lines"]), (life.number, refused.facts)


# ---------------------------------------------------------------------- exactly the preview
def differ_by(life: Life, before: Tables, after: Tables, change: OrderChange) -> None:
    """Every table has moved by what the preview said, and by nothing else."""
    preview, at = change.preview, (life.number, change.kind, change.preview)
    moved = Counter({place: -units for place, units in before.reserved.items()})
    moved.update(after.reserved)
    said: Counter[tuple[str, str]] = Counter()
    for sign, name in ((1, "stock_taken"), (-1, "stock_returned")):
        for each in preview[name]:
            said[each["sku"], each["node_id"]] += sign * each["quantity"]
    assert {k: v for k, v in moved.items() if v} == {k: v for k, v in said.items() if v}, at
    assert after.on_hand == before.on_hand, at
    live = Counter(before.live)
    live.subtract({each["line_id"]: each["quantity"] for each in preview["lines_ended"]})
    live.update({each["line_id"]: each["quantity"] for each in preview["lines_added"]})
    assert after.live == {line_id: units for line_id, units in live.items() if units}, at
    ended = {each for each, work in after.works.items() if work[1] in ENDED and before.works[each][1] not in ENDED}
    assert ended == set(preview["fulfilments_cancelled"]), at
    new = {each: (work[0], work[2]) for each, work in after.works.items() if each not in before.works}
    assert new == {each["fulfilment_id"]: (each["node_id"], each["units"]) for each in preview["fulfilments_added"]}, at
    fewer = {each for each, work in before.works.items() if after.works[each][2] != work[2]}
    assert fewer == set(preview["fulfilments_changed"]), at
    booked = [each for name, each in sorted(after.postings.items()) if name not in before.postings]
    assert [(kind, amount) for kind, amount, _, _ in booked] == [
        (each["kind"], each["amount"]) for each in preview["bookings"]
    ], at
    assert preview["owed"] == {"before": before.owed, "after": after.owed}, at
    header = life.state.header
    assert (header.owed, header.funds.kept) == (after.owed, before.paid), at
    due = max(0, after.paid - after.owed) - max(0, before.paid - before.owed)
    unpaid = max(0, after.owed - after.paid) - max(0, before.owed - before.paid)
    assert (preview["refund"]["amount"], preview["to_pay"]["amount"]) == (max(0, due), max(0, unpaid)), at
    assert header.funds.refund_due == max(0, after.paid - after.owed) <= max(0, after.paid), at
    assert (after.payments, after.paid, after.events) == (before.payments, before.paid, before.events + 1), at
    assert asked_back(life) == header.funds.refund_due, at
    rates = {name: sum(each[name] for each in preview["tax_rates"]) for name in ("net", "tax", "gross")}
    assert rates["net"] + rates["tax"] == rates["gross"], at
    if change.kind != "delivery":
        assert after.contacts == before.contacts, at
    given_back = len(preview.get("coupons_given_back", ()))
    assert (before.uses != after.uses) == (given_back > 0), at


def asked_back(life: Life) -> int:
    """What is asked of providers and the storefront to be paid back, and did not end yet."""
    instructions = life.state.instructions.values()
    return sum(each.amount for each in instructions if each.movement == "refund" and each.state == "requested")


# ---------------------------------------------------------------------- what oracles say
def judge(
    life: Life, books: Books, kind: str, asked: dict[str, Any], before: Tables, after: Tables, change: OrderChange
) -> None:
    """The preview's amounts, worked out another way."""
    booked = [each for name, each in sorted(after.postings.items()) if name not in before.postings]
    fees = sum(amount for what, amount, _, _ in before.postings.values() if what == "fee")
    cuts, new = _goods(books, kind, asked)
    added = _judge_added(life, books, new, change, booked)
    if kind == "delivery":
        _judge_delivery(life, books, asked, before, booked)
        return
    if kind in ("price_adjustment", "goodwill"):
        grants = (
            books.spread(asked["amount"])
            if kind == "goodwill"
            else tuple(Grant(each["line_id"], each["amount"]) for each in asked["grants"])
        )
        _settle(books, RefundRequest(grants=grants, shipping=ShippingRefund.NONE), booked)
        return
    all_gone = after.units["cancelled"] == after.units["total"]
    shipping = ShippingRefund.ALL if kind == "cancel" or all_gone else ShippingRefund.BY_RULE
    ended = 0
    if cuts:
        if new:
            shipping = ShippingRefund.NONE
        ended = _settle(books, request_of(cuts, shipping), booked)
    fee = sum(amount for what, amount, _, _ in booked if what == "fee")
    if all_gone and not before.units["dispatched"]:
        assert after.owed == fees + fee, (life.number, kind)
    if kind in ("cancel", "cancel_units", "edit"):
        status = _status(before)
        without = max(0, max(0, after.paid - after.owed + fee) - max(0, before.paid - before.owed))
        waived = asked.get("waive_fee") and change.requested_by.type == "staff"
        expected = 0 if waived else min(books.fee(status, ended, added), without)
        assert fee == expected == change.preview["fee"]["amount"], (life.number, kind, fee, expected)


def _status(before: Tables) -> str:
    if before.units["dispatched"]:
        return "partially_shipped"
    if before.units["started"]:
        return "in_fulfilment"
    released = any(state != "planned" for _, state, _ in before.works.values() if state not in ("cancelled",))
    return "released" if released else "placed"


def _goods(books: Books, kind: str, asked: dict[str, Any]) -> tuple[dict[str, int], list[tuple[str, int]]]:
    """Units that go, by line, and (SKU, units) that come."""
    if kind == "cancel":
        return {line_id: books.kept(line_id) for line_id in books.lines() if books.kept(line_id)}, []
    if kind in ("cancel_units", "exchange"):
        cuts = {each["line_id"]: each["quantity"] for each in asked["lines"]}
        return cuts, [(each["sku"], each["quantity"]) for each in asked.get("add", ())]
    cuts, new = {}, []
    skus = {line.line_id: line.sku for line in books.life.state.lines}
    for each in asked.get("operations", ()):
        if each["op"] == "add_line":
            new.append((each["sku"], each["quantity"]))
            continue
        line_id, kept = each["line_id"], books.kept(each["line_id"])
        if each["op"] == "remove_line":
            cuts[line_id] = kept
        elif each["op"] == "swap_options":
            cuts[line_id] = each["quantity"]
            new.append((skus[line_id], each["quantity"]))
        elif each["quantity"] < kept:
            cuts[line_id] = kept - each["quantity"]
        elif each["quantity"] > kept:
            new.append((skus[line_id], each["quantity"] - kept))
    return cuts, new


def _judge_added(
    life: Life, books: Books, new: list[tuple[str, int]], change: OrderChange, booked: list[tuple[str, int, str, bool]]
) -> int:
    told = [(each["sku"], each["quantity"]) for each in change.preview["lines_added"]]
    assert told == new, (life.number, told, new)
    if not new:
        return 0
    amount = books.add([CartLine(f"n{place}", sku, units) for place, (sku, units) in enumerate(new)])
    assert [each for what, each, _, _ in booked if what == "added"] == ([amount] if amount else []), life.number
    (addition,) = [each for each in life.state.additions.values() if each.source == change.change_id]
    assert addition.total == amount == sum(each["gross"] for each in change.preview["lines_added"])
    books.know(addition)
    return amount


def _settle(books: Books, request: RefundRequest, booked: list[tuple[str, int, str, bool]]) -> int:
    """The price rules' postings are what the oracle says of each set of lines; what the units had cost."""
    falls, goods = books.take(request)
    ruled = {of: amount for _, amount, of, by_rule in booked if by_rule}
    for name, fall in falls.items():
        books.settle(name, fall, ruled.get(name, 0))
    assert set(ruled) <= set(falls), (books.life.number, ruled, falls)
    return goods


def _judge_delivery(
    life: Life, books: Books, asked: dict[str, Any], before: Tables, booked: list[tuple[str, int, str, bool]]
) -> None:
    total = sum(amount for what, amount, _, _ in booked if what == "delivery")
    assert all(what == "delivery" for what, _, _, _ in booked)
    plain = sum(each[1] for each in before.postings.values() if each[0] == "delivery" and not each[3])
    customer = books.sets[""]
    left = sum(customer.left(name, 0) for name in customer.charges)
    if not life.each.channel.shipping_methods:
        was = getattr(life, "method", "standard")
        now = asked.get("shipping_method", was)
        difference = _shipping(life, now) - _shipping(life, was)
        expected = difference if difference >= 0 else -min(-difference, max(0, plain) + left)
        assert total == expected, (life.number, asked, total, expected)
    life.method = asked.get("shipping_method", getattr(life, "method", "standard"))  # type: ignore[attr-defined]
    ruled = sum(amount for _, amount, _, by_rule in booked if by_rule)
    if ruled:
        _settle(books, RefundRequest(shipping=-ruled), booked)


def _shipping(life: Life, method: str) -> int:
    """What a flat method costs with tax, less what promotions took off shipping at placement."""
    channel = life.each.channel
    price = EXPRESS if method == "express" else channel.shipping.get(life.each.cart.currency, 0)
    charges = [each for each in life.each.priced.shipping.charges if each.kind == "shipping"]
    off = sum(one.amount for each in charges for one in each.adjustments)
    price = max(0, price - off)
    if channel.tax.charge_mode is TaxMode.INCLUSIVE:
        return price
    rate = channel.tax.charge_rate("CN").percent.text
    return price + percent(rate).of(price)


def audit(life: Life) -> None:
    """Whatever happened: what is reserved is what live work takes, and the order's units add up."""
    reserved_for_work(life)
    state = life.state
    units = state.header.units
    live = sum(each.units for each in state.fulfilments.values() if each.state not in ENDED)
    assert units.total == sum(line.units for line in state.lines) == live + units.cancelled
    assert units.started >= units.dispatched >= units.delivered
    assert state.header.owed >= 0
    assert state.header.funds.refunded + state.header.funds.refund_due <= state.header.funds.captured


def reserved_for_work(life: Life) -> None:
    """What is reserved, and what nodes have open, is what live work takes."""
    state, raw = life.state, life.repository
    wanted: Counter[tuple[str, str]] = Counter()
    loads: Counter[str] = Counter()
    for each in state.fulfilments.values():
        if each.state in (*ENDED, FulfilmentState.DISPATCHED):
            continue
        loads[each.node_id] += each.units if each.work_counted else 0
        for line in each.lines:
            wanted[line.sku, each.node_id] += line.quantity
    assert {key[:2]: each.reserved for key, each in raw.counters.items() if each.reserved} == +wanted
    assert {node: units for node, units in raw.loads.items() if units} == +loads
