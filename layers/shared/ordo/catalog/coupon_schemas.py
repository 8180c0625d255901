"""Coupons as the API takes and gives them: one by its code, or many made together."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.json_schema import SkipJsonSchema

from ordo.catalog.bulk import MAX_LENGTH, MAX_TOGETHER, MIN_LENGTH, MakeCoupons
from ordo.catalog.coupons import CouponState
from ordo.catalog.fields import Id, PeriodText
from ordo.kernel.canonical import canonical_json, sha256_hex

MAX_LIMIT = 1_000_000_000
READ_ONLY: dict[str, JsonValue] = {"readOnly": True}

Limit = Annotated[int, Field(strict=True, ge=1, le=MAX_LIMIT)]


class CouponTerms(PeriodText):
    """What holds of one coupon, and of all that are made together."""

    customer_id: Annotated[Id | None, Field(description="Only this customer may use it; else anybody")] = None
    total_limit: Annotated[
        Limit | None, Field(description="How often it may be used in all; without it there is no limit")
    ] = None
    per_customer_limit: Annotated[
        Limit | None, Field(description="How often each customer may use it; orders then need a customer_id")
    ] = None
    give_back: Annotated[bool, Field(description="Whether cancelling an order gives its use back")] = True


class CouponDocument(CouponTerms):
    """A code that lets a promotion apply. Codes are kept in upper case. Uses are counted where there is a limit; a code
    without a total limit never gets one, and one that has it keeps one, which may change.
    """

    id_field = "code"
    model_config = ConfigDict(
        extra="forbid",
        defer_build=True,
        json_schema_extra={
            "example": {"promotion_id": "audio-10", "total_limit": 5000, "per_customer_limit": 1, "give_back": True}
        },
    )

    code: Id | None = None
    promotion_id: Id
    state: CouponState = CouponState.ACTIVE
    buckets: Annotated[
        int | None, Field(strict=True, description="In how many parts the total is counted: read only")
    ] = None
    batch_id: Annotated[
        str | None, Field(max_length=64, description="The request that made it, with others: read only")
    ] = None

    uses_left: Annotated[
        int | None, Field(description="Of the total limit, maybe a moment old: read only", json_schema_extra=READ_ONLY)
    ] = None

    def body(self) -> dict[str, Any]:
        """What is stored, but for what only Ordo decides."""
        sent = super().body()
        return {name: value for name, value in sent.items() if name not in ("buckets", "batch_id", "uses_left")}


class CouponsRequest(CouponTerms):
    """Make many coupons at once: each with a code of its own that nobody can guess, and with these terms."""

    id_field = "prefix"
    model_config = ConfigDict(
        extra="forbid",
        defer_build=True,
        json_schema_extra={"example": {"count": 500, "prefix": "SPRING-", "length": 10, "total_limit": 1}},
    )

    version: SkipJsonSchema[None] = None
    count: Annotated[int, Field(strict=True, ge=1, le=MAX_TOGETHER)]
    prefix: Annotated[
        str,
        Field(pattern=r"^([A-Z0-9][A-Z0-9._-]*)?$", max_length=24, description="What each code begins with"),
    ] = ""
    length: Annotated[
        int,
        Field(
            strict=True,
            ge=MIN_LENGTH,
            le=MAX_LENGTH,
            description="Characters after the prefix: letters and digits, without 0, 1, I and O",
        ),
    ] = 12

    def to_command(self, promotion_id: str, client_id: str, key: str) -> MakeCoupons:
        """The command; the same request under the same key is the same command."""
        terms = self.model_dump(mode="json", exclude_none=True, exclude={"version", "count", "prefix", "length"})
        body_hash = sha256_hex(canonical_json([promotion_id, self.count, self.prefix, self.length, terms]))
        return MakeCoupons(promotion_id, client_id, key, self.count, self.prefix, self.length, terms, body_hash)


class CouponsAnswer(BaseModel):
    """The codes, in the order in which they were made; the same key always gets exactly these again."""

    promotion_id: str
    batch_id: str
    codes: list[str]
