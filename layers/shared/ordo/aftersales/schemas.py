"""Returns, decisions and receipts as the API takes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from ordo.aftersales.deciding import Decided, DecideReturn
from ordo.aftersales.model import Disposition, NewLine
from ordo.aftersales.receiving import MAX_UNITS, Receive, Received
from ordo.aftersales.requesting import MAX_PHOTOS, RequestReturn, Units
from ordo.aftersales.sending import Send
from ordo.catalog.return_policies import Condition, Outcome, ReturnPolicy, ReturnReason, Way
from ordo.kernel.frozen import Closed
from ordo.orders.command_schemas import Reason, Version
from ordo.orders.schemas import Id, Quantity
from ordo.shipments.evidence import Named
from ordo.shipments.proof_model import FileKind
from ordo.shipments.proof_schemas import ContentType, UploadId
from ordo.shipments.schemas import Carrier, TrackingNumber

Note = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"\S")]
Part = Annotated[int, Field(strict=True, ge=0, lt=100)]
Photos = Annotated[list[UploadId], Field(max_length=MAX_PHOTOS)]
Serial = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[ -~]+$")]
Amount = Annotated[int, Field(strict=True, ge=0, le=10_000_000_000)]


class ReturnUploadRequest(Closed):
    """A photo that is about to be uploaded."""

    content_type: ContentType


class ReturnLineRequest(Closed):
    """Units of a line; of a bundle's line all of it, or those of one `part`. `opened`: whether a seal was broken."""

    line_id: Id
    quantity: Quantity
    part: Part | None = None
    opened: bool | None = None


class ExchangeLineRequest(Closed):
    """What is wanted in exchange, priced as it is sold now."""

    sku: Id
    quantity: Quantity
    options: dict[str, str] = Field(default_factory=dict, max_length=10)


class ExchangeRequest(Closed):
    """New goods for old. `advance`: they leave before the old ones are back, where the channel does that."""

    lines: Annotated[list[ExchangeLineRequest], Field(min_length=1, max_length=50)]
    advance: bool = False


class ReturnRequest(Closed):
    """What is to come back, why, and what is wanted for it. `without_goods`: a claim, nothing is sent back; then
    `reship` has the units sent (again) instead of refunded. `approve`: staff approve it whatever the policy says.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"lines": [{"line_id": "1", "quantity": 1}], "reason": "too_small", "outcome": "refund"},
                {
                    "lines": [{"line_id": "2", "quantity": 1}],
                    "reason": "missing",
                    "outcome": "refund",
                    "without_goods": True,
                    "reship": True,
                },
            ]
        }
    )

    lines: Annotated[list[ReturnLineRequest], Field(min_length=1, max_length=100)]
    reason: ReturnReason
    outcome: Outcome = "refund"
    requested_by: Literal["customer", "staff"] = "customer"
    way: Way = "own"
    without_goods: bool = False
    reship: bool = False
    approve: bool = Field(default=False, description="Only where `requested_by` is `staff`.")
    exchange: ExchangeRequest | None = Field(default=None, description="Only where `outcome` is `exchange`.")
    store_credit: Amount = Field(
        default=0, description="So much of the refund at most as credit in the shop, in minor units; the rest as money."
    )
    preview: bool = Field(default=False, description="Say what it would come to, and write nothing.")
    note: Note | None = Field(default=None, description="The customer's words: kept with their personal data.")
    photos: Photos = Field(default_factory=list)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.approve and self.requested_by != "staff":
            raise PydanticCustomError("invalid_request", "Only staff approve a return with its request")
        return self

    def to_command(self, by: str, salt: str) -> RequestReturn:
        """The command; what the catalogue says is added to it later."""
        return RequestReturn(
            units=tuple(Units(each.line_id, each.quantity, each.part, each.opened) for each in self.lines),
            reason=self.reason,
            outcome=self.outcome,
            policy=ReturnPolicy(),
            requested_by=self.requested_by if self.requested_by == "customer" else by,
            way=self.way,
            without_goods=self.without_goods,
            reship=self.reship,
            approved=self.approve,
            exchange=tuple(NewLine(**each.model_dump()) for each in self.exchange.lines) if self.exchange else (),
            advance=bool(self.exchange and self.exchange.advance),
            store_credit=self.store_credit,
            personal={"salt": salt, "note": self.note} if self.note else None,
        )

    def named(self) -> tuple[Named, ...]:
        """The photos."""
        return named(self.photos, "/photos")


def named(photos: Iterable[str], where: str) -> tuple[Named, ...]:
    """Uploads that a request names at a place of its body."""
    return tuple(Named(each, FileKind.RETURN_PHOTO, f"{where}/{place}") for place, each in enumerate(photos))


class ReturnDecisionRequest(Closed):
    """Approve or refuse what was asked for; withdraw it; settle or reject what came; say that it was repaired."""

    decision: Decided
    reason: Reason | None = None
    store_credit: Amount | None = Field(
        default=None, description="With approve and settle: so much of the refund at most as credit in the shop."
    )
    version: Version | None = None

    def to_command(self, return_id: str, by: str) -> DecideReturn:
        """The command."""
        return DecideReturn(return_id, self.decision, by, self.reason, "staff", self.store_credit)


class ReturnTrackingRequest(Closed):
    """A parcel that is on its way back with a carrier that the customer chose."""

    carrier: Carrier
    tracking_number: TrackingNumber

    def to_command(self, return_id: str) -> Send:
        """The command."""
        return Send(return_id, self.carrier, self.tracking_number, "own", under_way=True)


class ReceivedRequest(Closed):
    """Equal units that came. Without `line_id` they are none of the order's; then `sku` is what was read. A `serial` is
    of one unit. `lot` says where units go that the node keeps by lot. `deduction` (minor units) stands in place of what
    the policy holds back for the condition; what is not `accepted` is not refunded.
    """

    line_id: Id | None = None
    part: Part | None = None
    sku: Id | None = None
    quantity: Quantity
    condition: Condition
    disposition: Disposition
    serial: Serial | None = None
    accepted: bool = True
    deduction: Amount = 0
    lot: Id | None = None
    expires_on: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None
    photos: Photos = Field(default_factory=list)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.serial is not None and self.quantity != 1:
            raise PydanticCustomError("invalid_request", "A serial number is of one unit")
        if (self.line_id is None) != (self.sku is not None):
            raise PydanticCustomError("invalid_request", "Say line_id, or sku of what is none of the order's")
        if self.line_id is None and self.disposition == "restock":
            raise PydanticCustomError("invalid_request", "What is none of the order's is not restocked with it")
        if self.expires_on is not None and self.lot is None:
            raise PydanticCustomError("invalid_request", "A date is of a lot")
        return self

    def to_units(self) -> Received:
        """The units."""
        return Received(**self.model_dump(exclude={"photos"}))


class ReturnReceiptRequest(Closed):
    """What a node counted and inspected. `complete`: no more is expected. `preview`: say what it would do, and do
    nothing.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "node_id": "wh-1",
                    "units": [{"line_id": "1", "quantity": 1, "condition": "as_new", "disposition": "restock"}],
                }
            ]
        }
    )

    node_id: Id
    units: Annotated[list[ReceivedRequest], Field(max_length=MAX_UNITS)]
    complete: bool = False
    preview: bool = False

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if not self.units and not self.complete:
            raise PydanticCustomError("invalid_request", "Say what came, or that no more is expected")
        return self

    def to_command(self, return_id: str | None, actor: str) -> Receive:
        """The command."""
        units = tuple(each.to_units() for each in self.units)
        return Receive(return_id, self.node_id, units, self.complete, actor)

    def named(self) -> tuple[tuple[Named, ...], ...]:
        """The photos of each group of units."""
        return tuple(named(each.photos, f"/units/{place}/photos") for place, each in enumerate(self.units))
