"""What a change must come to, by oracles: every unit that is kept priced from scratch, what is added priced long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ordo.catalog.rewards import GiftReward
from ordo.kernel.percent import percent
from ordo.orders.addition import OrderAddition
from ordo.pricing.model import Buyer, Cart, CartLine
from ordo.pricing.refund_model import Grant, Purchase, RefundRequest, ReturnedLine, ShippingRefund
from tests.proof.changing import FEES, Life
from tests.proof.oracle_order import price_long
from tests.proof.oracle_units import shared_within
from tests.proof.returning import Customer

Amounts = list[tuple[str, int]]
"""(kind, amount) of postings, in order."""


@dataclass
class Books:
    """All sets of lines of an order, with what is kept of each, and what was paid back for it."""

    life: Life
    sets: dict[str, Customer] = field(default_factory=dict)
    booked: dict[str, int] = field(default_factory=dict)
    """By set, what its price is lower by."""

    def __post_init__(self) -> None:
        self.open("", self.life.each.purchase())

    def open(self, name: str, purchase: Purchase) -> None:
        self.sets[name], self.booked[name] = Customer(purchase), 0

    def of(self, line_id: str) -> str:
        return next(name for name, each in self.sets.items() if line_id in each.kept)

    def kept(self, line_id: str) -> int:
        return len(self.sets[self.of(line_id)].kept[line_id])

    def left(self, line_id: str) -> int:
        """What the kept units of a line can still be refunded."""
        customer = self.sets[self.of(line_id)]
        return sum(customer.left(f"line/{line_id}", unit) for unit in customer.kept[line_id])

    def lines(self) -> list[str]:
        return [line_id for each in self.sets.values() for line_id in each.kept]

    def keeps_goods(self) -> bool:
        return any(
            each.kept[line.line_id]
            for each in self.sets.values()
            for line in each.purchase.priced.lines
            if line.gift_of is None
        )

    def take(self, request: RefundRequest) -> tuple[dict[str, int], int]:
        """What each set's price falls by (a shortfall is negative), and what the units that went had cost."""
        found: dict[str, int] = {}
        goods = 0
        for name, customer in self.sets.items():
            lines = tuple(each for each in request.lines if each.line_id in customer.kept)
            grants = tuple(each for each in request.grants if each.line_id in customer.kept)
            shipping = request.shipping if name == "" else ShippingRefund.NONE
            if not lines and not grants and (name or shipping is ShippingRefund.NONE):
                continue
            goods += sum(customer._take_back(each) for each in lines)
            for grant in grants:
                customer._grant(f"line/{grant.line_id}", grant)
            found[name] = 0 if shipping is ShippingRefund.NONE else 1
        self._shipping(request, found)
        return {name: self._fall(name) for name in found}, goods

    def _shipping(self, request: RefundRequest, found: dict[str, int]) -> None:
        """Charges go back with all that was placed, by the rule of placement; additions count as kept goods."""
        customer = self.sets[""]
        if isinstance(request.shipping, int):
            customer._take_shipping(RefundRequest(shipping=request.shipping))
            return
        rule = customer.purchase.priced.return_shipping
        mine = any(each.line_id in customer.kept for each in request.lines)
        full = rule == "full_return" and request.lines and not self.keeps_goods()
        by_rule = (rule == "always" and mine) or full
        if request.shipping is ShippingRefund.ALL or (request.shipping is ShippingRefund.BY_RULE and by_rule):
            customer.charges.clear()
            found.setdefault("", 1)

    def _fall(self, name: str) -> int:
        customer = self.sets[name]
        price = sum(net + tax for net, tax in customer.price_of_kept().values())
        paid = sum(customer.gross[each] for each in customer.gross)
        return paid - self.booked[name] - price

    def settle(self, name: str, fall: int, amount: int) -> None:
        """A set's price has fallen by `fall`; booked was `amount` (negative: less). Shortfalls are carried or asked."""
        if fall >= 0:
            assert amount == -fall, (self.life.number, name, fall, amount)
        else:
            policies = {"claw_back": {0}, "claw_back_charge": {-fall}}
            allowed = policies.get(self.life.each.policy, {0, -fall})
            assert amount in allowed or amount == 0, (self.life.number, name, fall, amount)
        self.booked[name] -= amount

    # ------------------------------------------------------------------ what changes ask for
    def add(self, lines: list[CartLine]) -> int:
        """What these lines cost now, without shipping and gifts."""
        each = self.life.each
        free = replace(self.life.shop.channel, shipping={}, shipping_methods=(), surcharges=())
        earned = tuple(one for one in each.shop.promotions if not isinstance(one.reward, GiftReward))
        buyer = Buyer("c-1", each.priced.segment, False)
        cart = Cart(channel="web", currency=each.cart.currency, lines=tuple(lines), buyer=buyer, country=SHIP_COUNTRY)
        answer = price_long(cart, replace(each.shop, channel=free, promotions=earned), self.life.now)
        assert not answer.gifts
        return sum(unit.gross for line in answer.lines for unit in line)

    def know(self, addition: OrderAddition) -> None:
        """A further set of lines; from here on it is kept, and refunded, by its own price."""
        versions = {(each.promotion_id, each.version): each for each in self.life.each.shop.promotions}
        self.open(addition.order_addition_id, Purchase(addition.cart, versions))

    def spread(self, amount: int) -> tuple[Grant, ...]:
        """An amount on all lines, by what each can still be refunded."""
        lines = [line_id for line_id in self.lines() if self.left(line_id) > 0]
        left = [self.left(line_id) for line_id in lines]
        shares = shared_within(amount, left, left)
        return tuple(Grant(line_id, share) for line_id, share in zip(lines, shares, strict=True) if share)

    def fee(self, status: str, ended: int, added: int) -> int:
        """By the channel's table, before it is held to what goes back."""
        if not self.life.shop.changes["cancellation_fees"]:
            return 0
        rate = {each["stage"]: each["percent"] for each in FEES}.get(status, "33.3")
        return percent(rate).of(max(0, ended - added))


SHIP_COUNTRY = "CN"


def request_of(lines: Mapping[str, int], shipping: Any = ShippingRefund.NONE) -> RefundRequest:
    """So many units of lines go."""
    return RefundRequest(tuple(ReturnedLine(line_id, count) for line_id, count in lines.items()), shipping=shipping)
