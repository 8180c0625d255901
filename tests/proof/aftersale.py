"""Orders made by chance that are lived to the end and beyond: changed, sent back, claimed, exchanged, cancelled.

With them go books of the tests' own, kept from what was done and not from what the product says of it: what is on the
shelves, what the customer's cards and credit gave and got, and how often a coupon counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from ordo.aftersales.claiming import Remedies
from ordo.aftersales.deciding import DecideReturn, decide_return, may_decide
from ordo.aftersales.exchanging import has_left
from ordo.aftersales.model import AWAITED, Disposition, NewLine, Return
from ordo.aftersales.receiving import Desk, Receive, Received, Unannounced, receive
from ordo.aftersales.requesting import RequestReturn, Units, request_return
from ordo.catalog.coupons import takes_of
from ordo.catalog.return_policies import Condition, Outcome, ReturnPolicy, ReturnReason
from ordo.inventory.demand import demand_key
from ordo.inventory.model import MAIN, StockCounter, empty
from ordo.kernel.errors import OrdoError
from ordo.kernel.percent import percent
from ordo.orders.again import Again
from ordo.orders.changes import ProposeChange, apply_change, propose_change
from ordo.orders.due import settle_due
from ordo.orders.elsewhere import ElsewhereSearch
from ordo.orders.keys import CommandKey
from ordo.orders.model import Actor
from ordo.payments.credit_service import CreditProvider, CreditService
from ordo.payments.credit_store import InMemoryCreditStore
from ordo.payments.instruction import InstructionState
from ordo.payments.model import PaymentKind
from ordo.payments.moving import Mover
from ordo.payments.provider import PaymentProvider
from ordo.shipments.model import WORKABLE, FulfilmentState
from ordo.shipments.service import dispatch_fulfilment
from ordo.shipments.work import Dispatch
from tests.proof.changing import NODES, Life
from tests.support.money import MemoryProvider
from tests.support.orders import ORDER

ANA = Actor(type="staff", id="ana")
REASONS: tuple[ReturnReason, ...] = ("too_small", "not_liked", "damaged_on_arrival", "missing", "wrong_item")
FAULTS: tuple[ReturnReason, ...] = ("damaged_on_arrival", "missing", "wrong_item")
CUSTOMER, START_CREDIT, USES = "c-1", 7_000, 5


@dataclass
class AfterSale(Life):
    """One order, its returns, and its money, which a card provider and store credit in memory really move."""

    found: Counter[str] = field(default_factory=Counter)
    """What really happened, by kind."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._count_coupons()
        self.policy = ReturnPolicy(
            exclusions=(),
            window_days=400,
            advance=True,
            fee=self.r.random() < 0.5,
            deductions={"damaged": percent("40"), "used": percent("12.5")},
        )
        elsewhere = ElsewhereSearch(Again(self.shop, self.shop), self.sourcing, self.repository, asked=True)
        self.means = replace(self.means, elsewhere=elsewhere)
        self.remedies = Remedies(self.means)
        self.receiving = Desk(self.means.accounts, self.shelf)
        self.card = MemoryProvider(lambda: self.now)
        self.credit = CreditService(InMemoryCreditStore(), lambda: self.now, budget_s=0.5)
        self.mover = Mover(self.desk, self.provider, lambda _state, _now: ())
        self.currency = self.each.cart.currency
        self.restocked: Counter[tuple[str, str]] = Counter()
        self.told: Counter[PaymentKind] = Counter()
        """What the storefront reported, by kind, in minor units."""
        self.counted: dict[str, Counter[str]] = {}
        """By return: units that were counted, by line or part."""
        self.good: dict[str, Counter[str]] = {}
        """Of them those that were accepted."""
        self.paid_for: set[str] = set()
        """Returns that somebody settled for money, whatever was wanted."""
        self.credit_wanted: dict[str, int | None] = {}
        """By return: so much of its refund at most as credit (None: all of it)."""

    def _count_coupons(self) -> None:
        """Every code has so many uses, each customer fewer; some are given back with a cancel, some are not."""
        coupons = {
            code: replace(
                each, total_limit=USES, per_customer_limit=USES - 1, buckets=1, give_back=self.r.random() < 0.7
            )
            for code, each in self.each.shop.coupons.items()
        }
        self.each = self.shop.each = replace(self.each, shop=replace(self.each.shop, coupons=coupons))
        for code in coupons:
            self.repository.uses.change_limit(code, {0: USES})

    def shelf(self, sku: str, node: str) -> list[StockCounter]:
        key = (sku, node, MAIN)
        return [self.repository.counters.get(key) or empty(key)]

    def provider(self, name: str) -> PaymentProvider:
        return CreditProvider(self.credit) if name == "store_credit" else self.card

    # ------------------------------------------------------------------ the beginning
    def begin(self) -> None:
        """Placed with a card, with credit and a card, or with what the storefront reports; what there was is kept."""
        self.credit.grant(CUSTOMER, self.currency, START_CREDIT, key="start")
        total, card = self.each.priced.totals.total, {"tender_id": "tnd_1", "provider": "stripe", "method": "pm"}
        credit = {"tender_id": "tnd_2", "provider": "store_credit", "amount": min(START_CREDIT, total // 2)}
        ways: tuple[list[dict[str, Any]], ...] = ([], [card], [card], [credit, card], [credit, card])
        tenders = self.r.choice(ways) if total > 1 else []
        self.tendered = bool(tenders)
        self.place({"tenders": tenders, "parts": []} if tenders else None)
        self.at_first = {key[:2]: each.on_hand + 0 for key, each in self.repository.counters.items()}
        self.uses_at_first = dict(+Counter(self.repository.uses.used))
        if self.tendered:
            self.move(well=self.r.random() < 0.9)
        else:
            self.report(PaymentKind.CAPTURED, total) if total and self.r.random() < 0.9 else self.pay()
        if self.r.random() < 0.75:
            self.arrive()

    def arrive(self) -> None:
        """All that may leave is with the customer."""
        for each in list(self.state.fulfilments.values()):
            if each.state in WORKABLE and self.state.header.released_at and not self.state.header.holds:
                number = self.new_id("T")
                sent = Dispatch(each.fulfilment_id, "generic", "wms", number)
                with suppress(OrdoError):  # an exchange waits for its old goods, or for its money
                    dispatch_fulfilment(self.desk, self.store, sent, lambda _: True)
                    self.deliver(number)

    def report(self, kind: PaymentKind, amount: int) -> None:
        """The storefront tells what it took or gave back itself."""
        super().report(kind, amount)
        self.told[kind] += amount

    # ------------------------------------------------------------------ one step
    def step(self) -> None:
        """Something happens, or is refused."""
        todo: list[Callable[[], None]] = [
            *(self.work, self.arrive, self.arrive, self.change, self.change, self.ask, self.ask, self.ask),
            *(self.decide, self.decide, self.decide, *[self.count] * 5, self.drop_in, self.days),
        ]
        todo.append(self.move if self.tendered else self.r.choice((self.pay, self.refund)))
        act = self.r.choice(todo)
        try:
            act()
        except OrdoError as refused:
            if refused.code.status >= 500:
                raise
            self.found[f"refused {act.__name__}"] += 1

    def move(self, *, well: bool = False) -> None:
        """The worker looks at the order; a provider may decline, be deaf, or lose its answer."""
        if not well:
            self.card.moods.extend(self.r.choices(("ok", "ok", "ok", "decline", "deaf", "lost"), k=2))
        asked = [each.instruction_id for each in self.state.instructions.values() if each.is_open]
        self.mover.move(ORDER, asked)
        self.card.moods.clear()

    def days(self) -> None:
        """Time goes by, and the watcher looks."""
        self.now += timedelta(days=self.r.choice((0, 1, 4, 16, 23)), minutes=31)
        settle_due(self.desk, ORDER)

    def change(self) -> None:
        kind = self.r.choice((*["cancel"] * 4, *["cancel_units"] * 4, "edit", "edit", "goodwill", "price_adjustment"))
        lines = [each for each in self.state.lines if each.gift_of is None]
        line = self.r.choice(lines)
        units = [{"line_id": line.line_id, "quantity": self.r.randint(1, line.quantity)}]
        sku = self.r.choice([each for each in sorted(self.each.shop.products) if each.startswith("S")])
        terms: dict[str, dict[str, Any]] = {
            "cancel": {},
            "cancel_units": {"lines": units},
            "edit": {"operations": [{"op": "add_line", "sku": sku, "quantity": self.r.randint(1, 2)}]},
            "goodwill": {"amount": self.r.randint(1, 500)},
            "price_adjustment": {"grants": [{"line_id": line.line_id, "amount": self.r.randint(1, 300)}]},
        }
        command = ProposeChange(self.new_id("chg"), kind, "staff", "why", None, None, terms[kind])  # type: ignore[arg-type]
        key = CommandKey("shop", command.change_id, ORDER, "h")
        change = propose_change(self.desk, ORDER, command, key, self.means, actor=ANA)
        apply_change(self.desk, ORDER, change.change_id, self.means, actor=ANA)
        self.found[kind] += 1

    def ask(self) -> None:
        line = self.r.choice(self.state.lines)
        claim = self.r.random() < 0.25
        outcome = self.r.choice(_CLAIMED if claim else _OUTCOMES)
        new = (NewLine(sku=self.r.choice([one.sku for one in self.state.lines]), quantity=self.r.randint(1, 2)),)
        exchange = outcome == "exchange"
        command = RequestReturn(
            (Units(line.line_id, self.r.randint(1, line.quantity)),),
            self.r.choice(FAULTS if claim else REASONS),
            outcome,
            self.policy,
            without_goods=claim,
            reship=claim and self.r.random() < 0.4,
            exchange=new if exchange else (),
            advance=exchange and self.r.random() < 0.7,
            store_credit=self.r.choice((0, 0, 150, 900)) if outcome in ("refund", "exchange") else 0,
        )
        self.desk.change(ORDER, request_return(command), actor=ANA)
        name = list(self.state.returns)[-1]
        self.credit_wanted[name] = None if outcome == "store_credit" else command.store_credit
        self.found["claim" if claim else f"asked for {outcome}"] += 1

    def decide(self) -> None:
        able = [(each, may_decide(each)) for each in self.state.returns.values() if may_decide(each)]
        if not able:
            return
        chosen, may = self.r.choice(able)
        decided = may[0] if chosen.state == "requested" and self.r.random() < 0.8 else self.r.choice(may)
        if chosen.state == "approved" and chosen.exchange and chosen.exchange.advance:
            if not has_left(self.state, chosen):
                return  # its new goods are to leave first
            decided = "give_up"
        self.desk.change(ORDER, decide_return(DecideReturn(chosen.return_id, decided, "ana"), self.remedies), actor=ANA)
        self.found[f"{decided} {'claim' if chosen.without_goods else 'return'}"] += 1
        if decided == "settle":
            self.paid_for.add(chosen.return_id)

    def count(self) -> None:
        """A node counts some of what was announced; what is good is on its shelf from then on."""
        coming = [each for each in self.state.returns.values() if each.state in AWAITED and not each.without_goods]
        if self.r.random() < 0.7:  # who has the new goods already is in no hurry with the old ones
            coming = [each for each in coming if each.exchange is None or not each.exchange.advance]
        if coming:
            self._receive(self.r.choice(coming))

    def drop_in(self) -> None:
        """Goods come that nobody announced."""
        if self.r.random() < 0.3:
            self._receive(None)

    def _receive(self, found: Return | None) -> None:
        node = self.r.choice(NODES)
        known = [(each.line_id, each.part, each.quantity) for each in found.lines] if found else []
        whole = [(each.line_id, None, each.quantity) for each in self.state.lines if not each.parts]
        line_id, part, most = self.r.choice(known or whole)
        conditions: tuple[Condition, ...] = ("as_new", "as_new", "damaged", "used")
        places: tuple[Disposition, ...] = ("restock", "restock", "scrap", "quarantine")
        unit = Received(
            self.r.randint(1, most),
            self.r.choice(conditions),
            self.r.choice(places),
            line_id,
            part,
            accepted=self.r.random() < 0.9,
            deduction=self.r.choice((0, 0, 0, 70)),
        )
        policy = Unannounced(self.policy, {}) if found is None else None
        complete = self.r.random() < 0.4
        command = Receive(found.return_id if found else None, node, (unit,), complete, "wms", policy)
        self.desk.change(ORDER, receive(command, self.receiving), actor=ANA)
        name, key = found.return_id if found else list(self.state.returns)[-1], demand_key(line_id, part)
        self.counted.setdefault(name, Counter())[key] += unit.quantity
        self.good.setdefault(name, Counter())[key] += unit.quantity * unit.accepted
        if unit.disposition == "restock":
            self.restocked[self._stock_sku(line_id, part), node] += unit.quantity
        self.found["received" if found else "dropped in"] += 1

    def _stock_sku(self, line_id: str, part: int | None) -> str:
        line = next(each for each in self.state.lines if each.line_id == line_id)
        return line.stock_sku if part is None else line.parts[part].stock_sku

    # ------------------------------------------------------------------ the books
    def on_hand(self) -> dict[tuple[str, str], int]:
        """What is on the shelves, by what left them and what was put back."""
        there = Counter(self.at_first)
        for each in self.state.fulfilments.values():
            if each.state is FulfilmentState.DISPATCHED:
                for line in each.lines:
                    there[line.sku, each.node_id] -= line.quantity
        there.update(self.restocked)
        return dict(there)

    def uses(self) -> dict[tuple[str, str], int]:
        """How often coupons count: once while the order stands, and of one that was cancelled as their terms say."""
        if self.state.header.status != "cancelled":
            return self.uses_at_first
        coupons = self.each.shop.coupons
        takes = takes_of(self.each.priced.coupons_used, coupons, CUSTOMER)
        kept = {each.code for each in takes if not each.give_back}
        return {(code, who): used for (code, who), used in self.uses_at_first.items() if code in kept}

    def paid_and_got(self) -> tuple[int, int]:
        """What the customer's cards and credit gave for the order, and what they got back, as those say who hold it;
        what the storefront moved, as it said.
        """
        cards = self.card.payments.values()
        own = [each for each in self.entries() if each.order_id == ORDER]
        spent = sum(-each.amount for each in own if each.amount < 0)
        back = sum(each.amount for each in own if each.amount > 0)
        paid = sum(each.captured for each in cards) + spent + self.told[PaymentKind.CAPTURED]
        return paid, sum(each.refunded for each in cards) + back + self.told[PaymentKind.REFUNDED]

    def entries(self) -> list[Any]:
        """The ledger of the customer's credit."""
        return list(self.credit.store.entries(CUSTOMER, self.currency, 10_000).entries)

    def settle(self) -> None:
        """Nothing goes wrong any more, until nothing moves; a storefront pays back what it is asked for."""
        for _ in range(6):
            self.move(well=True)
            if not self.tendered:
                self.refund()
            self.now += timedelta(hours=25)
            settle_due(self.desk, ORDER)

    @property
    def failed(self) -> bool:
        """Whether some movement was refused for good, which people see to."""
        return any(each.state is InstructionState.FAILED for each in self.state.instructions.values())


_OUTCOMES: tuple[Outcome, ...] = ("refund", "refund", "exchange", "exchange", "exchange", "store_credit", "repair")
_CLAIMED: tuple[Outcome, ...] = ("refund", "refund", "store_credit")
