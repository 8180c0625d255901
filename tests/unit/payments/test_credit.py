"""Store credit adds up under any order of grants, spends, returns and expiry, and each key books once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordo.kernel.clock import to_iso
from ordo.kernel.errors import NotAllowedNow
from ordo.payments.credit import CreditShort
from ordo.payments.credit_service import CreditProvider, CreditService
from ordo.payments.credit_store import InMemoryCreditStore
from tests.contract.test_payment_providers import ASK

START = datetime(2026, 3, 1, tzinfo=UTC)
WHO, CURRENCY = "c-1", "CNY"


class Ledger:
    def __init__(self) -> None:
        self.now = START
        self.store = InMemoryCreditStore()
        self.service = CreditService(self.store, lambda: self.now)
        self.spends: dict[str, list[int]] = {}
        self.keys = 0

    def key(self) -> str:
        self.keys += 1
        return f"k{self.keys}"

    @property
    def balance(self) -> int:
        return self.store.load(WHO, CURRENCY).balance(to_iso(self.now))

    def step(self, what: str, amount: int, days: int) -> None:
        key = self.key()
        if what == "grant":
            expires = to_iso(self.now + timedelta(days=days)) if days else None
            self.service.grant(WHO, CURRENCY, amount, key=key, expires_at=expires)
        elif what == "spend":
            if amount > self.balance:
                with pytest.raises(CreditShort):
                    self.service.spend(WHO, CURRENCY, amount, key=key, order_id=None)
            else:
                self.service.spend(WHO, CURRENCY, amount, key=key, order_id=None)
                self.spends[key] = [amount, 0]
        elif what == "return" and self.spends:
            spent, (whole, back) = next(iter(self.spends.items()))
            part = min(amount, whole - back)
            if part:
                self.service.give_back(WHO, CURRENCY, spent, part, key=key, order_id=None)
                self.spends[spent][1] += part
            with pytest.raises(NotAllowedNow):
                self.service.give_back(WHO, CURRENCY, spent, whole - back - part + 1, key=self.key(), order_id=None)
        else:
            self.now += timedelta(days=days)

    def check(self) -> None:
        account = self.store.load(WHO, CURRENCY)
        entries = self.store.booked.get((WHO, CURRENCY), [])
        assert sum(each.amount for each in entries) == sum(each.left for each in account.grants)
        assert [each.number for each in entries] == list(range(1, len(entries) + 1))
        assert all(each.left > 0 for each in account.grants)
        assert account.balance(to_iso(self.now)) >= 0


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["grant", "spend", "return", "wait"]),
            st.integers(min_value=1, max_value=500),
            st.integers(min_value=0, max_value=40),
        ),
        max_size=30,
    )
)
def test_the_ledger_adds_up_after_every_step(steps: list[tuple[str, int, int]]) -> None:
    ledger = Ledger()
    for step in steps:
        ledger.step(*step)
        ledger.check()


def test_what_expires_first_is_used_up_first_and_what_is_over_cannot_be_spent() -> None:
    ledger = Ledger()
    ledger.step("grant", 100, 0)
    ledger.step("grant", 100, 20)
    ledger.step("grant", 100, 10)
    ledger.step("spend", 150, 0)
    left = {each.expires_at: each.left for each in ledger.store.load(WHO, CURRENCY).grants}
    assert left == {None: 100, to_iso(START + timedelta(days=20)): 50}
    ledger.now += timedelta(days=20)
    assert ledger.balance == 100
    ledger.step("spend", 100, 0)
    assert [each.kind for each in ledger.store.booked[WHO, CURRENCY]][-2:] == ["expire", "spend"]


def test_what_comes_back_after_it_has_expired_can_be_used_for_thirty_days() -> None:
    ledger = Ledger()
    ledger.step("grant", 100, 10)
    ledger.step("spend", 80, 0)
    ledger.now += timedelta(days=50)
    ledger.step("return", 30, 0)
    assert ledger.balance == 30
    ledger.now += timedelta(days=30)
    assert ledger.balance == 0


def test_each_key_books_once_whoever_asks_again() -> None:
    ledger = Ledger()
    first = ledger.service.grant(WHO, CURRENCY, 100, key="k")
    assert ledger.service.grant(WHO, CURRENCY, 100, key="k") == first
    assert ledger.balance == 100


def credit_ask(key: str, amount: int, **more: Any) -> Any:
    from dataclasses import replace

    return replace(ASK, key=key, amount=amount, customer_id=WHO, **more)


def test_as_a_provider_it_sets_aside_captures_a_part_and_gives_the_rest_back() -> None:
    ledger = Ledger()
    ledger.step("grant", 100, 0)
    provider = CreditProvider(ledger.service)
    held = provider.authorise(credit_ask("a.1", 80))
    assert (held.state, ledger.balance) == ("done", 20)
    taken = provider.capture(credit_ask("c.1", 60, of=held.reference))
    assert (taken.state, taken.reference, ledger.balance) == ("done", held.reference, 40)
    assert provider.capture(credit_ask("c.1", 60, of=held.reference)) == taken
    assert ledger.balance == 40
    for _ in range(2):
        assert provider.refund(credit_ask("r.1", 60, of=held.reference)).state == "done"
    assert ledger.balance == 100
    assert provider.refund(credit_ask("r.2", 1, of=held.reference)).for_good


def test_as_a_provider_it_declines_what_is_not_there_and_grants_in_place_of_money() -> None:
    ledger = Ledger()
    provider = CreditProvider(ledger.service)
    assert provider.charge(credit_ask("a.1", 1)).error == "credit_short"
    assert provider.charge(ASK).error == "no_customer"
    granted = provider.refund(credit_ask("r.1", 50))
    assert (granted.state, ledger.balance, provider.look_up(credit_ask("r.1", 50), "refund")) == ("done", 50, granted)
    assert provider.void(credit_ask("v.1", 5, of="none")).state == "declined"
