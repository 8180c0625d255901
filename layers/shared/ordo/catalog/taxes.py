"""Which tax rate a channel charges for what, and where it goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from ordo.kernel.percent import Percent, percent


class TaxMode(StrEnum):
    """Whether listed prices hold the tax already."""

    INCLUSIVE = "inclusive"
    EXCLUSIVE = "exclusive"


class TaxRounding(StrEnum):
    """What tax is rounded for, before it is shared to the units."""

    LINE = "line"
    UNIT = "unit"
    ORDER = "order"
    """Once for all lines of the order that have the same rate."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A tax rate. `parts` are the rates that it is the sum of, where there are several, as of state and city."""

    percent: Percent
    parts: tuple[str, ...] = ()

    @staticmethod
    def of(body: str | Sequence[str]) -> Rate:
        """Read a stored rate: one text of per cents, or several that are added."""
        if isinstance(body, str):
            return Rate(percent(body))
        if len(body) == 1:
            return Rate(percent(body[0]))
        return Rate(percent(format(sum(map(Decimal, body)), "f")), tuple(body))


NO_TAX = Rate(percent("0"))


@dataclass(frozen=True, slots=True)
class RegionTax:
    """The rates of one country or region. `rate` None: it only has its own for some classes."""

    rate: Rate | None = None
    class_rates: Mapping[str, Rate] = field(default_factory=dict)

    @staticmethod
    def of(body: Mapping[str, Any]) -> RegionTax:
        """Read the rates of a stored tax policy or of one of its regions."""
        usual = body.get("rate_percent")
        classes = body.get("class_rates") or {}
        return RegionTax(
            rate=None if usual is None else Rate.of(usual),
            class_rates={name: Rate.of(text) for name, text in classes.items()},
        )

    def rate_for(self, tax_class: str | None) -> Rate | None:
        """That of the class, else the usual one of the place."""
        return self.class_rates.get(tax_class, self.rate) if tax_class is not None else self.rate


Where = tuple[str, str | None]
"""A country (ISO 3166 alpha-2), and a region of it or None for all of it."""


@dataclass(frozen=True, slots=True)
class TaxPolicy:
    """The usual rate, other ones by the products' tax class, and other ones again by where the order goes.

    `shipping_class` is the tax class of shipping and surcharges (None: the usual rate); `shipping_mode` says whether
    their prices hold the tax (None: as `mode` does).
    """

    mode: TaxMode = TaxMode.INCLUSIVE
    rate: Rate = NO_TAX
    class_rates: Mapping[str, Rate] = field(default_factory=dict)
    regions: Mapping[Where, RegionTax] = field(default_factory=dict)
    shipping_class: str | None = None
    shipping_mode: TaxMode | None = None
    rounding: TaxRounding = TaxRounding.LINE

    @staticmethod
    def of(body: Mapping[str, Any]) -> TaxPolicy:
        """Read the `tax` part of a stored channel."""
        usual = RegionTax.of(body)
        shipping_mode = body.get("shipping_mode")
        return TaxPolicy(
            mode=TaxMode(body["mode"]),
            rate=usual.rate or NO_TAX,
            class_rates=usual.class_rates,
            regions=_regions(body.get("regions") or ()),
            shipping_class=body.get("shipping_class"),
            shipping_mode=None if shipping_mode is None else TaxMode(shipping_mode),
            rounding=TaxRounding(body.get("rounding", "line")),
        )

    @property
    def charge_mode(self) -> TaxMode:
        """Whether prices of shipping and surcharges hold the tax already."""
        return self.shipping_mode or self.mode

    def rate_for(self, tax_class: str, country: str | None = None, region: str | None = None) -> Rate:
        """The rate of a product's tax class: of the region where it goes, else of the country, else the usual one.

        Each place has for the class its class rate, else its own usual rate; one with neither leaves it to the next.
        """
        return self._rate(tax_class, country, region)

    def charge_rate(self, country: str | None = None, region: str | None = None) -> Rate:
        """The rate of shipping and surcharges."""
        return self._rate(self.shipping_class, country, region)

    def _rate(self, tax_class: str | None, country: str | None, region: str | None) -> Rate:
        if self.regions and country is not None:
            for where in ((country, region), (country, None)):
                place = self.regions.get(where)
                found = None if place is None else place.rate_for(tax_class)
                if found is not None:
                    return found
        return self.class_rates.get(tax_class, self.rate) if tax_class is not None else self.rate


def _regions(bodies: Iterable[Mapping[str, Any]]) -> dict[Where, RegionTax]:
    return {(each["country"], each.get("region")): RegionTax.of(each) for each in bodies}
