"""Changes of orders as the API takes and answers them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Discriminator, Field, StringConstraints, Tag, model_validator
from pydantic_core import PydanticCustomError

from ordo.catalog.contacts import normalise_phone
from ordo.kernel.frozen import Closed
from ordo.orders.changes import ProposeChange
from ordo.orders.command_schemas import Reason, Version
from ordo.orders.model import ChangeKind, Requester
from ordo.orders.refund_schemas import GrantRequest, PositiveAmount
from ordo.orders.schemas import Address, Id, OptionName, OptionValue, Quantity, Text

MAX_OPERATIONS = 100
Options = Annotated[dict[OptionName, OptionValue], Field(max_length=20)]
CustomMeasures = Annotated[
    dict[OptionName, Annotated[int, Field(strict=True, ge=0, le=1_000_000_000)]], Field(max_length=20)
]

_FIELDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "cancel": ((), ("waive_fee",)),
    "cancel_units": (("lines",), ("waive_fee",)),
    "edit": (("operations",), ("waive_fee",)),
    "delivery": ((), ("ship_to", "name", "phone", "shipping_method")),
    "address": (("ship_to",), ("name", "phone")),
    "reship": (("incident_id",), ()),
    "price_adjustment": ((), ("grants", "shipping")),
    "goodwill": (("amount",), ()),
    "exchange": (("lines", "add"), ()),
}
"""By kind: what a request must have, and what it may have, beside kind, reason, requested_by and version."""
_BY_STAFF = ("reship", "price_adjustment", "goodwill", "exchange")


class UnitsRequest(Closed):
    """So many units of a line."""

    line_id: Id
    quantity: Quantity


class SetQuantity(Closed):
    """The line is to have so many units that were not cancelled and did not come back. More of it is a line of its own,
    at the present price.
    """

    op: Literal["set_quantity"]
    line_id: Id
    quantity: Annotated[int, Field(strict=True, ge=0, le=100_000)]


class SwapOptions(Closed):
    """Units of the line (all, where no `quantity` is given) are to be made with other options, at the present price."""

    op: Literal["swap_options"]
    line_id: Id
    quantity: Quantity | None = None
    options: Options


class RemoveLine(Closed):
    """Nothing of the line is to be left."""

    op: Literal["remove_line"]
    line_id: Id


class AddedLine(Closed):
    """What is wanted more, at the present price; without a `line_id` it gets one. `custom` are measures only: what is
    made with a text of the customer's is ordered by itself.
    """

    line_id: Id | None = None
    sku: Id
    quantity: Quantity
    options: Options = Field(default_factory=dict)
    custom: CustomMeasures = Field(default_factory=dict)


class AddLine(AddedLine):
    """The order gets a line more."""

    op: Literal["add_line"]


def _op(value: Any) -> str:
    found = value.get("op") if isinstance(value, dict) else getattr(value, "op", None)
    return str(found)


Operation = Annotated[
    Annotated[SetQuantity, Tag("set_quantity")]
    | Annotated[SwapOptions, Tag("swap_options")]
    | Annotated[AddLine, Tag("add_line")]
    | Annotated[RemoveLine, Tag("remove_line")],
    Discriminator(_op),
]


def _each_line_once(operations: tuple[Any, ...]) -> tuple[Any, ...]:
    named = [each.line_id for each in operations if each.line_id is not None]
    if len(set(named)) != len(named):
        raise PydanticCustomError("invalid_request", "A line is named twice")
    return operations


Operations = Annotated[
    tuple[Operation, ...], Field(min_length=1, max_length=MAX_OPERATIONS), AfterValidator(_each_line_once)
]
UnitsOfLines = Annotated[tuple[UnitsRequest, ...], Field(min_length=1, max_length=500), AfterValidator(_each_line_once)]


class ChangeRequest(Closed):
    """Propose a change of the order; each kind takes its own fields.

    `cancel`: all of it. `cancel_units`: `lines`. `edit`: `operations`, all at once. `delivery`: `ship_to`,
    `shipping_method` or both, as long as no node has begun; what is planned is sourced again. `address`: `ship_to`,
    with the plan as it is. By staff: `reship` (`incident_id`: what it is to solve), `price_adjustment` (`grants`,
    `shipping` or both), `goodwill` (`amount`), `exchange` (`lines` that the customer has against `add`). Staff may
    `waive_fee`.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "cancel", "reason": "Ordered twice", "requested_by": "customer"},
                {
                    "kind": "edit",
                    "reason": "One size larger, and one more",
                    "requested_by": "customer",
                    "operations": [
                        {"op": "swap_options", "line_id": "1", "quantity": 1, "options": {"size": "L"}},
                        {"op": "set_quantity", "line_id": "2", "quantity": 3},
                        {"op": "add_line", "sku": "MUG", "quantity": 1},
                    ],
                },
                {
                    "kind": "address",
                    "reason": "Moved house",
                    "requested_by": "customer",
                    "ship_to": {"country": "CN", "city": "杭州市", "line1": "文三路 2 号", "postal_code": "310000"},
                },
            ]
        }
    )

    kind: ChangeKind
    reason: Reason
    requested_by: Requester
    ship_to: Address | None = None
    name: Text | None = None
    phone: Annotated[str, StringConstraints(min_length=1, max_length=40)] | None = None
    shipping_method: Id | None = None
    incident_id: Id | None = None
    lines: UnitsOfLines | None = None
    operations: Operations | None = None
    grants: Annotated[tuple[GrantRequest, ...], Field(min_length=1, max_length=100)] | None = None
    amount: PositiveAmount | None = Field(default=None, description="With tax, in minor units.")
    shipping: Annotated[Literal["all"] | PositiveAmount | None, Field(union_mode="left_to_right")] = Field(
        default=None, description="Of a price adjustment: so much off shipping and surcharges, with tax, or all."
    )
    add: Annotated[tuple[AddedLine, ...], Field(min_length=1, max_length=MAX_OPERATIONS)] | None = None
    waive_fee: bool | None = Field(default=None, description="By staff: without the channel's fee.")
    version: Version | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        needed, allowed = _FIELDS[self.kind]
        given = {name for name in type(self).model_fields if getattr(self, name) is not None}
        given -= {"kind", "reason", "requested_by", "version"}
        missing = [name for name in needed if name not in given]
        others = sorted(given - {*needed, *allowed})
        if missing or others:
            text = "A change of kind {kind} takes {takes}"
            takes = ", ".join((*needed, *(f"maybe {name}" for name in allowed))) or "no further fields"
            raise PydanticCustomError("invalid_request", text, {"kind": self.kind, "takes": takes})
        if self.kind == "delivery" and self.ship_to is None and self.shipping_method is None:
            raise PydanticCustomError("invalid_request", "A delivery change needs ship_to, shipping_method or both")
        if self.kind == "price_adjustment" and self.grants is None and self.shipping is None:
            raise PydanticCustomError("invalid_request", "A price adjustment needs grants, shipping or both")
        if (self.name or self.phone) and self.ship_to is None:
            raise PydanticCustomError("invalid_request", "name and phone come with ship_to")
        if self.requested_by != "staff" and (self.kind in _BY_STAFF or self.waive_fee):
            raise PydanticCustomError("invalid_request", "Only staff may ask for this")
        return self

    def to_command(self, change_id: str) -> ProposeChange:
        """The command, with the phone as E.164; raises `InvalidPhone`."""
        return ProposeChange(
            change_id, self.kind, self.requested_by, self.reason, self._contact(), self.incident_id, self._asked()
        )

    def _asked(self) -> dict[str, Any]:
        names = {"shipping_method", "shipping", "lines", "operations", "grants", "amount", "add", "waive_fee"}
        return self.model_dump(mode="json", include=names, exclude_none=True)

    def _contact(self) -> dict[str, Any] | None:
        if self.ship_to is None:
            return None
        contact: dict[str, Any] = {"ship_to": self.ship_to.model_dump(mode="json", exclude_none=True)}
        if self.name:
            contact["name"] = self.name
        if self.phone:
            contact["phone"] = normalise_phone(self.phone, self.ship_to.country, "/phone")
        return contact
