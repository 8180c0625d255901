"""What the provider lists of a day and what orders have: missing, double and wrong amounts are told once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from ordo.payments.model import PaymentKind
from ordo.payments.provider import Listed
from ordo.payments.reconciling import Reconciler, Row
from tests.support.orders import ORDER
from tests.unit.payments.test_moving import CARD, TOTAL, Till


class Rows:
    """Rows as the repository writes them."""

    def __init__(self, till: Till) -> None:
        self.till = till

    def on(self, provider: str, day: date) -> Iterable[Row]:
        return [
            Row(ORDER, each.kind, each.reference, each.amount, "CNY")  # type: ignore[arg-type]
            for each in self.till.world.state().payments.values()
            if each.kind in (PaymentKind.CAPTURED, PaymentKind.REFUNDED) and each.reported_at[:10] == day.isoformat()
        ]


def night(till: Till) -> int:
    """A run of the night after; how many incidents it opened."""
    unmatched: list[str] = []
    reconciler = Reconciler(
        till.world.desk,
        Rows(till),
        lambda _name: till.provider,
        lambda: till.world.now,
        lambda _provider, reference: unmatched.append(reference),
    )
    return reconciler.run_all(["stripe"])["stripe"]["opened"]


def paid() -> Till:
    till = Till(CARD)
    till.move()
    till.world.wait(days=1)
    return till


def reasons(till: Till) -> list[str]:
    return [each.reason for each in till.world.state().incidents.values()]


def test_books_that_agree_open_nothing() -> None:
    assert night(paid()) == 0


def test_what_the_order_never_heard_of_is_told_once_and_not_any_more_when_it_has() -> None:
    till = paid()
    day, charge = till.provider.happened[0]
    till.provider.happened.append((day, replace(charge, reference="pi_other", instruction_id=None)))
    assert [night(till), night(till)] == [1, 0]
    assert reasons(till) == ["payment_missing_here"]


def test_a_movement_that_happened_twice_is_told() -> None:
    till = paid()
    day, charge = till.provider.happened[0]
    till.provider.happened.append((day, replace(charge, reference="pi_again")))
    assert night(till) == 1
    assert reasons(till) == ["payment_twice"]


def test_another_amount_and_a_payment_that_is_not_listed_are_told() -> None:
    till = paid()
    day, charge = till.provider.happened.pop()
    till.provider.happened.append((day, replace(charge, amount=TOTAL - 1)))
    assert night(till) == 1
    till.provider.happened.clear()
    assert [night(till), night(till)] == [1, 0]
    assert reasons(till) == ["payment_amount_differs", "payment_missing_there"]


def test_what_is_listed_on_the_day_beside_is_no_difference() -> None:
    till = paid()
    day, charge = till.provider.happened.pop()
    till.provider.happened.append((date(day.year, day.month, day.day - 0), charge))
    till.world.wait(days=1)
    assert night(till) == 0


def test_movements_of_no_order_of_ours_are_told_to_nobodys_order() -> None:
    till = paid()
    day = till.provider.happened[0][0]
    till.provider.happened.append((day, Listed("captured", "pi_strange", 5, "CNY")))
    till.provider.happened.append((day, Listed("captured", "pi_gone", 5, "CNY", "ord_none")))
    assert night(till) == 0
