"""After any sequence of changes, returns, claims, exchanges and cancels: stock, coupons, store credit and money add up,
and nobody gets back more than was paid, or twice for the same unit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from ordo.aftersales.model import Return
from ordo.shipments.model import ENDED, FulfilmentState
from tests.proof.aftersale import CUSTOMER, START_CREDIT, USES, AfterSale
from tests.proof.conftest import SHARE_OF
from tests.proof.orders import FULL
from tests.proof.test_changes import reserved_for_work

pytestmark = pytest.mark.timeout(3600)
COUNT = 5_000 if FULL else 250
STEPS = 30
LEAST = {
    "received": 0.5,
    "asked for exchange": 0.2,
    "asked for store_credit": 0.1,
    "approve claim": 0.1,
    "dropped in": 0.1,
    "give_up return": 0.04,
    "cancel_units": 0.05,
    "edit": 0.1,
    "cancel": 0.03,
    "goodwill": 0.1,
    "claim": 0.3,
    "with a coupon": 0.08,
    "refunded": 0.2,
    "credit given": 0.05,
    "exchange left": 0.03,
    "charged for new goods": 0.015,
}
"""How often, at least, each really happens in a life; a sample without is no proof."""


def test_everything_adds_up_after_any_sequence(record_property: Callable[[str, object], None]) -> None:
    found: Counter[str] = Counter()
    for number in range(COUNT):
        life = AfterSale(number)
        life.begin()
        for _ in range(STEPS):
            life.step()
            check(life)
        life.settle()
        check(life)
        settled(life)
        _count(life)
        found += life.found
    for kind in sorted(found):
        record_property(f"{SHARE_OF}{kind}", f"{found[kind] / COUNT:.1%} of {COUNT} orders")
    assert {kind: found[kind] for kind, share in LEAST.items() if found[kind] < share * COUNT} == {}, found


def check(life: AfterSale) -> None:
    """What must hold at any time."""
    reserved_for_work(life)
    raw, state = life.repository, life.state
    assert {key[:2]: each.on_hand for key, each in raw.counters.items()} == life.on_hand(), life.number
    _lines_once(life)
    _units_once(life)
    _returns(life)
    paid, got = life.paid_and_got()
    assert got <= paid, (life.number, paid, got)
    for each in life.card.payments.values():
        assert each.refunded <= each.captured <= each.authorised
    assert not [each.error for each in state.instructions.values() if each.error == "charge_already_refunded"]
    _credit(life)
    assert +Counter(raw.uses.used) == Counter(life.uses()), life.number
    taken = Counter({code: used for (code, _), used in life.uses().items()})
    assert {code: USES - left for (code, _), left in raw.uses.left.items() if left < USES} == dict(taken), life.number
    units, funds = state.header.units, state.header.funds
    assert units.started >= units.dispatched >= units.delivered >= 0, life.number
    assert state.header.owed >= 0, life.number
    assert funds.refunded + funds.refund_due <= funds.captured, life.number


def _lines_once(life: AfterSale) -> None:
    """No line, and no charge, gives back more than it cost."""
    state = life.state
    cost = {("line", each.line_id): sum(run.gross * run.count for run in each.runs) for each in state.lines}
    back: Counter[tuple[str, str]] = Counter()
    for posting in state.postings.values():
        for figure in (posting.booking or {}).get("figures", ()):
            for what in ("returned", "granted"):
                back[figure["kind"], figure["figure_id"]] += figure.get(what, {}).get("gross", 0)
    for key, amount in back.items():
        if key in cost:
            assert amount <= cost[key], (life.number, key, amount, cost[key])


def _units_once(life: AfterSale) -> None:
    """No more units come back than were sold; what is paid for is what was cancelled, claimed, or counted as good."""
    state = life.state
    came: Counter[str] = Counter()
    for counted in life.counted.values():
        came += counted
    for line in state.lines:
        parts = [(f"{line.line_id}#{place}", part.quantity) for place, part in enumerate(line.parts)]
        for key, of_each in parts or [(line.line_id, 1)]:
            assert came[key] <= line.quantity * of_each, (life.number, key)
    booked: Counter[str] = Counter()
    for posting in state.postings.values():
        if posting.kind in ("returned", "claim"):
            for figure in (posting.booking or {}).get("figures", ()):
                booked[figure["figure_id"]] += sum(span["count"] for span in figure.get("units", ()))
    due = _to_be_paid(life)
    for line in state.lines:
        if not line.parts:
            assert booked[line.line_id] == due[line.line_id], (life.number, line.line_id, booked, due)


def _to_be_paid(life: AfterSale) -> Counter[str]:
    """Units by line that customers are to have something for, since they came back, or never did what they should."""
    due: Counter[str] = Counter()
    for each in life.state.returns.values():
        if each.without_goods:
            if each.state == "settled" and not each.reship:
                due.update({line.key: line.quantity for line in each.lines})
        elif each.outcome != "repair":
            if each.decided_at and each.state != "ended":
                due += life.good.get(each.return_id, Counter())
        elif each.return_id in life.paid_for:
            due += life.good.get(each.return_id, Counter())
    return due


def _returns(life: AfterSale) -> None:
    """What a return says of money is what was booked for it; an exchange is even in the end but for its goods."""
    state, credit = life.state, 0
    for each in state.returns.values():
        own = [posting for posting in state.postings.values() if posting.source == each.return_id]
        by_kind: Counter[str] = Counter()
        for posting in own:
            by_kind[posting.kind] += posting.amount
        back = sum(max(0, -posting.amount) for posting in own if posting.kind in ("returned", "claim"))
        got = back - by_kind["fee"]  # where promotions claw back more than the goods cost, nothing is paid out
        assert got == each.refunded, (life.number, each.return_id, got, each.refunded)
        most = life.credit_wanted.get(each.return_id, 0)
        credit += each.refunded if most is None else min(most, each.refunded)
        if not each.is_open:
            assert by_kind["exchange"] + by_kind["charge"] == 0, (life.number, each.return_id, by_kind)
        _works(life, each)
    granted = sum(each.amount for each in life.entries() if each.kind == "grant" and each.order_id)
    assert granted <= credit, (life.number, granted, credit)


def _works(life: AfterSale, found: Return) -> None:
    """New goods leave when the old ones are back, or in advance; of an exchange that came to nothing none are left."""
    if found.exchange is None or found.exchange.advance:
        return
    works = [life.state.fulfilments[name] for name in found.exchange.fulfilment_ids]
    if found.state != "settled":
        assert not [each for each in works if each.state is FulfilmentState.DISPATCHED], (life.number, found.return_id)
    if found.state == "ended":
        assert {each.state for each in works} <= {*ENDED}, (life.number, found.return_id)


def _credit(life: AfterSale) -> None:
    entries = life.entries()
    balance = sum(each.amount for each in entries)
    account = life.credit.store.load(CUSTOMER, life.currency)
    assert balance == sum(each.left for each in account.grants) >= 0
    spent = sum(-each.amount for each in entries if each.kind == "spend")
    back = sum(each.amount for each in entries if each.kind == "return")
    assert back <= spent <= START_CREDIT + sum(each.amount for each in entries if each.amount > 0)


def settled(life: AfterSale) -> None:
    """Nothing is left half: all that was asked for has ended, and the order knows what really moved."""
    header = life.state.header
    assert [each for each in life.state.instructions.values() if each.is_open] == [], life.number
    paid, got = life.paid_and_got()
    assert (header.funds.captured, header.funds.refunded) == (paid, got), life.number
    if not life.failed:
        assert (header.funds.refund_due, max(0, paid - got - header.owed)) == (0, 0), life.number


def _count(life: AfterSale) -> None:
    new = {name for each in life.state.returns.values() if each.exchange for name in each.exchange.fulfilment_ids}
    works = life.state.fulfilments
    life.found["exchange left"] += any(works[name].state is FulfilmentState.DISPATCHED for name in new)
    ended = [each.exchange for each in life.state.returns.values() if each.state == "ended" and each.exchange]
    gone = {name for each in ended for name in each.fulfilment_ids}
    life.found["charged for new goods"] += any(works[name].state is FulfilmentState.DISPATCHED for name in gone)
    life.found["refunded"] += life.paid_and_got()[1] > 0
    life.found["credit given"] += any(each.kind == "grant" and each.order_id for each in life.entries())
    life.found["with a coupon"] += any(life.uses_at_first.values())
    life.found["done"] += life.tendered and not life.failed
