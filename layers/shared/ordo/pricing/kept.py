"""What the units that a customer keeps cost, by the promotions of placement that they still earn. Pure.

Promotions are applied again in the order of placement. One that keeps (or forbids) takes just the shares that it gave;
one that claws back is asked anew for the units that are there, in its version of placement: it may give less, a lower
tier, or nothing. No promotion is asked that did not apply. Units whose price stays as it was keep their tax; of those
that changed, tax is worked out again for each line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ordo.catalog.promotions import OnReturn, Promotion
from ordo.catalog.rewards import GiftReward, OverrideReward
from ordo.catalog.taxes import Rate, TaxMode, TaxRounding
from ordo.kernel.money import Spare
from ordo.kernel.percent import percent
from ordo.pricing.basket import Basket
from ordo.pricing.budget import Budget
from ordo.pricing.lines import Item, Matcher, Run, State
from ordo.pricing.model import AppliedPromotion, Charge, PricedCart, PricedLine
from ordo.pricing.offers import offer
from ordo.pricing.refund_model import NOTHING, Amounts, ClawedBack, Purchase
from ordo.pricing.returned import LINE, Ledger, Name, kept_counts
from ordo.pricing.tax import Taxable, tax_lines, tax_on


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept costs, by line and charge, less what was granted on it; and what each claw-back gives of it."""

    prices: Mapping[Name, Amounts]
    clawed_back: tuple[ClawedBack, ...]

    def price_of(self, name: Name) -> Amounts:
        """Of one line or charge."""
        return self.prices.get(name, NOTHING)


def price_kept(purchase: Purchase, ledger: Ledger, budget: Budget | None = None) -> Kept:
    """The price of all that did not come back. `budget` bounds what asking claw-backs may cost (None: anything); over
    it `TooMuchToPrice` is raised.
    """
    priced = purchase.priced
    claws = _claw_backs(purchase)
    pieces: Mapping[str, Pieces] = {}
    shipping: int | None = None
    clawed: tuple[ClawedBack, ...] = ()
    if claws:
        pieces, shipping, clawed = _Again(purchase, ledger, claws, budget).run()
    prices: dict[Name, Amounts] = {}
    for line in priced.lines:
        name = (LINE, line.line_id)
        prices[name] = _less_grants(_line_price(priced, line, ledger, pieces.get(line.line_id)), ledger, name)
    for charge in priced.shipping.charges:
        name = (charge.kind, charge.charge_id)
        if _keeps(ledger, name):
            price = _charge_price(priced, charge, shipping if charge.kind == SHIPPING else None)
            prices[name] = _less_grants(price, ledger, name)
    return Kept(prices, clawed)


def items_of(purchase: Purchase) -> list[Item]:
    """The lines as promotions of the cart saw them at placement; gifts are none of them."""
    return [_item(purchase, line, line.quantity) for line in purchase.priced.lines if line.gift_of is None]


def _item(purchase: Purchase, line: PricedLine, quantity: int) -> Item:
    overridden = _override_share(purchase, line)
    return Item(
        line.line_id,
        line.sku,
        line.stock_sku,
        line.price - overridden,
        quantity,
        line.minimum_price,
        line.categories,
        line.on_sale or overridden > 0,
    )


def _override_share(purchase: Purchase, line: PricedLine) -> int:
    """What overrides of the catalogue took off each unit: the first shares, and the same for all."""
    return sum(
        line.runs[0].shares[place]
        for place, each in enumerate(line.adjustments)
        if _is_override(purchase.promotions.get((each.promotion_id, each.version)))
    )


def _is_override(promotion: Promotion | None) -> bool:
    return promotion is not None and isinstance(promotion.reward, OverrideReward)


def _claw_backs(purchase: Purchase) -> dict[str, Promotion]:
    """Those of the promotions that claw back, by id."""
    applied = ((each.promotion_id, each.version) for each in purchase.priced.trace.applied)
    found = (purchase.promotions[each] for each in applied if each in purchase.promotions)
    return {
        each.promotion_id: each for each in found if each.returns.kind is OnReturn.CLAW_BACK and not _is_override(each)
    }


Pieces = list[tuple[int, int, int]]
"""`(count, run, left)`: so many kept units of one run of the line, and what is left to pay for each."""

SHIPPING = "shipping"


class _Again:
    """The kept units, priced again."""

    def __init__(
        self, purchase: Purchase, ledger: Ledger, claws: Mapping[str, Promotion], budget: Budget | None
    ) -> None:
        self._purchase, self._ledger, self._claws = purchase, ledger, claws
        priced = purchase.priced
        self._lines = [line for line in priced.lines if line.gift_of is None and ledger.kept_units(line.line_id)]
        self._gifts = [line for line in priced.lines if line.gift_of is not None]
        self._charge = next((each for each in priced.shipping.charges if each.kind == SHIPPING), None)
        items = [_item(purchase, line, ledger.kept_units(line.line_id)) for line in self._lines]
        kept = self._charge is not None and _keeps(ledger, (SHIPPING, self._charge.charge_id))
        shipping = self._charge.price if self._charge is not None and kept else 0
        self._basket = Basket(
            items,
            Matcher(items, priced.currency),
            priced.currency,
            shipping,
            priced.shipping.method,
            lambda reward: (reward.sku, ""),
            Spare(priced.spare),
            budget=budget,
        )
        self._state = State.of(items, shipping)
        for place, (line, item) in enumerate(zip(self._lines, items, strict=True)):
            units = ledger.units((LINE, line.line_id))
            self._state.runs[place] = tuple((count, item.price, "", (run,)) for run, count in kept_counts(units))
        self._free_gifts: dict[str, int] = {}

    def run(self) -> tuple[dict[str, Pieces], int, tuple[ClawedBack, ...]]:
        """The pieces of each line that has kept units, what is left of shipping, and what each claw-back gives."""
        clawed = []
        for applied in self._purchase.priced.trace.applied:
            promotion = self._claws.get(applied.promotion_id)
            if promotion is None:
                self._keep(applied)
            else:
                before = self._value_before(applied)
                clawed.append(
                    ClawedBack(applied.promotion_id, applied.version, applied.name, before, self._ask(promotion))
                )
        pieces: dict[str, Pieces] = {
            line.line_id: [(count, shares[0], left) for count, left, _, shares in self._state.runs[place]]
            for place, line in enumerate(self._lines)
        }
        for gift in self._gifts:
            pieces[gift.line_id] = self._gift_pieces(gift)
        return pieces, self._state.left[self._basket.shipping_place], tuple(clawed)

    def _keep(self, applied: AppliedPromotion) -> None:
        """The shares of placement, and the units that it used up; of a unit to which a claw-back gives more now, only
        what leaves its lowest price.
        """
        promotion_id = applied.promotion_id
        if _is_override(self._purchase.promotions.get((promotion_id, applied.version))):
            return  # in the item's price already
        state = self._state
        for place, line in enumerate(self._lines):
            number = _place_of(line, promotion_id)
            runs: list[Run] = []
            for count, left, used_by, shares in state.runs[place]:
                bought = line.runs[shares[0]]
                share = 0 if number is None else min(bought.shares[number], max(0, left - line.minimum_price))
                gone = used_by or (promotion_id if bought.used_by == promotion_id else "")
                state.consumed = state.consumed or bool(gone)
                state.left[place] -= count * share
                runs.append((count, left - share, gone, shares))
            state.runs[place] = tuple(runs)
        if self._charge is not None and self._basket.shipping:
            place = self._basket.shipping_place
            off = sum(each.amount for each in self._charge.adjustments if each.promotion_id == promotion_id)
            state.left[place] -= min(off, state.left[place])
            state.runs[place] = ((1, state.left[place], "", ()),)

    def _ask(self, promotion: Promotion) -> int:
        """What the promotion gives on the kept units; it is booked."""
        found = offer(promotion, self._basket, self._state)
        for changed in found.changed:
            self._state.runs[changed.place] = changed.runs
            self._state.left[changed.place] -= changed.amount
        self._state.consumed = self._state.consumed or (promotion.consumes and bool(found.changed))
        if not isinstance(promotion.reward, GiftReward):
            return found.amount
        earned = found.gift[1] if found.gift else 0
        for gift in self._gifts:
            if gift.gift_of == promotion.promotion_id:
                self._free_gifts[gift.line_id] = min(earned, self._ledger.kept_units(gift.line_id))
                return self._free_gifts[gift.line_id] * gift.price
        return 0

    def _value_before(self, applied: AppliedPromotion) -> int:
        """What it took off the kept units at placement."""
        value = 0
        for line in (*self._lines, *self._gifts):
            number = _place_of(line, applied.promotion_id)
            if number is not None:
                counts = kept_counts(self._ledger.units((LINE, line.line_id)))
                value += sum(count * line.runs[run].shares[number] for run, count in counts)
        if self._charge is not None and self._basket.shipping:
            value += sum(each.amount for each in self._charge.adjustments if each.promotion_id == applied.promotion_id)
        return value

    def _gift_pieces(self, gift: PricedLine) -> Pieces:
        kept = self._ledger.kept_units(gift.line_id)
        free = self._free_gifts.get(gift.line_id, kept)
        return [(count, 0, left) for count, left in ((free, 0), (kept - free, gift.price)) if count]


def _place_of(line: PricedLine, promotion_id: str) -> int | None:
    """Which of the line's adjustments is the promotion's."""
    return next((place for place, each in enumerate(line.adjustments) if each.promotion_id == promotion_id), None)


def _keeps(ledger: Ledger, name: Name) -> bool:
    return next(ledger.units(name).kept(), None) is not None


def _line_price(priced: PricedCart, line: PricedLine, ledger: Ledger, pieces: Pieces | None) -> Amounts:
    """What the kept units of a line cost: as they did, or again where `pieces` say so."""
    if pieces is None:
        counts = kept_counts(ledger.units((LINE, line.line_id)))
        return Amounts(
            sum(count * line.runs[run].net for run, count in counts),
            sum(count * line.runs[run].tax for run, count in counts),
        )
    same, changed = NOTHING, []
    for count, run, left in pieces:
        bought = line.runs[run]
        if left == line.price - bought.discount:
            same += Amounts(count * bought.net, count * bought.tax)
        else:
            changed.append((count, left))
    rate = Rate(percent(line.tax_rate_percent), line.tax_parts)
    return same + _taxed(changed, rate, TaxMode(priced.tax_mode), TaxRounding(priced.tax_rounding))


def _taxed(runs: Sequence[tuple[int, int]], rate: Rate, mode: TaxMode, rounding: TaxRounding) -> Amounts:
    if not runs:
        return NOTHING
    taxes = tax_lines([Taxable(runs, rate)], mode, rounding)[0]
    tax = sum(count * each for parts in taxes for count, each in parts)
    amount = sum(count * left for count, left in runs)
    return Amounts(amount - tax if mode is TaxMode.INCLUSIVE else amount, tax)


def _charge_price(priced: PricedCart, charge: Charge, left: int | None) -> Amounts:
    if left is None or left == charge.price - sum(each.amount for each in charge.adjustments):
        return Amounts(charge.net, charge.tax)
    mode = TaxMode(priced.shipping_tax_mode or priced.tax_mode)
    tax = tax_on(left, Rate(percent(charge.tax_rate_percent), charge.tax_parts), mode)
    return Amounts(left - tax if mode is TaxMode.INCLUSIVE else left, tax)


def _less_grants(price: Amounts, ledger: Ledger, name: Name) -> Amounts:
    """A unit on which an amount was granted, or of which parts came back, is worth that much less to the customer;
    never less than nothing.
    """
    units = ledger.units(name)
    granted = sum(each.count * each.granted for each in units.kept())
    parts = sum((each.parts_worth.times(each.count) for each in units.kept() if each.parts), NOTHING)
    if not granted and parts == NOTHING:
        return price
    return price - units.grant_amounts(granted) - parts if granted + parts.gross < price.gross else NOTHING
