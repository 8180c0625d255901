"""From a draft to the commit that makes it an order."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ordo.catalog.transit_terms import destination_of
from ordo.inventory.spread import ByBucket
from ordo.kernel.clock import to_iso
from ordo.orders.backorders import joining, presold, taken, wait_of
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
from ordo.orders.node_work import begun
from ordo.orders.placement import PlacementDraft
from ordo.orders.shelving import buckets_of, quantities
from ordo.orders.taken import Buckets, first_order_claim, taken_coupons, uses_taken
from ordo.orders.timeline import GENESIS
from ordo.payments.model import Funds, PaymentStatus
from ordo.payments.paying import Paying
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
    """Everything that placing the order writes, in one commit. What its reservation holds is taken over: the counters
    move by the difference.

    `personal` is the opened envelope: `contact` (name, phone, email) and `ship_to`. `buckets` says where uses of
    coupons are taken, if not from the first choice; `shelves` what there is by bucket, if not as the draft saw it.
    The draft must be priced and planned (`ValueError`). Raises `NodeShort` when all buckets of a node have too little.
    """
    if draft.priced is None or draft.plan is None:
        raise ValueError("a draft is committed once it is priced and planned")
    fulfilments = _fulfilments(draft, draft.plan, to_iso(now), shelves or draft.by_bucket or {})
    reserved, caps = draft.pending(), caps_of(fulfilments, draft.plan)
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
        stock=(*taken(fulfilments, caps), *(reserved.gives_back() if reserved else ())),
        loads=begun(fulfilments, _limits(draft.plan)),
        queue=joining(fulfilments),
        presales=presold(fulfilments, caps),
        reservation=reserved,
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
    paying = Paying.model_validate(draft.paying) if draft.paying else Paying()
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
        funds=Funds(payable_later=draft.terms.payable_later or paying.at_the_door_only),
        paying=paying,
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
        destination=destination_of(draft.country, draft.region),
        holds=(hold,) if unknown_place else (),
    )


def _fulfilments(draft: PlacementDraft, plan: dict[str, Any], moment: str, shelves: ByBucket) -> tuple[Fulfilment, ...]:
    return tuple(
        Fulfilment(
            fulfilment_id=fulfilment_id(draft.order_id, number),
            order_id=draft.order_id,
            node_id=part["node_id"],
            state=FulfilmentState.WAITING if "backorder" in part else FulfilmentState.PLANNED,
            lines=tuple(LineQuantity(**share) for share in part["lines"]),
            created_at=moment,
            changed_at=moment,
            # with a reservation from where that was taken: the same counters then do not move at all
            buckets=()
            if "backorder" in part
            else buckets_of(
                draft.reservation_id if draft.reserved and draft.reservation_id else draft.order_id,
                draft.channel,
                part["node_id"],
                _quantities(part),
                shelves,
            ),
            work_counted="work" in part,
            wait=wait_of(part["backorder"]) if "backorder" in part else None,
        )
        for number, part in enumerate(plan["fulfilments"], start=1)
    )


def _limits(plan: dict[str, Any]) -> dict[str, int]:
    """How many units may be open at nodes whose work is counted, where the policy holds them to that."""
    work = {part["node_id"]: part["work"] for part in plan["fulfilments"] if "work" in part}
    return {node: each["limit"] for node, each in work.items() if "limit" in each}


def caps_of(fulfilments: tuple[Fulfilment, ...], plan: dict[str, Any]) -> dict[str, int | None]:
    """How much may wait or be sold at most where parts of the plan wait."""
    parts = zip(fulfilments, plan["fulfilments"], strict=True)
    return {each.fulfilment_id: part["backorder"].get("limit") for each, part in parts if "backorder" in part}


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
            {
                "fulfilment_id": each.fulfilment_id,
                "node_id": each.node_id,
                "units": each.units,
                **({"waits_until": each.wait.promise} if each.wait else {}),
            }
            for each in fulfilments
        ],
        "promise": {"ready_by": header.ready_by, "deliver_by": header.promised_at},
        **({"reservation_id": draft.reservation_id} if draft.reserved else {}),
    }


def placement_trace(draft: PlacementDraft, priced: PricedCart, plan: dict[str, Any]) -> dict[str, Any]:
    """Why it costs what it costs and comes from where it comes (law 5), as stored with the order."""
    return {
        "price": {**terms_to_json(priced), "catalog_read_at": draft.catalog_read_at},
        "plan": plan,
        "promise": plan["promise"],
    }
