"""Store credit is kept the same in memory and in DynamoDB."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ordo.kernel.clock import to_iso
from ordo.orders.errors import StaleVersion
from ordo.payments import credit
from ordo.payments.credit_repository import DynamoCreditStore
from ordo.payments.credit_service import CreditService
from ordo.payments.credit_store import CreditStore, Done, InMemoryCreditStore

NOW = datetime(2026, 3, 1, tzinfo=UTC)
WHO = "c-1"


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> CreditStore:
    if request.param == "memory":
        return InMemoryCreditStore()
    request.getfixturevalue("tables")
    return DynamoCreditStore("CustomersTable")


def granted(store: CreditStore, amount: int, key: str, **more: Any) -> None:
    account = store.load(WHO, "CNY")
    store.commit(account.seq, credit.grant(account, amount, NOW, key=key, **more))


def test_an_account_that_was_never_used_is_empty(store: CreditStore) -> None:
    account = store.load(WHO, "CNY")
    assert (account.seq, account.grants, store.done(WHO, "k"), store.done(WHO, "k" * 999)) == (0, (), None, None)
    assert store.entries(WHO, "CNY", 10).entries == ()


def test_what_is_booked_is_read_again(store: CreditStore) -> None:
    granted(store, 100, "g1", expires_at=to_iso(NOW + timedelta(days=1)), reason="goodwill")
    granted(store, 50, "g2")
    account = store.load(WHO, "CNY")
    assert (account.seq, [each.left for each in account.grants]) == (2, [100, 50])
    done = store.done(WHO, "g1")
    assert done is not None
    assert (done.entry.amount, done.entry.reason, done.back) == (100, "goodwill", 0)
    page = store.entries(WHO, "CNY", 1)
    assert ([each.number for each in page.entries], page.before) == ([2], 2)
    assert [each.number for each in store.entries(WHO, "CNY", 1, 2).entries] == [1]
    assert store.load(WHO, "USD").seq == 0


def test_of_two_bookings_on_one_account_one_is_stale(store: CreditStore) -> None:
    account = store.load(WHO, "CNY")
    first, second = (credit.grant(account, amount, NOW, key=f"g{amount}") for amount in (1, 2))
    store.commit(account.seq, first)
    with pytest.raises(StaleVersion):
        store.commit(account.seq, second)
    assert store.load(WHO, "CNY").balance(to_iso(NOW)) == 1


def test_a_key_books_once_also_in_another_currency(store: CreditStore) -> None:
    granted(store, 100, "k")
    other = store.load(WHO, "USD")
    with pytest.raises(StaleVersion):
        store.commit(other.seq, credit.grant(other, 1, NOW, key="k"))
    service = CreditService(store, lambda: NOW)
    assert service.grant(WHO, "CNY", 7, key="k").amount == 100


def test_what_comes_back_is_kept_with_what_was_spent(store: CreditStore) -> None:
    granted(store, 100, "g")
    service = CreditService(store, lambda: NOW)
    service.spend(WHO, "CNY", 80, key="s", order_id="ord_1")
    service.give_back(WHO, "CNY", "s", 30, key="b", order_id="ord_1")
    done = store.done(WHO, "s")
    assert done == Done(done.entry, 30) if done else False
    assert store.load(WHO, "CNY").balance(to_iso(NOW)) == 50
