"""What a storefront may send to place an order: limits, closed fields, and codes for what is usually wrong."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from ordo.kernel.frozen import Closed
from ordo.payments.tender_schemas import Schedule, Tenders
from ordo.pricing.schemas import MAX_MANUAL, CustomValues, ManualDiscountRequest

MAX_LINES = 500
MAX_QUANTITY = 100_000
MAX_COUPONS = 20


def _quantity(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_QUANTITY:
        text = "A quantity is a whole number from 1 to {most}"
        raise PydanticCustomError("invalid_quantity", text, {"most": MAX_QUANTITY})
    return value


Quantity = Annotated[int, BeforeValidator(_quantity), Field(json_schema_extra={"minimum": 1, "maximum": MAX_QUANTITY})]
Id = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
OptionName = Annotated[str, StringConstraints(min_length=1, max_length=40)]
OptionValue = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class GeoPoint(Closed):
    """WGS 84 degrees."""

    lat: float = Field(ge=-90, le=90, allow_inf_nan=False)
    lon: float = Field(ge=-180, le=180, allow_inf_nan=False)


class Address(Closed):
    """Where the order goes. Without `location` the centroid of postal code or city is used, if it is known."""

    country: Country
    region: Text | None = None
    city: Text | None = None
    district: Text | None = None
    line1: Text
    line2: Text | None = None
    postal_code: Annotated[str, StringConstraints(min_length=1, max_length=20)] | None = None
    location: GeoPoint | None = None


class CustomerDetails(Closed):
    """Who orders. Which details are required is the channel's policy."""

    customer_id: Id | None = None
    name: Text | None = None
    phone: Annotated[str, StringConstraints(max_length=40)] | None = None
    email: Annotated[str, StringConstraints(max_length=254)] | None = None
    language: Literal["en", "zh"] | None = Field(default=None, description="Of messages about this order.")
    messages: bool | None = Field(
        default=None, description="Whether the customer wants messages about this order; none: as the profile says."
    )


class LineRequest(Closed):
    """What is wanted of one SKU, with the product's options chosen, and `custom` what it is made with."""

    line_id: Id
    sku: Id
    quantity: Quantity
    options: dict[
        Annotated[str, StringConstraints(max_length=40)], Annotated[str, StringConstraints(max_length=80)]
    ] = Field(default_factory=dict, max_length=20)
    custom: CustomValues = Field(default_factory=dict)


def _lines(lines: tuple[LineRequest, ...]) -> tuple[LineRequest, ...]:
    if len(lines) > MAX_LINES:
        raise PydanticCustomError("too_many_lines", "An order has at most {most} lines", {"most": MAX_LINES})
    if len({line.line_id for line in lines}) != len(lines):
        raise PydanticCustomError("invalid_request", "Every line needs a line_id of its own")
    return lines


CurrencyCode = Annotated[str, StringConstraints(min_length=1, max_length=8)]
Lines = Annotated[
    tuple[LineRequest, ...],
    Field(min_length=1, json_schema_extra={"maxItems": MAX_LINES}),
    AfterValidator(_lines),
]
Coupons = Annotated[
    tuple[Annotated[str, StringConstraints(min_length=1, max_length=64)], ...], Field(max_length=MAX_COUPONS)
]
ShippingMethodId = Annotated[Id | None, Field(description="None: the first that ships there.")]
ReservationId = Annotated[
    Id | None,
    Field(
        description="Stock reserved before by the same client in the same channel becomes the order's own. One that "
        "has ended is no reason to refuse the order."
    ),
]
ManualDiscounts = Annotated[
    tuple[ManualDiscountRequest, ...],
    Field(max_length=MAX_MANUAL, description="By staff, with reason: needs the scope `prices:override`."),
]


class PlaceOrderRequest(Closed):
    """Place an order. Amounts are not sent: Ordo prices."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "external_id": "WEB-1001",
                    "channel": "web",
                    "currency": "CNY",
                    "customer": {
                        "customer_id": "c-77",
                        "name": "示例顾客",
                        "phone": "+8613800000000",
                        "email": "customer@example.com",
                    },
                    "ship_to": {
                        "country": "CN",
                        "region": "浙江省",
                        "city": "杭州市",
                        "district": "西湖区",
                        "line1": "文三路 1 号",
                        "postal_code": "310000",
                        "location": {"lat": 30.27, "lon": 120.15},
                    },
                    "lines": [{"line_id": "1", "sku": "TEE-WHITE-M", "quantity": 3}],
                    "coupons": [],
                }
            ]
        }
    )

    external_id: Id | None = None
    channel: Id
    currency: CurrencyCode
    customer: CustomerDetails = CustomerDetails()
    ship_to: Address
    lines: Lines
    coupons: Coupons = ()
    shipping_method: ShippingMethodId = None
    manual_discounts: ManualDiscounts = ()
    reservation_id: ReservationId = None
    tenders: Annotated[Tenders, Field(description="How it is paid; none: by whatever is reported.")] = ()
    payment_schedule: Annotated[Schedule, Field(description="In which parts; none: as the channel says.")] = ()

    @model_validator(mode="after")
    def _discounts_name_lines(self) -> Self:
        require_lines(self.manual_discounts, {line.line_id for line in self.lines})
        return self


def require_lines(discounts: Iterable[ManualDiscountRequest], line_ids: Collection[str]) -> None:
    """Each discount on a line names one of the lines (`ValueError`), and only one does."""
    named = [each.line_id for each in discounts if each.line_id is not None]
    if not set(named) <= set(line_ids):
        raise ValueError("a manual discount names a line_id that the order does not have")
    if len(set(named)) != len(named):
        raise ValueError("a line has two manual discounts")


LATER_FIELDS = ("custom", "shipping_method", "manual_discounts", "reservation_id", "tenders", "payment_schedule")
"""What the first release did not have, in a body or its lines. One that is added later belongs here, with a default
that is false, or every key that is repeated across the upgrade is refused as used with another body.
"""


def body_hash(request: BaseModel) -> str:
    """SHA-256 of a request's meaning: the same whatever the order of keys or the white space, and the same in every
    release for a body that uses none of its new fields.
    """
    body: dict[str, Any] = request.model_dump(mode="json", exclude_none=True)
    for part in (body, *body.get("lines", ())):
        for name in LATER_FIELDS:
            if not part.get(name, True):
                del part[name]
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
