"""What a case says of tax."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ordo.catalog.taxes import NO_TAX, Rate, TaxMode, TaxPolicy, TaxRounding
from tests.conformance.pricing_scopes import Body, categories_of, only
from tests.conformance.results import Case, Unsupported

_TAX_KEYS = {
    "mode", "rate_percent", "rates_percent", "rounding", "base", "shipping_rate_percent", "shipping_tax_percent",
    "shipping_mode",
}  # fmt: skip


class Taxes:
    """What the case says of tax."""

    def __init__(self, tax: Body, case: Case, source: str) -> None:
        only(tax, _TAX_KEYS, "the tax's")
        if tax.get("base") not in {None, "after discount", "after discounts", "discounted"}:
            raise Unsupported(f"tax on {tax['base']!r}")
        self._tax, self._case = tax, case
        self.mode, self.shipping_mode, self._rate, self._shipping_rate = _modes(tax)
        self.rounding = _rounding(tax.get("rounding") or "", source)
        rates = tax.get("rates_percent")
        self._by_category: Mapping[str, Any] = rates if isinstance(rates, dict) else {}
        if isinstance(rates, list):
            self._rate = rates
        self.classes: dict[str, Rate] = {name: _rate(value) for name, value in self._by_category.items()}

    def class_of(self, line: Body) -> str:
        """The tax class of a line, which is kept with its rate."""
        if "tax_percent" in line:
            name = f"{line['tax_percent']} %"
            self.classes[name] = _rate(line["tax_percent"])
            return name
        return next((each for each in categories_of(line) if each in self._by_category), "standard")

    def policy(self) -> TaxPolicy:
        """After all lines have their class."""
        usual = NO_TAX if self._rate is None else _rate(self._rate)
        classes = {**self.classes, "charges": self._of_charges(usual)}
        return TaxPolicy(
            self.mode,
            usual,
            classes,
            shipping_class="charges",
            shipping_mode=self.shipping_mode,
            rounding=self.rounding,
        )

    def _of_charges(self, usual: Rate) -> Rate:
        """As said, else the surcharges' own, else the usual rate, or that of the first line where none is usual."""
        own = {str(each["tax_percent"]) for each in self._case.get("surcharges") or () if "tax_percent" in each}
        if len(own) > 1 or (own and self._case.get("shipping_minor")):
            raise Unsupported("surcharges at other rates than shipping or each other")
        if self._shipping_rate is not None:
            return _rate(self._shipping_rate)
        if own:
            return _rate(own.pop())
        if self._rate is not None:
            return usual
        return self.classes.get(self.class_of(self._case["lines"][0]), usual)


def _rate(value: Any) -> Rate:
    try:
        return Rate.of([str(each) for each in value] if isinstance(value, list) else str(value))
    except ValueError:
        raise Unsupported(f"a tax rate of {value!r}") from None


_MIXED = re.compile(
    r"items (inclusive|exclusive)(?: ([\d.]+) ?%)?, shipping (inclusive|exclusive)(?: ([\d.]+) ?%)?", re.IGNORECASE
)


def _modes(tax: Body) -> tuple[TaxMode, TaxMode | None, Any, Any]:
    """Mode and shipping's own, the usual rate and shipping's own; None where nothing is said."""
    rate = tax.get("rate_percent")
    shipping_rate = tax.get("shipping_rate_percent", tax.get("shipping_tax_percent"))
    mode, shipping_mode = str(tax.get("mode", "inclusive")), tax.get("shipping_mode")
    mixed = _MIXED.fullmatch(mode)
    if mixed is not None:
        mode, shipping_mode = mixed[1].lower(), mixed[3].lower()
        rate, shipping_rate = mixed[2] or rate, mixed[4] or shipping_rate
    for each in (mode, shipping_mode):
        if each not in {None, "inclusive", "exclusive"}:
            raise Unsupported(f"tax mode {each!r}")
    return TaxMode(mode), None if shipping_mode is None else TaxMode(shipping_mode), rate, shipping_rate


_ROUNDINGS = {
    "": TaxRounding.LINE,
    "line": TaxRounding.LINE,
    "per line": TaxRounding.LINE,
    "half up per line": TaxRounding.LINE,
    "half up per line, after unit price x qty": TaxRounding.LINE,
    "unit": TaxRounding.UNIT,
    "per unit": TaxRounding.UNIT,
    "half up per unit": TaxRounding.UNIT,
    "order": TaxRounding.ORDER,
    "per order": TaxRounding.ORDER,
    "half up per order": TaxRounding.ORDER,
    "sum_by_net_keep_gross": TaxRounding.ORDER,
}


def _rounding(text: str, source: str) -> TaxRounding:
    if text not in _ROUNDINGS:
        raise Unsupported(f"tax rounding {text!r}")
    if text == "line" and source == "pretix":  # it knows no quantities: its line is one unit
        return TaxRounding.UNIT
    if text == "" and source == "shopware":  # it taxes a discount as a line of its own, beside undiscounted lines
        return TaxRounding.ORDER
    return _ROUNDINGS[text]
