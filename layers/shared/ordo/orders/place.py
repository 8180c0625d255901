"""From a draft to the commit that makes it an order."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ordo.inventory.model import reserve
from ordo.inventory.spread import ByBucket
from ordo.kernel.clock import to_iso
from ordo.orders.decision import Claim, Commit, ContactWrite, Decision, make_commit
from ordo.orders.model import (
    Actor,
    Hold,
    OrderHeader,
    OrderStatus,
    TakenCoupon,
    Terms,
    Units,
    fulfilment_id,
)
from ordo.orders.placement import PlacementDraft
from ordo.orders.shelving import buckets_of, quantities
from ordo.orders.taken import Buckets, first_order_claim, taken_coupons, uses_taken
from ordo.orders.timeline import GENESIS
from ordo.payments.model import Funds, PaymentStatus
from ordo.pricing.codec import terms_to_json
from ordo.pricing.model import PricedCart
from ordo.shipments.model import Fulfilment, FulfilmentState, LineQuantity


def placement_commit(
    draft: PlacementDraft,
    personal: dict[str, Any],
    *,
    now: datetime,
    event_id: str,
    buckets: Buckets | None = None,
    shelves: ByBucket | None = None,
) -> Commit:
    """Everything that placing the order writes, in one commit.

    `personal` is the opened envelope: `contact` (name, phone, email) and `ship_to`. `buckets` says where uses of
    coupons are taken, if not from the first choice; `shelves` what there is by bucket, if not as the draft saw it.
    The draft must be priced and planned (`ValueError`). Raises `NodeShort` when all buckets of a node have too little.
    """
    if draft.priced is None or draft.plan is None:
        raise ValueError("a draft is committed once it is priced and planned")
    fulfilments = _fulfilments(draft, draft.plan, to_iso(now), shelves or draft.by_bucket or {})
    header = _header(
        draft, draft.priced, draft.plan, now, taken_coupons(draft.order_id, draft.coupon_takes, buckets or {})
    )
    decision = Decision(
        type="order.placed",
        header=header,
        data=_facts(draft, draft.priced, header, fulfilments),
        records=fulfilments,
        claims=_claims(draft),
        coupons=uses_taken(header),
        stock=tuple(
            reserve(take.sku, each.node_id, take.quantity, take.bucket) for each in fulfilments for take in each.takes()
        ),
        contacts=(ContactWrite("contact", _contact(personal)),),
        lines=draft.priced.lines,
        trace=placement_trace(draft, draft.priced, draft.plan),
    )
    return make_commit(None, decision, now=now, actor=Actor(type="client", id=draft.client_id), event_id=event_id)


def _contact(personal: dict[str, Any]) -> dict[str, Any]:
    """What is personal of the order; `custom` are texts that its goods are made with, by line."""
    kept = {name: personal[name] for name in ("ship_to", "custom") if personal.get(name)}
    return {**personal["contact"], **kept}


def _header(
    draft: PlacementDraft, priced: PricedCart, plan: dict[str, Any], now: datetime, coupons: tuple[TakenCoupon, ...]
) -> OrderHeader:
    moment = to_iso(now)
    unknown_place = plan.get("location") == "unknown"
    hold = Hold(hold_id="hld_address", kind="address", reason="The place is not known.", placed_at=moment)
    return OrderHeader(
        order_id=draft.order_id,
        seq=0,
        head_hash=GENESIS,
        placed_at=moment,
        client_id=draft.client_id,
        channel=draft.channel,
        external_id=draft.external_id,
        customer_id=draft.customer_id,
        currency=draft.currency,
        totals=priced.totals,
        status=OrderStatus.PLACED,
        payment_status=PaymentStatus.UNPAID,
        units=Units(total=sum(line.units for line in priced.lines)),
        funds=Funds(payable_later=draft.terms.payable_later),
        terms=Terms(
            payment_minutes=draft.terms.payment_minutes,
            dispatch_hours=draft.terms.dispatch_hours,
            silence_hours=draft.terms.silence_hours,
            completion_days=draft.terms.completion_days,
        ),
        coupons=coupons,
        first_order=draft.first_order_of is not None,
        ready_by=plan["promise"]["ready_by"],
        promised_at=plan["promise"]["deliver_by"],
        holds=(hold,) if unknown_place else (),
    )


def _fulfilments(draft: PlacementDraft, plan: dict[str, Any], moment: str, shelves: ByBucket) -> tuple[Fulfilment, ...]:
    return tuple(
        Fulfilment(
            fulfilment_id=fulfilment_id(draft.order_id, number),
            order_id=draft.order_id,
            node_id=part["node_id"],
            state=FulfilmentState.PLANNED,
            lines=tuple(LineQuantity(**share) for share in part["lines"]),
            created_at=moment,
            changed_at=moment,
            buckets=buckets_of(draft.order_id, draft.channel, part["node_id"], _quantities(part), shelves),
        )
        for number, part in enumerate(plan["fulfilments"], start=1)
    )


def _quantities(part: dict[str, Any]) -> dict[str, int]:
    return quantities(LineQuantity(**share) for share in part["lines"])


def _claims(draft: PlacementDraft) -> tuple[Claim, ...]:
    mine = {"order_id": draft.order_id, "body_hash": draft.body_hash}
    claims = [Claim("idem", (draft.client_id, draft.idempotency_key), mine)]
    if draft.external_id is not None:
        claims.append(Claim("external", (draft.channel, draft.external_id), {"order_id": draft.order_id}))
    if draft.first_order_of is not None:
        claims.append(first_order_claim(draft.first_order_of, draft.order_id))
    return tuple(claims)


def _facts(
    draft: PlacementDraft, priced: PricedCart, header: OrderHeader, fulfilments: tuple[Fulfilment, ...]
) -> dict[str, Any]:
    return {
        "total": priced.totals.total,
        "currency": priced.currency,
        "lines": len(priced.lines),
        "customer_id": draft.customer_id,
        "coupons": list(draft.coupons),
        "holds": [hold.kind for hold in header.holds],
        "fulfilments": [
            {"fulfilment_id": each.fulfilment_id, "node_id": each.node_id, "units": each.units} for each in fulfilments
        ],
        "promise": {"ready_by": header.ready_by, "deliver_by": header.promised_at},
    }


def placement_trace(draft: PlacementDraft, priced: PricedCart, plan: dict[str, Any]) -> dict[str, Any]:
    """Why it costs what it costs and comes from where it comes (law 5), as stored with the order."""
    return {
        "price": {**terms_to_json(priced), "catalog_read_at": draft.catalog_read_at},
        "plan": plan,
        "promise": plan["promise"],
    }
