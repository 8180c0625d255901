"""The parts that catalogue documents are made of: checked texts, amounts, times."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from ordo.catalog.errors import Finding, Where
from ordo.catalog.periods import instant_in, is_local, kept_time, time_zone
from ordo.kernel.clock import from_iso, to_iso
from ordo.kernel.errors import UnknownCurrency
from ordo.kernel.money import MAX_AMOUNT, minor_digits

MAX_UNITS = 50_000_000
"""Of one order: 500 lines of 100,000 units."""

ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"


Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
"""A day of the week, as catalogue documents name it."""


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
PathId = Annotated[str, StringConstraints(pattern=ID_PATTERN, max_length=64)]
"""The same in a path."""
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$"), AfterValidator(_currency)]
Amount = Annotated[int, Field(strict=True, ge=0, le=MAX_AMOUNT)]
PositiveAmount = Annotated[int, Field(strict=True, ge=1, le=MAX_AMOUNT)]
PercentText = Annotated[
    str, Field(pattern=r"^[0-9]{1,3}(\.[0-9]{1,6})?$", max_length=10), AfterValidator(_percent_up_to_100)
]
Moment = Annotated[str, Field(max_length=40, json_schema_extra={"format": "date-time"}), AfterValidator(_moment)]
TimeText = Annotated[str, Field(max_length=40), AfterValidator(kept_time)]
"""A time with an offset, kept in UTC, or one without: a clock time of the document's `time_zone`."""
ZoneName = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(time_zone)]
Axis = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
OptionValue = Annotated[str, Field(min_length=1, max_length=64)]
Combination = Annotated[dict[Axis, OptionValue], Field(min_length=1, max_length=10)]
Count = Annotated[int, Field(strict=True, ge=0, le=MAX_UNITS)]
"""Units or repetitions; 0 stands for no limit."""
PositiveCount = Annotated[int, Field(strict=True, ge=1, le=MAX_UNITS)]
Ids = Annotated[list[Id], Field(max_length=100)]
AmountMap = Annotated[dict[Currency, PositiveAmount], Field(min_length=1, max_length=50)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
PlaceKey = Annotated[str, Field(min_length=1, max_length=64, pattern=r"\S"), AfterValidator(not_blank)]
"""A postal code or the name of a city."""


def contradictions(found: Iterable[Finding]) -> ValidationError:
    """What a validator raises to point at several places at once, each with its text."""
    return _validation_error(("contradiction", where, text) for where, text in found)


def _validation_error(found: Iterable[tuple[str, Where, str]]) -> ValidationError:
    details: list[InitErrorDetails] = [
        {"type": PydanticCustomError(code, "{text}", {"text": text}), "loc": where, "input": None}
        for code, where, text in found
    ]
    return ValidationError.from_exception_data("document", details, hide_input=True)


def _without_tag(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    try:
        return handler(value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise _validation_error((each["type"], _place(each), each["msg"]) for each in found) from None


def _place(error: ErrorDetails) -> Where:
    if error["type"] == "union_tag_invalid":
        return (*error["loc"], str(error["ctx"]["discriminator"]).strip("'"))
    return error["loc"][1:]


Untagged = WrapValidator(_without_tag)
"""For a union with a discriminator: its errors then point where the value is, without the name of the alternative."""


class Strict(BaseModel):
    """A part of a document; unknown fields are refused, and what does not fit is not repeated: it may be personal."""

    model_config = ConfigDict(extra="forbid", defer_build=True, hide_input_in_errors=True)


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


class WarningText(BaseModel):
    """Something to look at in a document that was kept: why it may not do what is wanted, in English and Chinese."""

    code: str
    pointer: str
    text: NameText


class Document(Strict):
    """A whole document. `version` guards a PUT: when given it must be the present one (0: there must be none).

    `warnings` are in the answer to a PUT; in what is sent they are ignored, so that an answer can be PUT back.
    """

    id_field: ClassVar[str]

    version: Annotated[int, Field(strict=True, ge=0)] | None = None
    warnings: list[WarningText] = Field(default_factory=list, max_length=1000, json_schema_extra={"readOnly": True})

    def findings(self) -> Iterable[Finding]:
        """Where the document contradicts itself. Asked for what is PUT only: what was once kept can always be read."""
        return ()

    def body(self) -> dict[str, Any]:
        """What is stored: neither the version nor the id, which are kept beside it, nor warnings."""
        left_out = {"version", "warnings", self.id_field}
        return self.model_dump(mode="json", by_alias=True, exclude_none=True, exclude=left_out)


class Point(Strict):
    """WGS 84 degrees."""

    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)


class PeriodText(Document):
    """Valid from `valid_from` up to, but not including, `valid_to`.

    A time with an offset stands for itself and is kept in UTC. One without (`2026-11-11T00:00:00`, `2026-11-11`) is
    what clocks in `time_zone` show, and is kept so.
    """

    time_zone: Annotated[ZoneName | None, Field(description="IANA name, such as `Asia/Shanghai`")] = None
    valid_from: TimeText | None = None
    valid_to: TimeText | None = None

    @field_validator("valid_from", "valid_to")
    @classmethod
    def _is_a_moment(cls, text: str | None, info: ValidationInfo) -> str | None:
        zone = info.data.get("time_zone")
        if text is None or "time_zone" not in info.data:  # the zone itself is wrong, and said to be
            return text
        if zone is None and is_local(text):
            raise PydanticCustomError("zone_missing", "a time without an offset needs a time_zone beside it")
        try:
            instant_in(text, zone)
        except OverflowError:
            raise PydanticCustomError("too_far", "the time is too far away") from None
        return text

    @field_validator("valid_to")
    @classmethod
    def _is_after_the_start(cls, text: str | None, info: ValidationInfo) -> str | None:
        begin, zone = info.data.get("valid_from"), info.data.get("time_zone")
        if text and begin and "time_zone" in info.data and instant_in(begin, zone) >= instant_in(text, zone):
            raise PydanticCustomError("empty_period", "valid_to must be later than valid_from")
        return text
