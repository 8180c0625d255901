"""Sending an order elsewhere, or otherwise: planned work is sourced again, and the difference in shipping is booked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ordo.catalog.channels import ChannelPolicy
from ordo.catalog.snapshot import CatalogSnapshot
from ordo.catalog.taxes import TaxMode
from ordo.catalog.transit_terms import destination_of
from ordo.kernel.errors import NotAllowedNow
from ordo.orders.accounts import Account
from ordo.orders.adding import Goods, place_of
from ordo.orders.cancelling import too_late
from ordo.orders.change_draft import ChangeDraft
from ordo.orders.incident import added
from ordo.orders.model import OrderState
from ordo.orders.trimming import trim
from ordo.pricing.charges import SHIPPING, tax_of_charge
from ordo.pricing.model import PricedLine, Shipping
from ordo.pricing.refund_model import RefundRequest
from ordo.pricing.shipping import shipping_charge, surcharges_of
from ordo.shipments.model import ENDED, FulfilmentState, LineQuantity

Address = Mapping[str, Any]
MOVABLE = (FulfilmentState.PLANNED, FulfilmentState.OPEN)
NOT_BEGUN = (*MOVABLE, FulfilmentState.WAITING)


def deliver_otherwise(
    draft: ChangeDraft,
    account: Account,
    goods: Goods,
    placed: Shipping,
    *,
    now_to: Address | None,
    ship_to: Address | None,
    method: str | None,
) -> None:
    """Another address, another method, or both. `placed` is the shipping of placement, `now_to` the present address.

    Raises `NotAllowedNow` when work has begun or goods are taxed otherwise there, what sourcing does, and
    `unknown_shipping_method`.
    """
    state = draft.state
    begun = [each for each in state.fulfilments.values() if each.state not in (*ENDED, *NOT_BEGUN)]
    if begun:
        raise too_late("Nodes have begun with the order: how it is sent cannot be changed any more.", state)
    snapshot = goods.snapshot(state, draft.now)
    channel = snapshot.selling_channel(state.header.channel)
    old = place_of(now_to, state.header.destination)
    new = place_of(ship_to, None) if ship_to else old
    _require_same_taxes(state, snapshot, channel, new)
    before = state.header.shipping_method or placed.method
    chosen = method or before
    difference = _cost(state, snapshot, account, placed, chosen, new) - _cost(
        state, snapshot, account, placed, before, old
    )
    if ship_to:
        draft.set_header(destination=destination_of(*new))
        draft.release_address_holds()
        _source_again(draft, goods, ship_to)
    if method:
        draft.set_header(shipping_method=method)
        draft.told["shipping_method"] = method
    _book(draft, account, difference)


def _source_again(draft: ChangeDraft, goods: Goods, ship_to: Address) -> None:
    """What waits for goods stays where it waits; all else is had where it is best for the new place."""
    works = [each for each in draft.state.fulfilments.values() if each.state in MOVABLE and each.awaits is None]
    if not works:
        return
    moved = added((), (line for each in works for line in each.lines))
    at_once = all(each.state is FulfilmentState.OPEN for each in works)
    wanted = {line.key: line.quantity for line in moved}
    freed = trim(draft.state, wanted, draft.now, only=MOVABLE)
    found = goods.source(freed.state, moved, ship_to, freed.stock, draft.now)
    if _places((part.node_id, part.lines) for part in found.parts) == _places(
        (each.node_id, each.lines) for each in works
    ):
        return
    draft.take_back(wanted, MOVABLE)
    draft.begin(found, at_once=at_once)


def _places(works: Iterable[tuple[str, Iterable[LineQuantity]]]) -> set[tuple[str, str, int]]:
    """What comes from where."""
    units: dict[tuple[str, str], int] = {}
    for node, lines in works:
        for line in lines:
            units[node, line.key] = units.get((node, line.key), 0) + line.quantity
    return {(node, key, count) for (node, key), count in units.items()}


def _cost(
    state: OrderState,
    snapshot: CatalogSnapshot,
    account: Account,
    placed: Shipping,
    method: str | None,
    place: tuple[str | None, str | None],
) -> int:
    """Shipping and surcharges of what is kept, at the present prices, less what promotions took off at placement."""
    channel, currency = snapshot.selling_channel(state.header.channel), state.header.currency
    country, region = place
    weight = before = after = 0
    for line in state.lines:
        kept = account.kept_units(line.line_id)
        weight += kept * _weight(snapshot, line)
        before += kept * line.price
        after += kept * line.price - (line.discount * kept // line.quantity)
    charge = shipping_charge(channel, currency, method, country, region, weight, before, after)
    more = surcharges_of(channel, currency, after, country, region, charge.charge_id)
    off = sum(each.amount for one in placed.charges if one.kind == SHIPPING for each in one.adjustments)
    prices = [max(0, charge.price - off), *(each.price for each in more)]
    return sum(_gross(channel, price, country, region) for price in prices)


def _weight(snapshot: CatalogSnapshot, line: PricedLine) -> int:
    """Grams of one unit: its own, else those of its parts together; 0 where nothing is known."""
    product = snapshot.products.get(line.sku)
    if product is not None and (product.weight_g is not None or not line.parts):
        return product.weight_g or 0
    parts = ((snapshot.products.get(part.sku), part.quantity) for part in line.parts)
    return sum((each.weight_g or 0) * quantity for each, quantity in parts if each is not None)


def _gross(channel: ChannelPolicy, price: int, country: str | None, region: str | None) -> int:
    mode = channel.tax.charge_mode
    rate = channel.tax.charge_rate(country, region)
    return price if mode is TaxMode.INCLUSIVE else price + tax_of_charge(price, rate, mode)


def _book(draft: ChangeDraft, account: Account, difference: int) -> None:
    """More is asked for; less takes back what earlier changes asked for, and then of the shipping of placement."""
    if difference >= 0:
        draft.ask("delivery", difference)
        return
    asked = sum(
        each.amount for each in draft.state.postings.values() if each.kind == "delivery" and each.booking is None
    )
    back = min(-difference, max(0, asked))
    draft.ask("delivery", -back)
    rest = min(-difference - back, account.left_of_shipping())
    if rest:
        draft.book("delivery", account.preview(RefundRequest(shipping=rest, fee=False)))


def _require_same_taxes(
    state: OrderState, snapshot: CatalogSnapshot, channel: ChannelPolicy, place: tuple[str | None, str | None]
) -> None:
    """Prices of units are fixed with their tax (law 1): what is taxed otherwise there is another order."""
    other = [
        line.line_id
        for line in state.lines
        if channel.tax.rate_for(line.tax_class, *place).percent.text != line.tax_rate_percent
    ]
    if other:
        raise NotAllowedNow(
            "The goods are taxed otherwise there: cancel the order and place it anew.", facts={"lines": other}
        )
