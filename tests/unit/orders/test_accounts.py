"""What an order costs after placement: its account, and one ledger for whatever units are refunded for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordo.kernel.errors import OrdoError
from ordo.orders.accounts import Account, Accounts, postings_of
from ordo.orders.due import settle_due
from ordo.orders.layout import header_item, read_header, record_item, record_of
from ordo.orders.model import Actor, OrderState, OrderStatus
from ordo.orders.posting import in_order, posted, with_postings
from ordo.payments.model import PaymentKind, PaymentStatus
from ordo.payments.service import PaymentReport, record_payment
from ordo.pricing.refund_model import RefundRequest, ReturnedLine
from tests.support.changing import NoPromotions
from tests.support.orders import ORDER, World, shop

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOTAL = 40_000


def placed() -> World:
    world = shop()
    world.place()
    return world


def report_of(world: World, amount: int, kind: PaymentKind = PaymentKind.CAPTURED) -> None:
    report = PaymentReport(kind, amount, "CNY", "alipay", f"r-{kind}")
    record_payment(world.desk, lambda _state, _now: (), ORDER, report, actor=Actor(type="provider", id="alipay"))


def account_of(state: OrderState, world: World) -> Account:
    return Accounts(world.repository, NoPromotions()).of(state)


def booked(state: OrderState, world: World, line_id: str, quantity: int) -> OrderState:
    """The state after a refund of so many units of a line."""
    found = account_of(state, world).preview(RefundRequest((ReturnedLine(line_id, quantity),)))
    postings = postings_of(state, "returned", found, NOW, source="ret_1")
    stored = [record_of(record_item(ORDER, each)) for each in postings]
    assert stored == list(postings), "a posting is read as it was written"
    after = {**state.postings, **{each.posting_id: each for each in postings}}
    return OrderState(
        with_postings(state.header, postings), state.lines, payments=state.payments, postings=after, trace=state.trace
    )


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(1, 3)), max_size=8))
def test_units_go_back_once_whatever_for_and_all_of_them_for_all_that_was_paid(asked: list[tuple[int, int]]) -> None:
    world = placed()
    report_of(world, TOTAL)
    state = world.state()
    left = {line.line_id: line.quantity for line in state.lines}
    prices = {line.line_id: [run.gross for run in line.runs for _ in range(run.count)] for line in state.lines}
    for place, quantity in asked:
        line_id = state.lines[place % len(state.lines)].line_id
        if quantity > left[line_id]:
            with pytest.raises(OrdoError):
                booked(state, world, line_id, quantity)
            continue
        state = booked(state, world, line_id, quantity)
        left[line_id] -= quantity
    gone = sum(sum(prices[line_id][: len(prices[line_id]) - count]) for line_id, count in left.items())
    assert state.header.owed == TOTAL - gone
    assert state.header.funds.refund_due == gone
    assert sum(each.amount for each in in_order(state)) == state.header.funds.booked


def test_a_refund_of_the_last_unit_leaves_an_order_that_costs_nothing() -> None:
    world = placed()
    state = world.state()
    for line in state.lines:
        state = booked(state, world, line.line_id, line.quantity)
    assert account_of(state, world).rest().lines == ()
    assert state.header.owed == 0


def test_what_was_never_paid_is_not_due_back() -> None:
    world = placed()
    state = world.state()
    state = booked(state, world, state.lines[0].line_id, 1)
    assert state.header.funds.refund_due == 0
    assert state.header.owed < TOTAL


def test_what_was_paid_too_much_is_not_due_with_a_refund() -> None:
    world = placed()
    report_of(world, TOTAL + 5)
    state = world.state()
    before = state.header.owed
    state = booked(state, world, state.lines[0].line_id, 1)
    assert state.header.funds.refund_due == before - state.header.owed


def test_a_fee_takes_from_what_is_due_and_later_charges_are_to_be_paid() -> None:
    world = placed()
    report_of(world, TOTAL)
    state = world.state()
    state = booked(state, world, state.lines[0].line_id, 1)
    due = state.header.funds.refund_due
    fee = posted(state, "fee", 100, "2026-03-01T12:00:00.000Z")
    assert with_postings(state.header, (fee,)).funds.refund_due == due - 100
    charge = posted(state, "charge", due + 1, "2026-03-01T12:00:00.000Z")
    header = with_postings(state.header, (charge,))
    assert (header.funds.refund_due, header.owed - header.funds.kept) == (0, 1)


def test_a_refund_in_part_that_nobody_booked_is_grace_and_books_itself() -> None:
    world = placed()
    report_of(world, TOTAL)
    report_of(world, 9, PaymentKind.REFUNDED)
    header = world.header()
    assert [each.kind for each in in_order(world.state())] == ["grace"]
    assert (header.owed, header.funds.kept, header.funds.refund_due) == (TOTAL - 9, TOTAL - 9, 0)
    assert header.payment_status is PaymentStatus.PART_REFUNDED
    assert header.released_at is not None


def test_a_cancelled_order_costs_nothing_and_one_that_comes_back_costs_what_it_did() -> None:
    world = placed()
    world.wait(minutes=31)
    settle_due(world.desk, ORDER)
    assert (world.header().status, world.header().owed) == (OrderStatus.CANCELLED, 0)
    older = {**header_item(world.header()), "schema": 1}
    older["funds"] = {name: value for name, value in older["funds"].items() if name != "booked"}
    assert read_header(older).owed == 0, "also one that was written before there were postings"
