"""The parts that catalogue documents are made of: checked texts, amounts, times."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from ordo.kernel.clock import from_iso, to_iso
from ordo.kernel.errors import UnknownCurrency
from ordo.kernel.money import minor_digits

MAX_AMOUNT = 10_000_000_000
"""Minor units. 500 lines of 1,000 such units stay below 2**53, the largest integer every JSON reader keeps exact."""

ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"


def _currency(code: str) -> str:
    try:
        minor_digits(code)
    except UnknownCurrency as error:
        raise PydanticCustomError("unknown_currency", "{detail}", {"detail": error.detail}) from None
    return code


def _moment(text: str) -> str:
    try:
        return to_iso(from_iso(text))
    except OverflowError:
        raise ValueError("the time is too far away") from None


def not_blank(text: str) -> str:
    """The text, which has something else than blanks (`ValueError`)."""
    if not text.strip():  # which knows more kinds of blanks than the pattern
        raise ValueError("it is blank")
    return text


def _percent_up_to_100(text: str) -> str:
    whole, _, fraction = text.partition(".")
    if int(whole) > 100 or (int(whole) == 100 and fraction.strip("0")):
        raise ValueError("a percentage is at most 100")
    return text


Id = Annotated[str, Field(pattern=ID_PATTERN, max_length=64)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$"), AfterValidator(_currency)]
Amount = Annotated[int, Field(strict=True, ge=0, le=MAX_AMOUNT)]
PositiveAmount = Annotated[int, Field(strict=True, ge=1, le=MAX_AMOUNT)]
PercentText = Annotated[
    str, Field(pattern=r"^[0-9]{1,3}(\.[0-9]{1,6})?$", max_length=10), AfterValidator(_percent_up_to_100)
]
Moment = Annotated[str, Field(max_length=40, json_schema_extra={"format": "date-time"}), AfterValidator(_moment)]
Axis = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
OptionValue = Annotated[str, Field(min_length=1, max_length=64)]
Combination = Annotated[dict[Axis, OptionValue], Field(min_length=1, max_length=10)]
PriceMap = Annotated[dict[Id, Amount], Field(max_length=50)]
Ids = Annotated[list[Id], Field(max_length=100)]
AmountMap = Annotated[dict[Currency, PositiveAmount], Field(min_length=1, max_length=50)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
PlaceKey = Annotated[str, Field(min_length=1, max_length=64, pattern=r"\S"), AfterValidator(not_blank)]
"""A postal code or the name of a city."""


class Strict(BaseModel):
    """A part of a document; unknown fields are refused, and what does not fit is not repeated: it may be personal."""

    model_config = ConfigDict(extra="forbid", defer_build=True, hide_input_in_errors=True)


class Document(Strict):
    """A whole document. `version` guards a PUT: when given it must be the present one (0: there must be none)."""

    id_field: ClassVar[str]

    version: Annotated[int, Field(strict=True, ge=0)] | None = None

    def body(self) -> dict[str, Any]:
        """What is stored: neither the version nor the id, which are kept beside it."""
        return self.model_dump(mode="json", exclude_none=True, exclude={"version", self.id_field})


class NameText(Strict):
    """A name in English, Chinese or both; one that is missing is taken from the other."""

    en: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    zh: Annotated[str, Field(min_length=1, max_length=200)] | None = None

    @model_validator(mode="after")
    def _fill(self) -> Self:
        if not (self.en or self.zh):
            raise ValueError("a name is needed in at least one language")
        self.en, self.zh = self.en or self.zh, self.zh or self.en
        return self


class Point(Strict):
    """WGS 84 degrees."""

    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)


class PeriodText(Document):
    """Valid from `valid_from` up to, but not including, `valid_to`."""

    valid_from: Moment | None = None
    valid_to: Moment | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_from and self.valid_to and self.valid_from >= self.valid_to:
            raise ValueError("valid_from must be before valid_to")
        return self
