"""What a product is made with for one customer (an engraving, a length), and whether a line says it rightly.

A text may be personal. So prices see measures only: of a number the number, of a text its length in characters.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ordo.catalog.errors import InvalidOption, pointer_token

if TYPE_CHECKING:
    from pydantic_core import SchemaValidator

    from ordo.catalog.model import Name, Product


class CustomKind(StrEnum):
    """What a customer gives."""

    TEXT = "text"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class CustomPrice:
    """What it adds to one unit's price: `flat`, and `per_unit` for each character or each whole one of the number."""

    flat: int = 0
    per_unit: int = 0


@dataclass(frozen=True, slots=True)
class CustomChoice:
    """One thing to say. `lowest` and `highest` (None: no limit) bound its measure, both included; a number goes from
    the lowest up by `step`. A text also matches `pattern` from begin to end. `prices` are by price list.
    """

    name: str
    kind: CustomKind
    label: Name
    required: bool = False
    lowest: int = 0
    highest: int | None = None
    step: int = 1
    pattern: str | None = None
    prices: Mapping[str, CustomPrice] = field(default_factory=dict)

    @staticmethod
    def of(body: Mapping[str, Any]) -> CustomChoice:
        """Read a stored choice."""
        kind = CustomKind(body["kind"])
        ends = ("min_length", "max_length") if kind is CustomKind.TEXT else ("min", "max")
        return CustomChoice(
            name=body["name"],
            kind=kind,
            label=dict(body["label"]),
            required=bool(body.get("required", False)),
            lowest=body.get(ends[0]) or 0,
            highest=body.get(ends[1]),
            step=body.get("step") or 1,
            pattern=body.get("pattern"),
            prices={
                name: CustomPrice(each.get("flat") or 0, each.get("per_unit") or 0)
                for name, each in (body.get("prices") or {}).items()
            },
        )


@dataclass(frozen=True, slots=True)
class CustomValues:
    """What a line says: the measures that prices see, and the texts, which are kept with the personal data."""

    measures: dict[str, int] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


def split_custom(values: Mapping[str, str | int]) -> CustomValues:
    """Tell measures and texts apart; a text is brought to one form (NFC), so that it has one length."""
    texts = {name: unicodedata.normalize("NFC", value) for name, value in values.items() if isinstance(value, str)}
    return CustomValues({name: len(texts[name]) if name in texts else int(values[name]) for name in values}, texts)


def check_custom(
    product: Product, measures: Mapping[str, int], pointer: str, texts: Mapping[str, str] | None = None
) -> None:
    """Check what a line says against the product; `pointer` is that of the line's `custom`.

    Where the `texts` are at hand it is also checked that texts and numbers are where the product wants them, and the
    patterns. Raises `InvalidOption` pointing at the choice (missing, unknown, out of its limits); `facts` tell the
    limits, and no text is repeated.
    """
    if not (product.custom or measures):
        return
    choices = {choice.name: choice for choice in product.custom}
    for name in measures:
        if name not in choices:
            raise _wrong(product, name, pointer, f"{product.sku} has no custom choice {name!r}.", offered=list(choices))
    for name, choice in choices.items():
        if name in measures:
            _check_measure(product, choice, measures[name], pointer)
            if texts is not None:
                _check_text(product, choice, texts.get(name), pointer)
        elif choice.required:
            raise _wrong(product, name, pointer, f"{product.sku} needs {name!r}.", kind=choice.kind.value)


def _check_measure(product: Product, choice: CustomChoice, measure: int, pointer: str) -> None:
    highest = choice.highest
    if choice.kind is CustomKind.TEXT:
        limits, what = {"min_length": choice.lowest, "max_length": highest}, "The length of the text"
    else:
        limits, what = {"min": choice.lowest, "max": highest, "step": choice.step}, "The number"
    if measure < choice.lowest or (highest is not None and measure > highest):
        raise _wrong(product, choice.name, pointer, f"{what} {choice.name!r} is out of its limits.", **limits)
    if (measure - choice.lowest) % choice.step:
        raise _wrong(product, choice.name, pointer, f"{what} {choice.name!r} is between two steps.", **limits)


def _check_text(product: Product, choice: CustomChoice, text: str | None, pointer: str) -> None:
    if (text is not None) is not (choice.kind is CustomKind.TEXT):
        wanted = "a text" if choice.kind is CustomKind.TEXT else "a number"
        raise _wrong(product, choice.name, pointer, f"{choice.name!r} is {wanted}.", kind=choice.kind.value)
    if text is not None and choice.pattern is not None and not fits(choice.pattern, text):
        detail = f"The text {choice.name!r} is not of the form that {product.sku} asks for."
        raise _wrong(product, choice.name, pointer, detail, pattern=choice.pattern)


def fits(pattern: str, text: str) -> bool:
    """Whether the whole text matches; raises `ValueError` for what is no pattern.

    The time is linear in the text, whatever the pattern: it is Rust's `regex`, without look-around and references back.
    """
    return _compiled(pattern).isinstance_python(text)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> SchemaValidator:
    from pydantic_core import SchemaError, SchemaValidator, core_schema  # only where texts are checked

    try:
        return SchemaValidator(core_schema.str_schema(pattern=rf"\A(?:{pattern})\z", regex_engine="rust-regex"))
    except SchemaError:
        raise ValueError("not a regular expression that can be used here") from None


def _wrong(product: Product, name: str, pointer: str, detail: str, **facts: object) -> InvalidOption:
    return InvalidOption(detail, pointer=f"{pointer}/{pointer_token(name)}", facts={"sku": product.sku, **facts})
