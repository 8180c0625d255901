"""The order: a small header that every commit writes, and the values beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from ordo.aftersales.model import Return
from ordo.kernel.frozen import Frozen
from ordo.orders.addition import OrderAddition
from ordo.orders.incident import Incident
from ordo.orders.posting import Posting
from ordo.payments.instruction import PaymentInstruction
from ordo.payments.model import Funds, Payment, PaymentStatus
from ordo.payments.paying import Due, Paying, wanted
from ordo.pricing.model import PricedLine, Totals
from ordo.shipments.claim_model import CarrierClaim
from ordo.shipments.model import Fulfilment, Shipment
from ordo.shipments.proof_model import Proof
from ordo.shipments.report_model import DamageReport

SCHEMA = 1
"""Number written on every item of the Orders table; readers lift older ones."""


class OrderStatus(StrEnum):
    """How far the order is; derived by `derive_status`, never set by hand."""

    PLACED = "placed"  # taken, not yet released: unpaid, backordered or on hold
    RELEASED = "released"  # a node may start
    IN_FULFILMENT = "in_fulfilment"  # a node has started
    PARTIALLY_SHIPPED = "partially_shipped"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


CLOSED = (OrderStatus.COMPLETED, OrderStatus.CANCELLED)


class Actor(Frozen):
    """Who caused an event. `id` is a reference, never a name."""

    type: Literal["customer", "staff", "client", "carrier", "provider", "system"]
    id: str


SYSTEM = Actor(type="system", id="ordo")


class Units(Frozen):
    """Progress in units over all lines, in those that are taken from stock: of a bundle those of its parts.

    Every unit counts once, where it is now: one that is `lost` for the order (sent again, or refunded) is taken out of
    `started`, `dispatched` and `delivered`, and what replaces it goes through them anew.
    """

    total: int
    cancelled: int = 0
    started: int = 0
    dispatched: int = 0
    delivered: int = 0
    lost: int = 0


HoldKind = Literal["fraud", "address", "price", "credit", "other"]


class Hold(Frozen):
    """A coded stop that someone must release."""

    hold_id: str
    kind: HoldKind
    reason: str
    placed_at: str


class Terms(Frozen):
    """The channel's policy as it was at placement."""

    payment_minutes: int = 30
    dispatch_hours: int = 48
    silence_hours: int = 168
    completion_days: int = 7


class TakenCoupon(Frozen):
    """A use that the order took of a coupon with limits, with the coupon's terms at placement.

    `bucket` None: it has no total limit; `customer_limit` None: it is not counted for the customer. While the order is
    cancelled a use that is given back is not taken.
    """

    code: str
    bucket: int | None = None
    customer_limit: int | None = None
    give_back: bool = True


class Repromise(Frozen):
    """A later day that was said, at `said_at`, with its reason from a closed set (`ordo.orders.promise.Reason`)."""

    deliver_by: str
    said_at: str
    reason: str


class OrderHeader(Frozen):
    """The hot item, about 1 KB. `seq` counts its events and is the order's version; the last was at `changed_at`."""

    order_id: str
    seq: int
    head_hash: str
    placed_at: str
    client_id: str
    channel: str
    external_id: str | None = None
    customer_id: str | None = None
    currency: str
    totals: Totals
    status: OrderStatus
    payment_status: PaymentStatus
    units: Units
    funds: Funds
    terms: Terms
    coupons: tuple[TakenCoupon, ...] = ()
    first_order: bool = False
    """Whether it holds, or held until it was cancelled, the claim of its customer's first order."""
    ready_by: str | None = None
    promised_at: str | None = None
    destination: str | None = None
    """Where it goes, in country and region only: `CN/浙江省` (`ordo.catalog.transit_terms.destination_of`)."""
    shipping_method: str | None = None
    """How it is sent, where that was changed after placement."""
    expected_at: str | None = None
    """When a part that was sourced again comes by its plan, if that is later than what was promised."""
    repromised: tuple[Repromise, ...] = ()
    """Days that were said after the promise, each later than the one before; `promised_at` itself never changes."""
    standing: Literal["on_time", "jeopardy", "late"] = "on_time"
    """How it stood to its promise at its last commit (`ordo.shipments.eta.standing`)."""
    promise_kept: bool | None = None
    """Whether all of it had come by `promised_at`: decided once, when it has."""
    holds: tuple[Hold, ...] = ()
    released_at: str | None = None
    cancelled_at: str | None = None
    cancel_reason: str | None = None
    changed_at: str | None = None
    moved_at: str | None = None
    delivered_at: str | None = None
    completed_at: str | None = None
    open_incidents: dict[str, str] = Field(default_factory=dict)
    """Deadlines by incident."""
    open_returns: dict[str, str] = Field(default_factory=dict)
    """Deadlines by return."""
    open_claims: dict[str, str] = Field(default_factory=dict)
    """By claim against a carrier, when somebody is to look at it; they may outlive the order."""
    resourced: int = 0
    """How often units were sourced again after a node had not given them."""
    waiting_units: int = 0
    """Units of parts that wait for supply or a launch; the first of these was promised to be ready at `supply_due`."""
    supply_due: str | None = None
    filled_at: str | None = None
    """When the last part got what it waited for: its node has its time to ship from then on."""
    paying: Paying = Paying()
    """How it is to be paid: tenders and schedule."""
    reminded: dict[str, str] = Field(default_factory=dict)
    deadlines: dict[str, str] = Field(default_factory=dict)
    deadline_at: str | None = None
    parked: str | None = None

    @property
    def version(self) -> int:
        return self.seq

    @property
    def is_open(self) -> bool:
        return self.status not in CLOSED

    @property
    def owed(self) -> int:
        """What the order costs now, in minor units with tax: its total at placement and all postings since."""
        return self.totals.total + self.funds.booked

    def is_covered(self, moment: str, *events: Due) -> bool:
        """Whether money covers what is due at a moment (an ISO text), and with these events of its schedule."""
        return self.funds.covers(wanted(self.paying, self.owed, moment, events))

    @property
    def last_word(self) -> str | None:
        """The day that was said last: the promise, or the last one after it."""
        return self.repromised[-1].deliver_by if self.repromised else self.promised_at


class ChangeState(StrEnum):
    """A change is previewed first; then applied or dropped, once."""

    PROPOSED = "proposed"
    APPLIED = "applied"
    DROPPED = "dropped"


ChangeKind = Literal[
    "cancel",
    "cancel_units",
    "edit",
    "delivery",
    "address",
    "reship",
    "price_adjustment",
    "goodwill",
    "exchange",
]
Requester = Literal["customer", "staff"]


class OrderChange(Frozen):
    """A proposed change with what it would do. `based_on` is the order's version that the preview was made from,
    `asked` what its kind needs to know; both hold references only.
    """

    change_id: str
    order_id: str
    kind: ChangeKind
    state: ChangeState
    requested_by: Actor
    reason: str
    based_on: int
    preview: dict[str, Any]
    created_at: str
    incident_id: str | None = None
    """What a reship is to solve."""
    asked: dict[str, Any] = Field(default_factory=dict)


Record = (
    Fulfilment
    | Shipment
    | Payment
    | PaymentInstruction
    | OrderChange
    | Incident
    | Proof
    | CarrierClaim
    | DamageReport
    | Posting
    | OrderAddition
    | Return
)


@dataclass(frozen=True, slots=True)
class OrderState:
    """An order as read for a decision: consistent, or the commit's guard finds out."""

    header: OrderHeader
    lines: tuple[PricedLine, ...] = ()
    fulfilments: Mapping[str, Fulfilment] = field(default_factory=dict)
    shipments: Mapping[str, Shipment] = field(default_factory=dict)
    payments: Mapping[str, Payment] = field(default_factory=dict)
    change: OrderChange | None = None
    written_at: Mapping[str, int] = field(default_factory=dict, compare=False)
    """By a record's sort key: the order's `seq` when it was last written."""
    incidents: Mapping[str, Incident] = field(default_factory=dict)
    proofs: Mapping[str, Proof] = field(default_factory=dict)
    claims: Mapping[str, CarrierClaim] = field(default_factory=dict)
    reports: Mapping[str, DamageReport] = field(default_factory=dict)
    postings: Mapping[str, Posting] = field(default_factory=dict)
    additions: Mapping[str, OrderAddition] = field(default_factory=dict)
    """Sets of lines that were added later; their lines are among `lines`, behind those of placement."""
    returns: Mapping[str, Return] = field(default_factory=dict)
    trace: dict[str, Any] | None = field(default=None, compare=False)
    """Why it costs what it costs, of an order so small that this is kept with its lines; else ask the repository."""
    instructions: Mapping[str, PaymentInstruction] = field(default_factory=dict)

    @property
    def placed_lines(self) -> tuple[PricedLine, ...]:
        """The lines of placement."""
        added = {line.line_id for each in self.additions.values() for line in each.lines} if self.additions else ()
        return tuple(line for line in self.lines if line.line_id not in added) if added else self.lines


def derive_status(header: OrderHeader) -> OrderStatus:
    """The one table of order states (ADR 4): the first row that holds, from the end of a life to its start."""
    units = header.units
    active = units.total - units.cancelled
    if active == 0:
        return OrderStatus.CANCELLED
    if header.completed_at:
        return OrderStatus.COMPLETED
    if units.delivered >= active:
        return OrderStatus.DELIVERED
    if units.dispatched >= active:
        return OrderStatus.SHIPPED
    if units.dispatched > 0:
        return OrderStatus.PARTIALLY_SHIPPED
    if units.started > 0:
        return OrderStatus.IN_FULFILMENT
    return OrderStatus.RELEASED if header.released_at else OrderStatus.PLACED


def fulfilment_id(order_id: str, number: int) -> str:
    """`ful_<order's ulid>_<number from 1>`: an id that names its order."""
    return f"ful_{order_id.removeprefix('ord_')}_{number}"


def shipment_id(order_id: str, number: int) -> str:
    """`shp_<order's ulid>_<number from 1>`."""
    return f"shp_{order_id.removeprefix('ord_')}_{number}"


def order_of(part_id: str) -> str:
    """The order id inside a fulfilment or shipment id; a malformed id gives an id that no order has."""
    return "ord_" + part_id.split("_")[1] if part_id.count("_") == 2 else "ord_"
