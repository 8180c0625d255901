"""Every payment provider is the same to those who ask: the one in memory, and Stripe over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ordo.payments.provider import Ask, PaymentProvider, ProviderUnavailable
from ordo.payments.stripe_client import Stripe
from tests.support.money import MemoryProvider
from tests.support.stripe_server import KEY, stripe_server

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ASK = Ask(
    key="ins_1.1",
    instruction_id="ins_1",
    order_id="ord_1",
    amount=10_000,
    currency="CNY",
    method="pm_card",
    payer="cus_1",
    asked_at="2026-03-01T12:00:00.000Z",
)


@dataclass
class Bench:
    """A provider, and how it is made to behave at its next call: `decline`, `lost`, `late`, or `deaf`."""

    provider: PaymentProvider
    mood: Callable[[str], None]
    finish: Callable[[Ask, bool], Any]


@pytest.fixture(params=["memory", "stripe"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    if request.param == "memory":
        memory = MemoryProvider(lambda: NOW)
        yield Bench(memory, memory.moods.append, lambda ask, well: memory.finish(ask.key, well=well))  # type: ignore[arg-type]
        return
    with stripe_server(lambda: NOW) as server:
        server.hang_s = 0.5
        moods: Any = {"lost": "cut", "late": "late", "deaf": "in_use"}

        def mood(name: str) -> None:
            server.moods.append(moods[name])

        def finish(ask: Ask, well: bool) -> Any:
            found = [*server.intents.values(), *server.refunds.values()]
            mine = next(each for each in found if each["metadata"]["ordo_key"] == ask.key)
            return server.finish(mine["id"], well=well)

        yield Bench(Stripe(KEY, server.address, 0.3), mood, finish)


def of(reference: str | None, key: str, amount: int = 10_000) -> Ask:
    return replace(ASK, key=key, of=reference, amount=amount, instruction_id=key.partition(".")[0])


def test_a_charge_is_done_once_for_its_key(bench: Bench) -> None:
    first = bench.provider.charge(ASK)
    assert (first.state, first.amount) == ("done", 10_000)
    assert bench.provider.charge(ASK) == first
    assert len(list(bench.provider.listed(NOW.date()))) == 1


def test_an_authorisation_is_captured_in_part_and_the_rest_is_let_go(bench: Bench) -> None:
    authorised = bench.provider.authorise(ASK)
    captured = bench.provider.capture(of(authorised.reference, "ins_2.1", 6_000))
    assert (captured.state, captured.reference, captured.amount) == ("done", authorised.reference, 6_000)
    (listed,) = bench.provider.listed(NOW.date())
    assert (listed.kind, listed.reference, listed.amount) == ("captured", authorised.reference, 6_000)
    assert (listed.order_id, listed.instruction_id) == ("ord_1", "ins_1")


def test_an_authorisation_is_voided(bench: Bench) -> None:
    authorised = bench.provider.authorise(ASK)
    assert bench.provider.void(of(authorised.reference, "ins_2.1")).state == "done"
    assert list(bench.provider.listed(NOW.date())) == []


def test_what_was_charged_is_refunded_in_parts_and_never_above_it(bench: Bench) -> None:
    charged = bench.provider.charge(ASK)
    assert bench.provider.refund(of(charged.reference, "ins_2.1", 4_000)).state == "done"
    assert bench.provider.refund(of(charged.reference, "ins_3.1", 6_000)).amount == 6_000
    above = bench.provider.refund(of(charged.reference, "ins_4.1", 1))
    assert (above.state, above.error, above.for_good) == ("declined", "charge_already_refunded", True)
    found = [(each.kind, each.amount, each.of) for each in bench.provider.listed(NOW.date())]
    assert sorted(found, key=str) == [
        ("captured", 10_000, None),
        ("refunded", 4_000, charged.reference),
        ("refunded", 6_000, charged.reference),
    ]


def test_an_answer_that_is_lost_is_unknown_and_known_when_it_is_asked_again(bench: Bench) -> None:
    bench.mood("lost")
    with pytest.raises(ProviderUnavailable):
        bench.provider.charge(ASK)
    known = bench.provider.look_up(ASK, "charge")
    assert known is not None
    assert bench.provider.charge(ASK) == known
    assert len(list(bench.provider.listed(NOW.date()))) == 1


def test_what_was_not_heard_is_not_known(bench: Bench) -> None:
    bench.mood("deaf")
    with pytest.raises(ProviderUnavailable):
        bench.provider.charge(ASK)
    assert bench.provider.look_up(ASK, "charge") is None
    assert bench.provider.charge(ASK).state == "done"


@pytest.mark.parametrize("well", [True, False])
def test_what_is_answered_late_is_pending_until_it_has_ended(bench: Bench, well: bool) -> None:
    charged = bench.provider.charge(ASK)
    bench.mood("late")
    refund = of(charged.reference, "ins_2.1", 4_000)
    pending = bench.provider.refund(refund)
    assert (pending.state, bench.provider.refund(refund)) == ("pending", pending)
    bench.finish(refund, well)
    ended = bench.provider.look_up(replace(refund, reference=pending.reference), "refund")
    assert ended is not None
    assert (ended.state, ended.reference) == ("done" if well else "declined", pending.reference)


def test_a_refund_that_was_lost_is_found_by_its_own_key_only(bench: Bench) -> None:
    charged = bench.provider.charge(ASK)
    bench.mood("lost")
    lost, other = of(charged.reference, "ins_2.1", 4_000), of(charged.reference, "ins_2.2", 4_000)
    with pytest.raises(ProviderUnavailable):
        bench.provider.refund(lost)
    found = bench.provider.look_up(lost, "refund")
    assert found is not None
    assert found.amount == 4_000
    assert bench.provider.look_up(other, "refund") is None
