"""The draft of an order on its way through the placement workflow. Nothing is written before the commit.

Plain dataclasses with a codec of their own: four functions import this at their cold start and parse it for each order,
and a pydantic model of it would cost each of them some 20 ms of import.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from ordo.catalog.uses import CouponTake
from ordo.inventory.reservations import Pending
from ordo.inventory.spread import ByBucket
from ordo.kernel.errors import Code, OrdoError
from ordo.pricing.codec import priced_from_json, priced_to_json
from ordo.pricing.model import PricedCart
from ordo.runtime.packing import pack_text, unpack_text


@dataclass(frozen=True, slots=True)
class DraftLine:
    """What is wanted of one SKU, as the storefront said it."""

    line_id: str
    sku: str
    quantity: int
    options: dict[str, str] = field(default_factory=dict)
    custom: dict[str, int] = field(default_factory=dict)
    """Numbers, and of texts the lengths: the texts are in the sealed envelope."""


@dataclass(frozen=True, slots=True)
class DraftTerms:
    """What the channel's policy said when the draft was priced."""

    payable_later: bool = False
    payment_minutes: int = 1440
    dispatch_hours: int = 48
    silence_hours: int = 168
    completion_days: int = 7
    max_fulfilments: int = 0


@dataclass(frozen=True, kw_only=True)
class PlacementDraft:
    """An order in the making. Steps only add to it: price, stock seen, plan, and at the end the header as committed.

    `sealed` holds the personal data (`{"contact": {...}, "ship_to": {...}, "custom": {line: {name: text}}}`) as one
    opaque text; `contact_given` says which details it has, so that the channel's policy can be checked without opening
    it, and `text_rules` which custom texts pricing found wanted, by line, with their patterns. `header` is the JSON
    form of `OrderHeader`: only those who answer with it need the model. `unavailable` are gifts' stock SKUs that were
    found out of stock: the cart is priced again without them.
    """

    order_id: str
    client_id: str
    idempotency_key: str
    body_hash: str
    channel: str
    currency: str
    external_id: str | None = None
    customer_id: str | None = None
    country: str
    region: str | None = None
    lines: tuple[DraftLine, ...]
    coupons: tuple[str, ...] = ()
    shipping_method: str | None = None
    manual: tuple[dict[str, Any], ...] = ()
    unavailable: tuple[str, ...] = ()
    text_rules: dict[str, dict[str, str | None]] | None = None
    sealed: str
    contact_given: tuple[str, ...] = ()
    terms: DraftTerms = DraftTerms()
    priced: PricedCart | None = None
    catalog_read_at: str | None = None
    needs: dict[str, dict[str, Any]] | None = None
    """By line what its products ask of nodes (`inventory.demand.Needs`), of lines that ask anything."""
    sourcing: dict[str, Any] | None = None
    """The channel's sourcing policy, if it has one."""
    stock: dict[str, dict[str, int]] | None = None
    open_units: dict[str, int] | None = None
    """Units that nodes have to do already, where that matters."""
    kept: dict[str, dict[str, int]] | None = None
    """What nodes keep for other channels, where the channel's policy lets that be taken at a price."""
    backorders: dict[str, Any] | None = None
    """Of SKUs that orders may wait for, what is due where (`sourcing.backorders.Prospects`)."""
    by_bucket: ByBucket | None = None
    """Of SKUs that have several buckets at a node, what check_stock saw in each that the order may take from."""
    margins: dict[str, dict[str, int]] | None = None
    """Units above the reorder points that check_stock saw (`ordo.inventory.margins`)."""
    plan: dict[str, Any] | None = None
    header: dict[str, Any] | None = None
    coupon_takes: tuple[CouponTake, ...] = ()
    first_order_of: str | None = None
    """The customer whose first order this must be, since a promotion that applied is only for that."""
    first_order_taken: bool = False
    """The commit found that it is not the first: price it without such promotions."""
    tenders: tuple[dict[str, Any], ...] = ()
    """How it is to be paid, as it was said."""
    schedule: tuple[dict[str, Any], ...] = ()
    """In which parts, as it was said; else as the channel says."""
    paying: dict[str, Any] | None = None
    """Both with amounts, once it is priced (`ordo.payments.agreeing`)."""
    reservation_id: str | None = None
    """A reservation that the order names."""
    reserved: dict[str, Any] | None = None
    """What check_stock found it to hold, in stored form (`ordo.inventory.reservations.Pending`); None: it has ended."""

    def pending(self) -> Pending | None:
        """The reservation that the commit ends."""
        return Pending.of(self.reserved) if self.reserved else None

    def require_priced(self) -> PricedCart:
        """Its price; raises `ValueError` before there is one."""
        if self.priced is None:
            raise ValueError("the draft is not priced yet")
        return self.priced

    def with_(self, **changes: Any) -> PlacementDraft:
        """A copy with some fields set."""
        return replace(self, **changes)


MAX_PACKED = 200_000
"""Characters of a packed draft; a state machine's state holds 256 KB, and stock and plan come to it."""
MAX_TAKES = 85
"""Fulfilments and what else comes with a plan that one placement may write: a transaction holds 100 items, and up to 15
are others."""


WRITES_TO_WAIT = 4
"""Beside the counter of a part that waits: its place in the queue, the queue's job, its summary, what is presold."""


MAX_COUNTERS = 1_200
"""Counters that an order may take from: beyond one transaction they are taken in parts, all within a step's 5 s."""


def require_commit(
    plan: Mapping[str, Any], coupon_takes: Iterable[CouponTake] = (), reserved: Pending | None = None
) -> None:
    """Refuse, before anything is written, a plan that no commit can hold: counters are taken in parts where they are
    many, but fulfilments, coupons, parts that wait and what ends with a reservation are in its one transaction.

    Raises `too_many_lines`.
    """
    parts = plan["fulfilments"]
    counters = sum(len({share["sku"] for share in part["lines"]}) for part in parts)
    takes = len(parts) + sum(1 for part in parts if "work" in part)
    takes += (WRITES_TO_WAIT + 1) * sum("backorder" in part for part in parts)
    takes += sum(take.counters for take in coupon_takes)
    if reserved is not None:
        takes += reserved.writes
    if takes + counters > MAX_TAKES:  # then the commit also ends what was taken in parts
        from ordo.inventory.takings import PART

        takes += 1 + -(-counters // PART)
    for what, limit in ((takes, MAX_TAKES), (counters, MAX_COUNTERS)):
        if what > limit:
            raise OrdoError(
                "The order takes stock from more places at once than one commit can hold; place it in parts.",
                code=Code.TOO_MANY_LINES,
                pointer="/lines",
                facts={"takes": what, "limit": limit},
            )


def pack_draft(draft: PlacementDraft) -> str:
    """The draft as one short text: the largest order (500 lines) stays far below a state's limit."""
    plain = {each.name: getattr(draft, each.name) for each in fields(draft)}
    plain["lines"] = [asdict(line) for line in draft.lines]
    plain["terms"] = asdict(draft.terms)
    plain["coupon_takes"] = [asdict(take) for take in draft.coupon_takes]
    plain["priced"] = priced_to_json(draft.priced) if draft.priced else None
    given = {name: value for name, value in plain.items() if value is not None and value != ()}
    return pack_text(json.dumps(given, ensure_ascii=False, separators=(",", ":")))


def pack_priced(draft: PlacementDraft) -> str:
    """The draft with its price as a text; raises `too_many_lines` when it does not fit into the workflow's state."""
    packed = pack_draft(draft)
    if len(packed) > MAX_PACKED:
        raise OrdoError(
            "With its price the order does not fit into the placement workflow, even packed; place it in parts.",
            code=Code.TOO_MANY_LINES,
            pointer="/lines",
            facts={"limit": MAX_PACKED, "size": len(packed)},
        )
    return packed


def read_draft(packed: str) -> PlacementDraft:
    """The draft that `pack_draft` was given; raises `TypeError` or `KeyError` for any other text."""
    plain = json.loads(unpack_text(packed))
    plain["lines"] = tuple(DraftLine(**line) for line in plain["lines"])
    for name in ("coupons", "contact_given", "manual", "unavailable", "tenders", "schedule"):
        plain[name] = tuple(plain.get(name, ()))
    plain["terms"] = DraftTerms(**plain["terms"])
    plain["coupon_takes"] = tuple(CouponTake(**take) for take in plain.get("coupon_takes", ()))
    plain["priced"] = priced_from_json(plain["priced"]) if "priced" in plain else None
    return PlacementDraft(**plain)
