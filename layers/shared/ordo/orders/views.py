"""Orders as the API shows them. Every amount is minor units with its currency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pydantic import Field

from ordo.aftersales.model import Return
from ordo.kernel.frozen import Model
from ordo.orders.addition import OrderAddition
from ordo.orders.amounts import BalanceView, MoneyView, TotalsView, balance_view, money, totals_view
from ordo.orders.incident_views import IncidentView
from ordo.orders.model import OrderHeader, OrderState, OrderStatus
from ordo.orders.placement import PlacementDraft
from ordo.orders.posting import Posting, in_order
from ordo.orders.price_views import ChargeView, LineView, RateView, price_views
from ordo.orders.progress import LineProgress, progress_of
from ordo.orders.shipment_views import RepromiseView, ShipmentView, shipment_view
from ordo.orders.timeline import StoredEvent
from ordo.payments.model import PaymentStatus
from ordo.pricing.codec import shipping_in, terms_to_json
from ordo.pricing.model import PricedLine, Shipping
from ordo.shipments.claim_views import ClaimView
from ordo.shipments.eta import Standing, standing
from ordo.shipments.model import Fulfilment


class LinksView(Model):
    """Where to go on from here."""

    self: str
    timeline: str
    payments: str
    changes: str


class OrderLinksView(LinksView):
    """The same, and the customer's page."""

    track: str | None = Field(
        default=None,
        description="The customer's own page, by a signed link that ends after 90 days; `?lang=en` or `?lang=zh` may "
        "be added. Whoever has it can see the order and do what its page offers, so it is there only for keys with the "
        "scope `orders:change`.",
    )


class PlacedOrderView(Model):
    """An order as it was placed; the same key always gets exactly this again."""

    order_id: str
    external_id: str | None = None
    channel: str
    customer_id: str | None = None
    currency: str
    placed_at: str
    status: OrderStatus
    payment_status: PaymentStatus
    version: int
    holds: list[str] = Field(description="Kinds of the holds that stop the order.")
    totals: TotalsView
    lines: list[LineView]
    charges: list[ChargeView]
    tax_rates: list[RateView] = Field(description="Net, tax and gross by rate; they add up to the total.")
    price: dict[str, Any] = Field(
        description="Which rules gave what, and which did not apply and why; the `reason` of a discount by staff is "
        "there for keys with the scope `prices:override`."
    )
    plan: dict[str, Any] = Field(description="Fulfilments, every candidate node, and why.")
    promise: dict[str, Any]
    links: LinksView


class HoldView(Model):
    """What stops the order until someone releases it."""

    hold_id: str
    kind: str
    reason: str
    placed_at: str


class FulfilmentView(Model):
    """The work of one node."""

    fulfilment_id: str
    order_id: str
    node_id: str
    state: str
    lines: list[dict[str, Any]]
    created_at: str
    changed_at: str
    shipment_ids: list[str]
    short: list[dict[str, Any]] = Field(
        default_factory=list, description="Units that the node was to give and did not."
    )
    waits_until: str | None = Field(
        default=None, description="When a part that waits for goods, or did, was promised to be ready."
    )
    lots: list[dict[str, Any]] = Field(
        default_factory=list,
        description="What was picked, of SKUs that are kept by lot: sku, lot, expires_on, quantity",
    )
    packing_photos: list[dict[str, Any]] = Field(
        default_factory=list, description="Photos of what was packed, by their hashes."
    )


class ReturnSummary(Model):
    """A return of the order, in short."""

    return_id: str
    state: str
    outcome: str
    reason: str
    requested_at: str
    units: int = Field(description="Units that were announced; of goods that nobody announced, that came.")

    @staticmethod
    def of(found: Return) -> ReturnSummary:
        """The return in short."""
        told = found.model_dump(include={"return_id", "state", "outcome", "reason", "requested_at"})
        return ReturnSummary(**told, units=found.announced or found.received)


class LaterPlan(Model):
    """A sourcing plan that was made after placement, by the event of number `seq`."""

    seq: int
    plan: dict[str, Any]


class AdditionView(Model):
    """Lines that the order got after its placement, with the prices of that moment. They are among its `lines`."""

    addition_id: str
    source: str = Field(description="The change, or the return, that they are of.")
    added_at: str
    line_ids: list[str]
    total: MoneyView
    tax_rates: list[RateView] = Field(description="Net, tax and gross by rate; they add up to its total.")
    price: dict[str, Any] = Field(description="Which rules gave what, as at placement.")


class PostingView(Model):
    """One booking of the order's account: what it costs more (negative: less) since placement, and why."""

    posting_id: str
    kind: str
    amount: MoneyView
    posted_at: str
    source: str | None = Field(default=None, description="The change, return or incident that it is of.")
    addition: str | None = None


class OrderView(PlacedOrderView):
    """An order as it is now. `contact` is there only for keys with the scope `customers:read`."""

    balance: BalanceView
    account: list[PostingView] = Field(description="What was booked since placement; `balance` has the sums.")
    additions: list[AdditionView]
    shipping_method: str | None = Field(default=None, description="Where it was changed after placement.")
    hold_details: list[HoldView]
    parked: str | None = None
    units: dict[str, int]
    deadlines: dict[str, str]
    fulfilments: list[FulfilmentView]
    shipments: list[ShipmentView]
    incidents: list[IncidentView]
    returns: list[ReturnSummary] = Field(description="Returns and exchanges; `GET /v1/returns/{id}` shows more.")
    claims: list[ClaimView] = Field(description="Claims against carriers.")
    progress: list[LineProgress] = Field(description="How far each line is, in units: partial deliveries.")
    proofs: list[dict[str, Any]] = Field(description="Proofs of delivery; `GET /v1/shipments/{id}/proof` shows more.")
    damage_reports: list[dict[str, Any]] = Field(
        description="Damage that the customer reported; `GET /v1/orders/{id}/damage-reports` shows more."
    )
    later_plans: list[LaterPlan] = Field(
        description="Plans that were made after placement, for units that nodes did not give."
    )
    promised_at: str | None = Field(default=None, description="As promised at placement; it never changes.")
    repromised: list[RepromiseView] = Field(description="Later days that were said since, the last one holds.")
    standing: Standing = Field(description="How it stands to what was promised at placement, now.")
    promise_kept: bool | None = Field(default=None, description="Decided once, when all of it has come.")
    released_at: str | None = None
    delivered_at: str | None = None
    completed_at: str | None = None
    cancelled_at: str | None = None
    cancel_reason: str | None = None
    contact: dict[str, Any] | None = None
    links: OrderLinksView


def as_placed(
    header: OrderHeader, lines: Iterable[PricedLine], trace: dict[str, Any], first: StoredEvent
) -> PlacedOrderView:
    """The answer of the placement, from what was stored then; what happened since does not show."""
    event = first.read()
    return PlacedOrderView(
        **_common(header, lines, trace),
        status=event["status"],
        payment_status=event["payment_status"],
        version=first.seq,
        holds=event["data"]["holds"],
    )


def as_is(
    state: OrderState,
    trace: dict[str, Any],
    now: datetime,
    contact: dict[str, Any] | None = None,
    *,
    costs: bool = False,
    reasons: bool = False,
    plans: Mapping[int, dict[str, Any]] | None = None,
    track: str | None = None,
) -> OrderView:
    """The order now; `costs`: with the merchant's costs and margins, `reasons`: with why staff gave discounts, `track`:
    with the address of the customer's page.
    """
    header = state.header
    common = _common(header, state.placed_lines, trace if reasons else _without_reasons(trace), costs=costs)
    added = [_addition(each, header.currency, costs=costs) for _, each in sorted(state.additions.items())]
    common["lines"] += [line for _, lines in added for line in lines]
    return OrderView(
        **common | {"links": OrderLinksView(**common["links"].model_dump(), track=track)},
        status=header.status,
        payment_status=header.payment_status,
        version=header.version,
        holds=[hold.kind for hold in header.holds],
        balance=balance_view(header),
        account=[_posting(each, header.currency) for each in in_order(state)],
        additions=[view for view, _ in added],
        shipping_method=header.shipping_method,
        hold_details=[HoldView(**hold.model_dump()) for hold in header.holds],
        parked=header.parked,
        units=header.units.model_dump(),
        deadlines=header.deadlines,
        fulfilments=[fulfilment_view(each) for each in state.fulfilments.values()],
        shipments=[shipment_view(each, header, now) for each in state.shipments.values()],
        incidents=[IncidentView.of(each, header.currency) for each in state.incidents.values()],
        returns=[ReturnSummary.of(each) for each in state.returns.values()],
        claims=[ClaimView.of(each) for each in state.claims.values()],
        progress=progress_of(state),
        proofs=[each.told() for each in state.proofs.values()],
        damage_reports=[each.told() for each in state.reports.values()],
        later_plans=[LaterPlan(seq=seq, plan=plan) for seq, plan in sorted((plans or {}).items())],
        standing=standing(state, now),
        **header.model_dump(include={"promised_at", "repromised", "promise_kept"}),
        **header.model_dump(include={"released_at", "delivered_at", "completed_at", "cancelled_at", "cancel_reason"}),
        contact=contact,
    )


def of_draft(draft: PlacementDraft, header: OrderHeader, trace: dict[str, Any]) -> PlacedOrderView:
    """The placement's answer straight after the commit: equal to `as_placed` of what it stored."""
    return PlacedOrderView(
        **_common(header, draft.priced.lines if draft.priced else (), trace),
        status=header.status,
        payment_status=header.payment_status,
        version=header.version,
        holds=[hold.kind for hold in header.holds],
    )


def fulfilment_view(fulfilment: Fulfilment) -> FulfilmentView:
    """A fulfilment as the API shows it."""
    waits = fulfilment.wait.promise if fulfilment.wait else None
    return FulfilmentView(**fulfilment.model_dump(mode="json", exclude_none=True), waits_until=waits)


def _addition(addition: OrderAddition, currency: str, *, costs: bool) -> tuple[AdditionView, list[LineView]]:
    cart = addition.cart
    prices = price_views(cart.lines, cart.shipping, currency, costs=costs)
    view = AdditionView(
        addition_id=addition.order_addition_id,
        source=addition.source,
        added_at=addition.added_at,
        line_ids=[line.line_id for line in cart.lines],
        total=money(addition.total, currency),
        tax_rates=prices["tax_rates"],
        price=terms_to_json(cart),
    )
    return view, prices["lines"]


def _posting(posting: Posting, currency: str) -> PostingView:
    facts = posting.model_dump(include={"posting_id", "kind", "posted_at", "source", "addition"})
    return PostingView(**facts, amount=money(posting.amount, currency))


def shipping_of_trace(trace: dict[str, Any]) -> Shipping:
    """What was charged beside the lines, as the trace keeps it."""
    return shipping_in(trace["price"]) if "price" in trace else Shipping(0, 0, 0)


def _without_reasons(trace: dict[str, Any]) -> dict[str, Any]:
    """Without what staff wrote; why promotions did not apply is from a closed set and stays."""
    price = trace.get("price", {})
    applied = [{name: each[name] for name in each if name != "reason"} for each in price.get("applied", ())]
    return {**trace, "price": {**price, "applied": applied}} if applied else trace


def _common(
    header: OrderHeader, lines: Iterable[PricedLine], trace: dict[str, Any], *, costs: bool = False
) -> dict[str, Any]:
    path = f"/v1/orders/{header.order_id}"
    currency = header.currency
    return {
        **header.model_dump(include={"order_id", "external_id", "channel", "customer_id", "currency", "placed_at"}),
        "totals": totals_view(header.totals, currency),
        **price_views(tuple(lines), shipping_of_trace(trace), currency, costs=costs),
        "price": trace.get("price", {}),
        "plan": trace.get("plan", {}),
        "promise": trace.get("promise", {}),
        "links": LinksView(
            self=path, timeline=f"{path}/timeline", payments=f"{path}/payments", changes=f"{path}/changes"
        ),
    }
