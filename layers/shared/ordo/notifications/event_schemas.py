"""What is on the bus, type by type: the source of `events/schemas/`, and what consumers may rely on.

Consumers ignore fields they do not know: new ones may come at any time. Money is in minor units of `currency`.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from ordo.notifications.events import EVENT_TYPES

ORDER_STATUSES = Literal[
    "placed", "released", "in_fulfilment", "partially_shipped", "shipped", "delivered", "completed", "cancelled"
]
PAYMENT_STATUSES = Literal[
    "unpaid", "authorised", "part_paid", "paid", "part_refunded", "refunded", "failed", "payable_later"
]
MOMENT = Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", description="UTC, milliseconds")


class PromiseTold(BaseModel):
    """How the order stands to its promise after the event, if that has changed, and the later day that was said."""

    model_config = ConfigDict(extra="allow")

    state: Literal["on_time", "jeopardy", "late"] | None = None
    deliver_by: str | None = Field(default=None, description="the day that holds now")
    reason: (
        Literal[
            "sent_late",
            "slow_way",
            "taken_late",
            "carrier",
            "attempt_failed",
            "exception",
            "moving_late",
            "slow_parcel",
            "sourced_again",
        ]
        | None
    ) = Field(default=None, description="why a later day was said; absent when none was")


class EtaTold(BaseModel):
    """When a shipment comes. `likely` and `by`, as nine of ten come, are there while it is `expected`."""

    model_config = ConfigDict(extra="allow")

    state: Literal["expected", "overdue", "pickup", "stopped", "arrived"]
    likely: str | None = None
    by: str | None = None
    basis: Literal["own", "default", "carrier"] = Field(
        description="own deliveries, a table or the promise, or what the carrier said"
    )
    samples: int | None = Field(default=None, description="of how many own deliveries")
    why: str
    way: str = Field(description="the lane and day, the row, or `promise`")


class Facts(BaseModel):
    """What an event tells beside the state of its order. Absent altogether when `data_omitted`."""

    model_config = ConfigDict(extra="allow")

    promise: PromiseTold | None = None
    promise_kept: bool | None = Field(default=None, description="of the event with which all of it had come")


class PlannedFulfilment(Facts):
    """The work that one node will do."""

    fulfilment_id: str
    node_id: str
    units: int
    waits_until: str | None = Field(default=None, description="of a part that waits for goods: when it is promised")


class Promise(PromiseTold):
    """When it is ready and delivered, as said at placement."""

    ready_by: str | None
    deliver_by: str | None


class Placed(Facts):
    """The order was taken: priced, promised and reserved."""

    total: int
    currency: str
    lines: int = Field(description="how many lines")
    customer_id: str | None
    coupons: list[str]
    holds: list[str] = Field(description="kinds of the holds that it was born with")
    fulfilments: list[PlannedFulfilment]
    promise: Promise
    reservation_id: str | None = Field(default=None, description="the reservation that became the order's own")


class HoldFacts(Facts):
    """A coded stop, placed or released."""

    hold_id: str
    kind: str


class HoldsReleased(Facts):
    """By itself: `hold_id` and `kind`. As part of an address change: `holds_released`."""

    hold_id: str | None = None
    kind: str | None = None
    holds_released: list[str] | None = None


class _Change(Facts):
    """What a change did, by reference; amounts are minor units with tax. Lists that would be empty are left out."""

    change_id: str | None = None
    kind: str | None = Field(default=None, description="cancel, cancel_units, edit, delivery, address, exchange, …")
    requested_by: str | None = None
    refund: int | None = Field(default=None, description="due to the customer more than before")
    to_pay: int | None = Field(default=None, description="to be paid by the customer more than before")
    fee: int | None = None
    owed: int | None = Field(default=None, description="what the order costs now")
    currency: str | None = None
    bookings: list[dict[str, Any]] | None = Field(default=None, description="postings: kind, amount, addition")
    lines_ended: list[dict[str, Any]] | None = Field(default=None, description="units not owed any more, by line")
    lines_added: list[dict[str, Any]] | None = Field(default=None, description="line_id, sku, quantity")
    fulfilments_cancelled: list[str] | None = None
    fulfilments_changed: list[str] | None = Field(default=None, description="work that goes on with fewer units")
    fulfilments_added: list[dict[str, Any]] | None = None
    incidents_resolved: list[str] | None = None
    shipping_method: str | None = None
    lots: list[dict[str, Any]] | None = Field(default=None, description="what is back on the shelves, by lot")


class Changed(_Change):
    """A change of the order was applied."""

    changed: list[str] | None = Field(
        default=None, description="names of the contact fields that are new, never their values"
    )
    holds_released: list[str] | None = None
    refund_due: int | None = Field(default=None, description="what is due to the customer in all")


class Overdue(Facts):
    """Something was due and did not come."""

    what: list[Literal["hold", "incident", "return", "supply", "dispatch", "silence"]]


class Cancelled(_Change):
    """The whole order ended; its stock is back, and so are uses of these coupons."""

    cancel_reason: Literal["unpaid", "customer", "staff"]
    refund_due: int
    coupons_given_back: list[str] | None = None


class Completed(Facts):
    """The order's life is over."""

    by: str
    delivered_at: str | None


class ChangeFacts(Facts):
    """A proposed change."""

    change_id: str
    kind: str


class PaymentFacts(Facts):
    """A report of the payment provider, and the sums after it."""

    payment_id: str
    kind: Literal["authorised", "captured", "failed", "refunded", "voided", "refund_failed"]
    amount: int
    currency: str
    provider: str
    reference: str
    captured: int
    refunded: int
    refund_due: int
    instruction_id: str | None = Field(default=None, description="the movement that was asked for")


class AskedMovement(Facts):
    """One movement of money that is asked for; `of` is the payment that is captured, voided or refunded."""

    instruction_id: str
    movement: Literal["authorise", "capture", "void", "refund", "charge"]
    amount: int
    tender_id: str
    provider: str
    of: str | None = None


class MoneyAsked(Facts):
    """Movements that are asked for: Ordo moves those of its own providers, the storefront all others, and reports."""

    instructions: list[AskedMovement]


class MoneyMoved(AskedMovement):
    """A movement has got further without money having moved: it is under way, unknown, refused, or not wanted."""

    state: Literal["requested", "sent", "unknown", "done", "failed", "dropped"]
    round: int = Field(description="which try: each has a key of its own")
    currency: str
    error: str | None = Field(default=None, description="the provider's code")
    again_at: str | None = Field(default=None, description="when it is asked for again")


class RefundFailed(Facts):
    """The provider refused a refund, or gave up one that was reported."""

    amount: int
    currency: str
    provider: str
    instruction_id: str | None = None
    error: str | None = None
    again_at: str | None = Field(default=None, description="when it is asked for again; none: somebody must decide")


class PartDue(Facts):
    """A part of the price is due: `due` of it in all by now, `left` not paid."""

    due: int
    left: int
    currency: str
    next_due_at: str | None = None


class Remitted(Facts):
    """A carrier has handed on what it collected at the door."""

    shipment_id: str
    amount: int
    collected: int
    currency: str


class Tendered(Facts):
    """How what is still to be paid is paid from now on."""

    tenders: list[dict[str, Any]]
    left: int


class LotFacts(Facts):
    """Units of a SKU from one lot; it expires after that day, or never."""

    sku: str
    lot: str
    expires_on: str | None
    quantity: int


class FulfilmentFacts(Facts):
    """A node's step."""

    fulfilment_id: str
    node_id: str
    units: int
    lots: list[LotFacts] | None = Field(default=None, description="what was picked or left, of SKUs kept by lot")


class Refused(FulfilmentFacts):
    """A node does not give `units`: all of its work, or a part of a pick. They were sourced again at once."""

    cause: Literal["no_capacity", "closed", "cannot_make", "missing", "damaged", "other"]
    sourced: list[PlannedFulfilment] = Field(description="the fulfilments that give these units now")
    unsourced: int = Field(description="units that nobody gives")
    incident_id: str | None = Field(description="the order's incident for want of these units")
    incidents_opened: list[str] | None = None


class Resourced(Facts):
    """Units of an incident were looked for again, and nodes give them."""

    incident_id: str
    sourced: list[PlannedFulfilment]
    unsourced: int


class IncidentFacts(Facts):
    """What opened or solved incidents: `incident_id` where it is about one, else, or of several, the lists."""

    incident_id: str | None = None
    incidents_opened: list[str] | None = None
    incidents_resolved: list[str] | None = None
    kind: str | None = None
    owner: str | None = None
    deadline: str | None = None
    units: int | None = None
    resolution: str | None = None
    refund: dict[str, Any] | None = Field(default=None, description="what its units are refunded")
    refund_due: int | None = None
    fulfilments_cancelled: list[str] | None = Field(default=None, description="what was to replace a parcel")


class OneIncident(Facts):
    """An open incident: what kind, whose work it is now, until when, and of how many units."""

    incident_id: str
    kind: str
    owner: str
    deadline: str
    units: int


class Acted(OneIncident):
    """Something was done about it that does not end it; `wait`: its deadline was put off."""

    action: Literal["contact_customer", "claim", "return", "wait"]


class Escalated(OneIncident):
    """Its deadline has passed: it is another's work now, or (`reminder`) the last owner is reminded."""

    level: int
    former_owner: str
    reminder: bool


class Reshipped(Facts):
    """Units of a parcel are sent again, free of charge; the parcel counts no more."""

    change_id: str
    requested_by: str
    incident_id: str
    kind: str
    resolution: str
    units: int
    shipment_id: str | None
    tracking_number: str | None
    sourced: list[PlannedFulfilment]
    incidents_resolved: list[str]


class Filled(FulfilmentFacts):
    """A part that waited for goods got them."""

    sku: str
    promised_at: str = Field(description="when it was promised to be ready")


class ClaimFacts(Facts):
    """A claim against a carrier; amounts are minor units. What is not said of an event is left out."""

    claim_id: str
    shipment_id: str
    tracking_number: str
    carrier: str
    state: str
    reason: Literal["lost", "damaged"] | None = None
    value: int | None = None
    amount: int | None = None
    accepted: int | None = None
    recovered: int | None = None
    recovered_in_all: int | None = None
    currency: str | None = None
    file_by: str | None = None
    answer_by: str | None = None
    refused_for: str | None = None


class Dispatched(FulfilmentFacts):
    """Parcels left a node."""

    shipment_id: str
    carrier: str
    tracking_numbers: list[str]
    eta: EtaTold
    collect: int | None = Field(default=None, description="minor units to collect at the door")


class CarrierTold(Facts):
    """One event of a carrier, without its words."""

    event: str = Field(description="identity of the carrier's event")
    event_status: str
    occurred_at: str


class Tracked(CarrierTold):
    """A carrier said something of one parcel: what occurred last of what is new."""

    shipment_id: str
    carrier: str
    tracking_number: str
    tracking_status: str = Field(description="of the parcel, after merging what is known")
    eta: EtaTold | None = Field(default=None, description="of the whole shipment, until it has come")
    events: list[CarrierTold] = Field(
        default_factory=list,
        description="all that is new, in the order in which it occurred, when that is more than one",
    )
    incidents_opened: list[str] | None = None
    incidents_resolved: list[str] | None = None


class FileFacts(Facts):
    """A file by its hash: the SHA-256 of its bytes."""

    file_id: str
    kind: Literal["signature", "photo", "packing_photo"]
    content_type: str
    bytes: int
    sha256: str


class Photographed(FulfilmentFacts):
    """What was packed was photographed, before the carrier had it."""

    files: list[FileFacts]


class Proven(Tracked):
    """A parcel was handed over, or refused at the door, with what proves it. Nothing personal: hashes of that."""

    proof_id: str
    handover: Literal["delivered", "refused"]
    device_at: str
    recorded_at: str
    relation: str | None = Field(default=None, description="of who took it to the customer")
    condition: Literal["intact", "damaged", "wet", "opened"]
    distance_m: int | None = Field(default=None, description="from the device to the address")
    refused: list[dict[str, Any]]
    refusal_reason: str | None = None
    damaged: list[dict[str, Any]]
    files: list[FileFacts]
    strokes_sha256: str | None = None
    personal_hash: str
    incidents_opened: list[str] | None = None
    incidents_resolved: list[str] | None = None


class DamageReported(Facts):
    """The customer reported damage after the delivery, judged by the records as they were. Nothing personal."""

    report_id: str
    reported_at: str
    lines: list[dict[str, Any]] = Field(description="damaged units in all, by line")
    files: list[FileFacts]
    assessments: list[dict[str, Any]] = Field(description="whose it is, for each line and parcel: verdict, row, facts")
    incident_ids: list[str] = Field(description="the cases of these units, one for each parcel")
    incidents_opened: list[str] | None = None
    personal_hash: str | None = None


class ReturnFacts(Facts):
    """A return, exchange or claim of the order, by reference: how it stands after the event, and what it was about."""

    return_id: str
    state: Literal["requested", "approved", "refused", "in_transit", "part_received", "inspected", "settled", "ended"]
    outcome: Literal["refund", "exchange", "store_credit", "repair"]
    reason_code: str
    units: int = Field(description="that were announced; of goods that nobody announced, that came")
    verdict: Literal["automatic", "by_hand", "refused"] | None = Field(default=None, description="of the policy")
    rules: list[str] | None = Field(default=None, description="that say so")
    files: list[FileFacts] | None = None
    send_by: str | None = None
    ending: str | None = None
    refund: dict[str, Any] | None = Field(default=None, description="what was booked with the event, net of `deducted`")
    deducted: dict[str, Any] | None = Field(default=None, description="held back, for condition and label")
    sourced: list[dict[str, Any]] | None = Field(default=None, description="work that sends the units again")
    problem: str | None = Field(default=None, description="the carrier's code, or why the policy could not do it")
    reminders: int | None = None
    exchange: dict[str, Any] | None = Field(default=None, description="price and credit of an exchange, and to_pay")


class ReturnSent(ReturnFacts):
    """A parcel on its way back."""

    carrier: str
    tracking_numbers: list[str]
    way: Literal["label", "pickup", "own"] | None = None
    tracking_status: str | None = None
    events: list[dict[str, Any]] | None = None


class ReturnReceived(ReturnFacts):
    """Units that were counted and inspected at a node."""

    receipt: int
    node_id: str
    received: list[dict[str, Any]] = Field(description="units with their condition and what becomes of them")
    differences: list[dict[str, Any]] = Field(description="to what was announced, once no more comes")


class StockLow(Facts):
    """Available units fell below the reorder point."""

    available: int
    reorder_point: int


class StockShort(Facts):
    """Units were wanted that are not there: a backorder was accepted, or orders were refused (told once a day)."""

    cause: Literal["backorder", "refused"]
    units: int = Field(description="of the order that was accepted, or of the first one refused that day")
    order_id: str | None = None
    needed_by: str | None = None
    day: str | None = None


class StockExpired(Facts):
    """A lot may not be picked any more: it is over, or too near. Its units are taken out of stock. Told once."""

    lot: str
    expires_on: str
    units: int
    days_left: int = Field(description="negative when it is over")


class Reason(Facts):
    """Why units are to be bought: `reorder`, `order:<id>` or `day:<date>`."""

    cause: str
    units: int


class PurchaseFacts(Facts):
    """The one purchase requirement of the SKU at the node: opened, enlarged or lowered; closed with quantity 0."""

    requirement_id: str
    quantity: int = Field(ge=0, description="what is still to be bought, in units")
    quantity_before: int
    needed_by: str | None
    reasons: list[Reason]


class ComplaintFacts(Facts):
    """A complaint as it is after the event, by reference: how severe, whose work, until when. No word of anybody."""

    severity: Literal["low", "normal", "high", "critical"]
    category: str
    department: str
    owner: str
    level: int = Field(description="how often it was passed on")
    deadline: str


class ComplaintOpened(ComplaintFacts):
    """Somebody complained; `rules` raised its severity from what was `stated`, `route` named the department."""

    source: Literal["customer", "storefront", "staff", "incident"]
    stated: Literal["low", "normal", "high", "critical"]
    rules: list[str]
    route: str | None


class ComplaintSaid(ComplaintFacts):
    """A message joined the conversation; its text is asked for by the API. A `note` is for staff only."""

    message_id: str
    role: Literal["customer", "staff", "note"]


class ComplaintEscalated(ComplaintFacts):
    """Its deadline has passed: it is another's work now, or (`reminder`) the last owner is reminded."""

    former_owner: str
    reminder: bool


class ComplaintDecided(ComplaintFacts):
    """How it is made good; the next event tells that it was done, or (`code`) could not be."""

    outcome: Literal["apology", "coupon", "refund", "redo"]
    remedy_id: str
    code: str | None = None


class ComplaintResolved(ComplaintDecided):
    """It was made good: `change_id` is the order change that did it, `amount` the money in minor units."""

    change_id: str | None
    amount: int | None = None
    currency: str | None = None
    late: bool = Field(description="whether it took longer than was promised")


class ComplaintReopened(ComplaintFacts):
    """It was not good after all."""

    former_owner: str
    reopened: int


class ComplaintRated(ComplaintFacts):
    """What the customer thinks of it."""

    score: int = Field(ge=1, le=5)


FACTS: dict[str, type[Facts]] = {
    "order.placed": Placed,
    "order.held": HoldFacts,
    "order.hold_released": HoldsReleased,
    "order.changed": Changed,
    "order.overdue": Overdue,
    "order.cancelled": Cancelled,
    "order.completed": Completed,
    "change.proposed": ChangeFacts,
    "change.dropped": ChangeFacts,
    "payment.authorised": PaymentFacts,
    "payment.captured": PaymentFacts,
    "payment.failed": PaymentFacts,
    "refund.issued": PaymentFacts,
    "payment.voided": PaymentFacts,
    "payment.requested": MoneyAsked,
    "refund.requested": MoneyAsked,
    "payment.moved": MoneyMoved,
    "refund.failed": RefundFailed,
    "payment.due": PartDue,
    "payment.tendered": Tendered,
    "payment.remitted": Remitted,
    "promise.changed": Facts,
    "fulfilment.filled": Filled,
    "fulfilment.accepted": FulfilmentFacts,
    "fulfilment.picked": FulfilmentFacts,
    "fulfilment.packed": FulfilmentFacts,
    "fulfilment.photographed": Photographed,
    "fulfilment.rejected": Refused,
    "fulfilment.short_picked": Refused,
    "order.resourced": Resourced,
    "order.reshipped": Reshipped,
    "incident.opened": IncidentFacts,
    "incident.acted": Acted,
    "incident.escalated": Escalated,
    "incident.resolved": IncidentFacts,
    "return.requested": ReturnFacts,
    "return.approved": ReturnFacts,
    "return.refused": ReturnFacts,
    "return.labelled": ReturnSent,
    "return.label_failed": ReturnFacts,
    "return.sent": ReturnSent,
    "return.tracking_updated": ReturnSent,
    "return.received": ReturnReceived,
    "return.inspected": ReturnFacts,
    "return.settled": ReturnFacts,
    "return.ended": ReturnFacts,
    "return.overdue": ReturnFacts,
    "claim.opened": ClaimFacts,
    "claim.filed": ClaimFacts,
    "claim.accepted": ClaimFacts,
    "claim.refused": ClaimFacts,
    "claim.recovered": ClaimFacts,
    "claim.settled": ClaimFacts,
    "claim.expired": ClaimFacts,
    "claim.reminded": ClaimFacts,
    "shipment.dispatched": Dispatched,
    "shipment.tracking_updated": Tracked,
    "shipment.delivered": Tracked,
    "shipment.proven": Proven,
    "shipment.refused": Proven,
    "damage.reported": DamageReported,
    "order.reinstated": PaymentFacts,
    "order.released": Facts,
    "complaint.opened": ComplaintOpened,
    "complaint.message_added": ComplaintSaid,
    "complaint.escalated": ComplaintEscalated,
    "complaint.decided": ComplaintDecided,
    "complaint.remedy_refused": ComplaintDecided,
    "complaint.resolved": ComplaintResolved,
    "complaint.reopened": ComplaintReopened,
    "complaint.satisfaction_asked": ComplaintFacts,
    "complaint.rated": ComplaintRated,
    "complaint.erased": ComplaintFacts,
    "stock.low": StockLow,
    "stock.short": StockShort,
    "stock.expired": StockExpired,
    "purchase.required": PurchaseFacts,
    "purchase.closed": PurchaseFacts,
}
"""By type. `order.released` is always implied by another event and carries its facts; `promise.changed` mostly is."""


class Common(BaseModel):
    """What the `detail` of every bus event has."""

    id: str = Field(description="unique; the same event may come twice with the same id")
    type: str
    timestamp: str = MOMENT
    to_webhooks: bool = Field(
        description="whether an endpoint for outgoing webhooks wants it: Ordo's own rule matches it"
    )
    data: Facts
    data_omitted: bool = Field(
        default=False, description="the event was too large for the bus; its data are in the order's timeline"
    )


class Detail(Common):
    """The `detail` of an order's event: the order's state after it, and what happened."""

    seq: int = Field(ge=1, description="counts the order's events; types implied by one event share its number")
    order_id: str
    external_id: str | None
    channel: str
    status: ORDER_STATUSES
    payment_status: PAYMENT_STATUSES


class StockDetail(Common):
    """The `detail` of a stock event. It is of no channel: only endpoints of every channel get it."""

    seq: int = Field(ge=1, description="counts the events of the SKU at the node")
    sku: str
    node_id: str


class ComplaintDetail(Common):
    """The `detail` of a complaint's event."""

    seq: int = Field(ge=1, description="counts the complaint's events")
    complaint_id: str
    order_id: str | None = Field(description="the order that it is about, if it is about one")
    channel: str
    state: Literal["open", "resolved"]


def detail_model(type_: str) -> type[Common]:
    """The model of one type's detail."""
    literal: Any = Literal[type_]
    facts: Any = FACTS[type_]
    name = "".join(part.title() for part in type_.replace(".", "_").split("_"))
    base: type[Common] = StockDetail if type_.startswith(("stock.", "purchase.")) else Detail
    if type_.startswith("complaint."):
        base = ComplaintDetail
    return create_model(name, __base__=base, type=(literal, ...), data=(facts, ...))


def json_schemas() -> dict[str, dict[str, Any]]:
    """Every published type's JSON Schema (2020-12), by type."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {type_: head | detail_model(type_).model_json_schema() for type_ in EVENT_TYPES}
