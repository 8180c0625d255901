"""What a customer gets back for units of a priced order: what is asked, and what is booked for it.

Amounts are minor units of the order's currency. A unit of a line is named by its place in the line, from 0, in the
order of the line's runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ordo.catalog.model import Name
from ordo.catalog.promotions import Promotion
from ordo.pricing.figures import RateFigure
from ordo.pricing.model import PricedCart


@dataclass(frozen=True, slots=True)
class Purchase:
    """A priced order, and the promotions that applied to it, in the versions of placement, by id and version."""

    priced: PricedCart
    promotions: Mapping[tuple[str, int], Promotion] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReturnedPart:
    """Units of the part at this place in a bundle that come back, without the rest of it."""

    part: int
    quantity: int


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    """Units of a line that come back: those named in `units`, or the first `quantity` that have not come back yet.

    With `parts` only these come back of a bundle's line: of each of the `units` so many as they say, or so many in all,
    of the first bundles that still have some.
    """

    line_id: str
    quantity: int = 0
    units: tuple[int, ...] = ()
    parts: tuple[ReturnedPart, ...] = ()


@dataclass(frozen=True, slots=True)
class Grant:
    """An amount with tax that is granted on a unit that the customer keeps; on none named, on all that are kept of the
    line, by what each can still be refunded. It lowers what those units can still be refunded.
    """

    line_id: str
    amount: int
    unit: int | None = None


class ShippingRefund(StrEnum):
    """What is refunded of shipping, where it is no amount."""

    BY_RULE = "by_rule"
    """What the channel's policy says, as it was at placement."""
    ALL = "all"
    """All that is left of it."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """What is to be refunded. `shipping` is an amount with tax, or one of the words; `fee` False waives the fee."""

    lines: tuple[ReturnedLine, ...] = ()
    grants: tuple[Grant, ...] = ()
    shipping: ShippingRefund | int = ShippingRefund.BY_RULE
    fee: bool = True


@dataclass(frozen=True, slots=True)
class Amounts:
    """`net + tax == gross`."""

    net: int = 0
    tax: int = 0

    @property
    def gross(self) -> int:
        """With tax."""
        return self.net + self.tax

    def times(self, count: int) -> Amounts:
        """The same of so many."""
        return Amounts(self.net * count, self.tax * count)

    def __add__(self, other: Amounts) -> Amounts:
        return Amounts(self.net + other.net, self.tax + other.tax)

    def __sub__(self, other: Amounts) -> Amounts:
        return Amounts(self.net - other.net, self.tax - other.tax)


NOTHING = Amounts()


@dataclass(frozen=True, slots=True)
class Span:
    """`count` units of a line in a row, from place `start` on; `granted` is what was granted on each of them."""

    start: int
    count: int
    granted: int = 0


@dataclass(frozen=True, slots=True)
class PartSpan:
    """`quantity` units of a part came back of each of `count` bundles in a row, from place `start` on, and `worth` is
    what those cost: never more than was left of the bundle.
    """

    start: int
    count: int
    part: int
    quantity: int
    worth: Amounts


@dataclass(frozen=True, slots=True)
class RefundFigure:
    """What a refund books of one line or charge: `returned` units, and `parts` of bundles, for what they cost, amounts
    `granted`, and the `deduction`: what units that stay earn less of the promotions that claw back, here or on other
    lines (negative), or what an earlier refund held back for that and this one releases. `total` is their sum.

    A bundle of which the last part came back is among `units`; what its parts were worth is not returned again.
    """

    kind: str
    figure_id: str
    rate_percent: str
    parts: tuple[str, ...]
    units: tuple[Span, ...] = ()
    grants: tuple[Span, ...] = ()
    parts_back: tuple[PartSpan, ...] = ()
    returned: Amounts = NOTHING
    granted: Amounts = NOTHING
    deduction: Amounts = NOTHING

    @property
    def total(self) -> Amounts:
        """What the line or charge adds to the refund."""
        return self.returned + self.granted + self.deduction


@dataclass(frozen=True, slots=True)
class ClawedBack:
    """A promotion that the kept units earn less of (or more): what it took off them at placement, and what now."""

    promotion_id: str
    version: int
    name: Name
    before: int
    now: int


@dataclass(frozen=True, slots=True)
class RefundBooking:
    """One refund: `refund` is what the customer gets back before the `fee`, `charge` what they are asked for instead,
    `carried` what later refunds of the order will be lower by. At most one of the three is not zero, but for the fee,
    which is a booking of its own and never more than the refund. All with tax.
    """

    figures: tuple[RefundFigure, ...]
    rates: tuple[RateFigure, ...]
    refund: int
    charge: int = 0
    carried: int = 0
    fee: int = 0
    clawed_back: tuple[ClawedBack, ...] = ()

    @property
    def payout(self) -> int:
        """What is to be paid to the customer."""
        return self.refund - self.fee
