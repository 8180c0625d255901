"""What a change would do, as plain JSON: it is made of the draft that the commit is made of, so both are the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ordo.inventory.lots import expiry_told
from ordo.kernel.errors import NotAllowedNow
from ordo.orders.accounts import Booked
from ordo.orders.cancelling import too_late
from ordo.orders.change_draft import ChangeDraft
from ordo.orders.elsewhere import Found
from ordo.orders.incident import Incident
from ordo.orders.model import OrderState
from ordo.orders.reship import all_of, require_reshippable, taken_by
from ordo.pricing.figures import Figure, charge_figure, line_figure, tax_by_rate
from ordo.pricing.model import PricedCart
from ordo.pricing.refund_codec import booking_to_json
from ordo.shipments.model import ENDED, Fulfilment, FulfilmentState, LotUnits

NOT_PACKED = (
    FulfilmentState.PLANNED,
    FulfilmentState.WAITING,
    FulfilmentState.OPEN,
    FulfilmentState.ACCEPTED,
    FulfilmentState.PICKED,
)


def preview_of(draft: ChangeDraft) -> dict[str, Any]:
    """Money by line, unit and tax rate; stock; work of nodes; coupons, holds, promise and warnings.

    `refund` and `to_pay` are what goes back, or has to be paid, more than before; amounts are minor units.
    """
    header, before = draft.state.header, draft.before.header
    currency = header.currency
    return {
        "allowed": True,
        "refund": _money(draft.refund, currency),
        "to_pay": _money(draft.to_pay, currency),
        "fee": _money(_sum(draft, "fee"), currency),
        "owed": {"before": before.owed, "after": header.owed},
        "bookings": [
            {"kind": each.kind, "amount": each.amount, **({"addition": each.addition} if each.addition else {})}
            for each in _postings(draft)
        ],
        "refunds": [{"kind": kind, **booking_to_json(booked.whole)} for kind, booked in draft.bookings],
        "tax_rates": _rates(draft),
        "lines_ended": _ended(draft),
        "lines_added": [_added(line) for line in draft.added_lines],
        "stock_returned": _units(_returned(draft)),
        "stock_taken": _units(draft.taken),
        "fulfilments_cancelled": sorted(each for done in draft.trims for each in done.ended),
        "fulfilments_changed": sorted(each for done in draft.trims for each in done.lessened),
        "fulfilments_added": [_work(each, draft) for each in draft.work],
        "holds_released": list(draft.holds_released),
        "incidents_resolved": sorted(
            {*draft.told.get("incidents_resolved", ()), *(each for done in draft.trims for each in done.resolved)}
        ),
        "promised_at": None if draft.is_all_cancelled else header.promised_at,
        "promise": draft.promise,
        **{name: draft.told[name] for name in ("coupons_given_back", "shipping_method") if name in draft.told},
        "warnings": _warnings(draft),
    }


def units_told(draft: ChangeDraft) -> list[LotUnits]:
    """The lots that picked units go back to."""
    return [
        LotUnits(sku=move.sku, lot=move.lot, expires_on=expiry_told(move.expires_on), quantity=move.units)
        for move in draft.lots
        if move.units > 0
    ]


def require_open(state: OrderState) -> None:
    """Raise `NotAllowedNow` for an order that has ended."""
    if not state.header.is_open:
        status = state.header.status
        raise NotAllowedNow(f"The order is {status}: it cannot be changed.", facts={"status": status})


def require_unpacked(state: OrderState) -> None:
    """Raise `NotAllowedNow` when parts are packed for the old address."""
    live = (each for each in state.fulfilments.values() if each.state not in ENDED)
    if any(each.state not in NOT_PACKED for each in live):
        raise too_late("Parts of the order are packed for the old address.", state)


def differences(previewed: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What would come out otherwise now."""
    return [name for name in sorted({*previewed, *now}) if previewed.get(name) != now.get(name)]


def reship_preview(state: OrderState, incident: Incident, found: Found) -> dict[str, Any]:
    """What sending an incident's units again does: it takes stock, and no money. Raises what forbids it."""
    require_reshippable(state, incident)
    header = state.header
    return {
        "allowed": True,
        "refund": _money(0, header.currency),
        "stock_returned": [],
        "stock_taken": taken_by(all_of(found, incident)),
        "fulfilments_cancelled": [],
        "holds_released": [],
        "promised_at": header.promised_at,
        "incident_id": incident.incident_id,
        "warnings": [],
    }


def _postings(draft: ChangeDraft) -> list[Any]:
    known = draft.before.postings
    return [draft.state.postings[each] for each in sorted(draft.state.postings) if each not in known]


def _sum(draft: ChangeDraft, kind: str) -> int:
    return sum(each.amount for each in _postings(draft) if each.kind == kind)


def _rates(draft: ChangeDraft) -> list[dict[str, Any]]:
    """By tax rate, what the order costs more (negative: less) by the price rules and by what is added."""
    figures = [
        *(_negative(booked) for _, booked in draft.bookings),
        *(_figures(cart) for cart in draft.added),
    ]
    return [
        {"rate_percent": each.rate_percent, "net": each.net, "tax": each.tax, "gross": each.gross}
        for each in tax_by_rate(figure for some in figures for figure in some)
    ]


def _negative(booked: Booked) -> list[Figure]:
    return [
        Figure(each.kind, each.figure_id, each.rate_percent, each.parts, -total.net, -total.tax, -total.gross)
        for each in booked.whole.figures
        for total in (each.total,)
    ]


def _figures(cart: PricedCart) -> list[Figure]:
    return [*map(line_figure, cart.lines), *map(charge_figure, cart.shipping.charges)]


def _ended(draft: ChangeDraft) -> list[dict[str, Any]]:
    return [
        {"line_id": each.line_id, "sku": each.sku, "quantity": each.quantity}
        | ({} if each.part is None else {"part": each.part})
        for each in draft.cut
    ]


def _added(line: Any) -> dict[str, Any]:
    return {
        "line_id": line.line_id,
        "sku": line.sku,
        "stock_sku": line.stock_sku,
        "options": dict(line.options),
        "quantity": line.quantity,
        "net": line.net,
        "tax": line.tax,
        "gross": line.gross,
        "units": [{"count": run.count, "net": run.net, "tax": run.tax, "gross": run.gross} for run in line.runs],
    }


def _returned(draft: ChangeDraft) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for done in draft.trims:
        for sku, node, units in done.returned:
            found[sku, node] += units
    return found


def _units(units: Mapping[tuple[str, str], int]) -> list[dict[str, Any]]:
    return [{"sku": sku, "node_id": node, "quantity": count} for (sku, node), count in sorted(units.items()) if count]


def _work(work: Fulfilment, draft: ChangeDraft) -> dict[str, Any]:
    """New work; `begins`: at once, when the order is released or paid, when goods or a return have come."""
    header = draft.state.header
    ready = header.released_at is not None and not header.holds
    if work.state is FulfilmentState.WAITING:
        begins = "when_goods_come"
    elif work.awaits is not None:
        begins = "when_returned"
    elif work.state is FulfilmentState.OPEN or (ready and header.is_covered(header.changed_at or header.placed_at)):
        begins = "at_once"
    else:
        begins = "when_paid" if ready else "when_released"
    return {"fulfilment_id": work.fulfilment_id, "node_id": work.node_id, "units": work.units, "begins": begins}


def _warnings(draft: ChangeDraft) -> list[str]:
    header = draft.before.header
    found = list(draft.warnings)
    if any(done.had_begun for done in draft.trims):
        found.append("work_started")
    if draft.is_all_cancelled and header.funds.authorised > header.funds.captured:
        found.append("authorisation_to_be_voided")
    if any(each.before != each.now for _, booked in draft.bookings for each in booked.whole.clawed_back):
        found.append("promotions_give_less")
    return found


def _money(amount: int, currency: str) -> dict[str, Any]:
    return {"amount": amount, "currency": currency}
