"""The tables of states: code, decision record and an oracle of our own agree."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordo.orders.model import OrderHeader, OrderStatus, Units, derive_status
from ordo.payments.model import Funds, PaymentStatus, payment_status
from tests.support.orders import placement

RECORD = Path(__file__).parents[3] / "docs" / "adr" / "0004-derived-status.md"
HEADER = placement().header

ORDER_ROWS: dict[str, Callable[[Units, bool, bool], bool]] = {
    "active = 0": lambda u, r, c: u.total - u.cancelled == 0,
    "`completed_at` is set": lambda u, r, c: c,
    "delivered >= active": lambda u, r, c: u.delivered >= u.total - u.cancelled,
    "dispatched >= active": lambda u, r, c: u.dispatched >= u.total - u.cancelled,
    "dispatched > 0": lambda u, r, c: u.dispatched > 0,
    "started > 0": lambda u, r, c: u.started > 0,
    "`released_at` is set": lambda u, r, c: r,
    "always": lambda u, r, c: True,
}
PAYMENT_ROWS: dict[str, Callable[[Funds, int], bool]] = {
    "refunded > 0 and refunded >= captured": lambda f, t: f.refunded > 0 and f.refunded >= f.captured,
    "refunded > 0": lambda f, t: f.refunded > 0,
    "captured >= total": lambda f, t: f.captured >= t,
    "captured > 0": lambda f, t: f.captured > 0,
    "the latest report was a failure and nothing is authorised": lambda f, t: f.last_failed and not f.authorised,
    "authorised >= total": lambda f, t: f.authorised >= t,
    "the channel's terms say so": lambda f, t: f.payable_later,
    "always": lambda f, t: True,
}


def table(title: str) -> list[tuple[str, str]]:
    """(state, condition) of each row of the record's table whose first column is called `title`."""
    text = RECORD.read_text()
    body = text[text.index(f"| {title} |") :].split("\n\n")[0].splitlines()[2:]
    return [(cells[1].strip(" `"), cells[2].strip()) for cells in (re.split(r"(?<!\\)\|", row) for row in body)]


def with_facts(units: Units, released: bool, completed: bool) -> OrderHeader:
    moment = HEADER.placed_at
    return HEADER.model_copy(
        update={
            "units": units,
            "released_at": moment if released else None,
            "completed_at": moment if completed else None,
        }
    )


@st.composite
def progress(draw: st.DrawFn) -> Units:
    total = draw(st.integers(1, 6))
    dispatched = draw(st.integers(0, total))
    return Units(
        total=total,
        cancelled=draw(st.sampled_from([0, total - dispatched, total])),
        started=draw(st.integers(dispatched, total)),
        dispatched=dispatched,
        delivered=draw(st.integers(0, dispatched)),
    )


@given(progress(), st.booleans(), st.booleans())
def test_the_status_is_the_first_row_of_the_record_that_holds(units: Units, released: bool, completed: bool) -> None:
    expected = next(state for state, when in table("status") if ORDER_ROWS[when](units, released, completed))
    assert derive_status(with_facts(units, released, completed)) == expected


@given(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3), st.booleans(), st.booleans(), st.integers(0, 3))
def test_the_payment_status_is_the_first_row_of_the_record_that_holds(
    authorised: int, captured: int, refunded: int, failed: bool, later: bool, total: int
) -> None:
    funds = Funds(
        authorised=authorised,
        captured=captured,
        refunded=min(refunded, captured),
        last_failed=failed,
        payable_later=later,
    )
    expected = next(state for state, when in table("payment status") if PAYMENT_ROWS[when](funds, total))
    assert payment_status(funds, total) == expected


def test_the_record_has_every_state_once() -> None:
    assert sorted(state for state, _ in table("status")) == sorted(OrderStatus)
    assert sorted(state for state, _ in table("payment status")) == sorted(PaymentStatus)


@pytest.mark.parametrize(
    ("units", "released", "completed", "status"),
    [
        (Units(total=3), False, False, "placed"),
        (Units(total=3), True, False, "released"),
        (Units(total=3, started=1), True, False, "in_fulfilment"),
        (Units(total=3, started=3, dispatched=1), True, False, "partially_shipped"),
        (Units(total=3, started=3, dispatched=1, delivered=1), True, False, "partially_shipped"),
        (Units(total=3, started=3, dispatched=3), True, False, "shipped"),
        (Units(total=3, cancelled=1, started=2, dispatched=2), True, False, "shipped"),
        (Units(total=3, started=3, dispatched=3, delivered=2), True, False, "shipped"),
        (Units(total=3, started=3, dispatched=3, delivered=3), True, False, "delivered"),
        (Units(total=3, started=3, dispatched=3), True, True, "completed"),
        (Units(total=3, cancelled=3), False, False, "cancelled"),
        (Units(total=3, cancelled=3, started=2), True, False, "cancelled"),
    ],
)
def test_known_orders_have_their_known_status(units: Units, released: bool, completed: bool, status: str) -> None:
    assert derive_status(with_facts(units, released, completed)) == status


def test_a_full_refund_no_longer_covers_an_order_but_one_of_what_it_costs_less_does() -> None:
    assert Funds(captured=10, refunded=9).covers(1)
    assert not Funds(captured=10, refunded=9).covers(2)
    assert not Funds(captured=10, refunded=10).covers(10)
    assert not Funds(authorised=10, captured=10, refunded=10).covers(10)
    assert Funds(payable_later=True, captured=10, refunded=10).covers(10)
