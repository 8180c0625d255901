"""What an order takes of coupons and of its customer's first order: at placement, cancelled, and paid too late."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ordo.catalog.uses import CouponTake, first_bucket
from ordo.kernel.clock import to_iso
from ordo.kernel.errors import Conflict
from ordo.orders.changes import ProposeChange, apply_change, propose_change
from ordo.orders.commit import CommitResult, commit_draft
from ordo.orders.decision import Commit
from ordo.orders.due import settle_due
from ordo.orders.keys import CommandKey
from ordo.orders.memory import InMemoryOrderRepository
from ordo.orders.model import Actor, OrderStatus, TakenCoupon
from ordo.orders.placement import PlacementDraft, pack_draft, read_draft, require_commit
from ordo.payments.model import PaymentKind
from ordo.payments.service import LATE_CAPTURE_UNFULFILLABLE, PaymentReport, Recorded, record_payment
from tests.support.orders import CONTACT, ORDER, SHIP_TO, STAFF, World, draft_for, shop

OTHER = "ord_01KJM1TD80QF4RNX9Z5TTWJ1H8"
TAKE = CouponTake("SALE", "p", buckets=6)
EACH = CouponTake("SALE", "p", customer_limit=1)


def sold(left: dict[int, int] | None = None, **used: int) -> World:
    """A world whose code SALE has uses left by bucket."""
    world = shop()
    uses = world.repository.uses
    uses.left |= {("SALE", bucket): number for bucket, number in (left or dict.fromkeys(range(6), 10)).items()}
    uses.used |= {("SALE", customer.replace("_", "-")): number for customer, number in used.items()}
    return world


def wanting(order_id: str = ORDER, *takes: CouponTake, **fields: Any) -> PlacementDraft:
    draft = draft_for(order_id, coupons=tuple(take.code.lower() for take in takes))
    return draft.with_(coupon_takes=takes, **fields)


def commit(world: World, draft: PlacementDraft) -> CommitResult:
    draft = draft.with_(catalog_read_at=to_iso(world.now))
    personal = {"contact": dict(CONTACT), "ship_to": dict(SHIP_TO)}
    return commit_draft(draft, personal, world.repository, clock=lambda: world.now, ids=world._id, budget_s=0.5)


def left(world: World) -> int:
    return sum(world.repository.uses_left("SALE").values())


def cancel(world: World, order_id: str = ORDER) -> dict[str, Any]:
    key = CommandKey("shop", f"cancel {order_id}", order_id, "h")
    actor = Actor(type="customer", id="shop")
    command = ProposeChange(world.desk.new_id("chg"), "cancel", "customer", "why")
    change = propose_change(world.desk, order_id, command, key, world.means, actor=actor)
    apply_change(world.desk, order_id, change.change_id, world.means, actor=STAFF)
    return change.preview


def pay(world: World, order_id: str = ORDER) -> Recorded:
    report = PaymentReport(PaymentKind.CAPTURED, 40_000, "CNY", "alipay", order_id)
    return record_payment(world.desk, lambda _state, _now: (), order_id, report, actor=STAFF)


def unpaid(world: World, order_id: str = ORDER) -> None:
    world.wait(minutes=31)
    assert settle_due(world.desk, order_id).outcome == "cancelled"


# ---------------------------------------------------------------- placing
def test_an_order_takes_a_use_from_its_own_bucket_and_keeps_which() -> None:
    world = sold()
    assert commit(world, wanting(ORDER, TAKE)).outcome == "committed"
    own = first_bucket(ORDER, "SALE", 6)
    assert world.repository.uses_left("SALE") == {**dict.fromkeys(range(6), 10), own: 9}
    assert world.header().coupons == (TakenCoupon(code="SALE", bucket=own),)


def test_an_order_without_counted_coupons_keeps_nothing_of_them() -> None:
    world = sold()
    commit(world, wanting(ORDER))
    assert (world.header().coupons, world.header().first_order, left(world)) == ((), False, 60)


@pytest.mark.parametrize("order_id", [ORDER, OTHER])
@pytest.mark.parametrize("last", range(6))
def test_the_last_use_is_found_in_whichever_bucket_it_is(order_id: str, last: int) -> None:
    world = sold({bucket: int(bucket == last) for bucket in range(6)})
    assert commit(world, wanting(order_id, TAKE)).outcome == "committed"
    assert (left(world), world.header(order_id).coupons[0].bucket) == (0, last)


def test_when_every_bucket_is_empty_the_order_is_refused_and_nothing_is_written() -> None:
    world = sold(dict.fromkeys(range(6), 0))
    draft = wanting(ORDER, TAKE)
    draft = draft.with_(coupons=("Other", " sale "))
    result = commit(world, draft)
    assert result.problem is not None
    assert (result.outcome, result.problem.code, result.problem.pointer, result.problem.facts) == (
        "refused",
        "coupon_used_up",
        "/coupons/1",
        {"coupon": " sale ", "reason": "total"},
    )
    assert (world.repository.headers, world.repository.claims, world.reserved()) == ({}, {}, {})


def test_a_customer_takes_as_many_uses_as_each_may() -> None:
    world = sold()
    assert commit(world, wanting(ORDER, EACH)).outcome == "committed"
    assert world.repository.uses.used == {("SALE", "c-1"): 1}
    result = commit(world, wanting(OTHER, EACH))
    assert result.problem is not None
    assert (result.outcome, result.problem.facts) == ("refused", {"coupon": "sale", "reason": "customer"})


def test_of_several_coupons_all_uses_are_taken_or_none() -> None:
    world = sold(dict.fromkeys(range(6), 1))
    world.repository.uses.left["GONE", 0] = 0
    gone = CouponTake("GONE", "q", buckets=1)
    result = commit(world, wanting(ORDER, TAKE, gone))
    assert result.problem is not None
    assert (result.problem.pointer, left(world)) == ("/coupons/1", 6)


def test_a_conflict_is_no_refusal_and_a_use_is_taken_once() -> None:
    class Troubled(InMemoryOrderRepository):
        """The first commits meet others, and the answer of one that was made is lost."""

        troubles = ["conflict", "lost", ""]

        def commit(self, commit: Commit) -> None:
            trouble = self.troubles.pop(0) if self.troubles else ""
            if trouble == "conflict":
                raise Conflict
            super().commit(commit)
            if trouble == "lost":
                raise Conflict

    world = World(repository=Troubled()).stock(("TEE", "hz", 5), ("TEE", "sh", 5), ("MUG", "sh", 5))
    world.repository.uses.left |= {("SALE", bucket): 1 for bucket in range(6)}
    assert commit(world, wanting(ORDER, TAKE)).outcome == "committed"
    assert (left(world), len(world.repository.events[ORDER])) == (5, 1)


def test_each_choice_of_buckets_is_another_request() -> None:
    """A token must not come with other writes: its event, and so its token, is new."""
    seen: list[str] = []

    class Watched(InMemoryOrderRepository):
        def commit(self, commit: Commit) -> None:
            seen.append(commit.event.hash)
            super().commit(commit)

    world = World(repository=Watched()).stock(("TEE", "hz", 5), ("TEE", "sh", 5), ("MUG", "sh", 5))
    own = first_bucket(ORDER, "SALE", 6)
    world.repository.uses.left |= {("SALE", bucket): int(bucket != own) for bucket in range(6)}
    assert commit(world, wanting(ORDER, TAKE)).outcome == "committed"
    assert len(seen) == len(set(seen)) == 2


def test_a_draft_carries_what_it_takes() -> None:
    draft = wanting(ORDER, TAKE, first_order_of="c-1", first_order_taken=True)
    assert read_draft(pack_draft(draft)) == draft


def test_counters_of_coupons_count_among_what_one_commit_can_take() -> None:
    line = {"line_id": "1", "sku": "S", "quantity": 1}
    plan = {"fulfilments": [{"node_id": f"n{number}", "lines": [line]} for number in range(79)]}
    both = replace(TAKE, customer_limit=1)
    require_commit(plan, [both, both])
    with pytest.raises(Exception, match="more places at once"):
        require_commit(plan, [both, both, EACH])


# ---------------------------------------------------------------- the first order
def test_a_first_order_is_claimed_and_another_is_priced_again_without_it() -> None:
    world = sold()
    assert commit(world, wanting(ORDER, first_order_of="c-1")).outcome == "committed"
    assert world.header().first_order
    result = commit(world, wanting(OTHER, first_order_of="c-1"))
    assert (result.outcome, result.draft.first_order_taken, result.draft.first_order_of) == ("stale_price", True, None)
    assert OTHER not in world.repository.headers
    assert commit(world, result.draft).outcome == "committed"
    assert not world.header(OTHER).first_order


def test_a_first_order_that_was_committed_unheard_is_found_again() -> None:
    world = sold()
    draft = wanting(ORDER, first_order_of="c-1")
    assert commit(world, draft).outcome == commit(world, draft).outcome == "committed"
    assert len(world.repository.events[ORDER]) == 1


def test_cancelling_the_first_order_lets_another_be_the_first() -> None:
    world = sold()
    commit(world, wanting(ORDER, first_order_of="c-1"))
    assert world.repository.has_ordered("c-1")
    cancel(world)
    assert not world.repository.has_ordered("c-1")
    assert commit(world, wanting(OTHER, first_order_of="c-1")).outcome == "committed"


def test_an_order_that_comes_back_is_the_first_again_unless_another_has_become_it() -> None:
    world = sold()
    for order_id in (ORDER, OTHER):
        commit(world, wanting(order_id, first_order_of="c-1"))
        unpaid(world, order_id)
    assert pay(world).header.first_order
    again = pay(world, OTHER)
    assert (again.header.status, again.header.first_order) == (OrderStatus.RELEASED, False)
    assert world.repository.claim("first_order", ("c-1",)) == {"order_id": ORDER}
    assert world.header(OTHER).totals == world.header(ORDER).totals


# ---------------------------------------------------------------- given back, taken again
def test_cancelling_gives_uses_back_and_says_so() -> None:
    world = sold()
    commit(world, wanting(ORDER, replace(TAKE, customer_limit=1)))
    assert cancel(world)["coupons_given_back"] == ["SALE"]
    assert (left(world), world.repository.uses.used) == (60, {("SALE", "c-1"): 0})
    assert world.repository.timeline(ORDER)[-1].read()["data"]["coupons_given_back"] == ["SALE"]


def test_a_use_that_is_not_given_back_stays_taken() -> None:
    world = sold()
    commit(world, wanting(ORDER, replace(TAKE, give_back=False)))
    assert "coupons_given_back" not in cancel(world)
    assert left(world) == 59
    commit(world, wanting(OTHER, replace(TAKE, give_back=False)))
    unpaid(world, OTHER)
    assert pay(world, OTHER).header.status is OrderStatus.RELEASED
    assert left(world) == 58


def test_a_late_payment_takes_the_uses_again() -> None:
    world = sold()
    commit(world, wanting(ORDER, replace(TAKE, customer_limit=1)))
    unpaid(world)
    assert left(world) == 60
    assert pay(world).header.status is OrderStatus.RELEASED
    assert (left(world), world.repository.uses.used) == (59, {("SALE", "c-1"): 1})


def test_a_late_payment_takes_a_use_of_another_bucket_and_gives_that_one_back() -> None:
    world = sold(dict.fromkeys(range(6), 1))
    commit(world, wanting(ORDER, TAKE))
    unpaid(world)
    other = (first_bucket(ORDER, "SALE", 6) + 3) % 6
    world.repository.uses.left |= {("SALE", bucket): int(bucket == other) for bucket in range(6)}
    assert pay(world).header.coupons == (TakenCoupon(code="SALE", bucket=other),)
    assert left(world) == 0
    # Cancelled a second time: by hand, since it was released.
    world.repository.headers[ORDER] = world.header().model_copy(update={"released_at": None})
    cancel(world)
    assert world.repository.uses_left("SALE") == {bucket: int(bucket == other) for bucket in range(6)}


@pytest.mark.parametrize("take", [TAKE, EACH], ids=["total", "customer"])
def test_a_late_payment_whose_use_is_gone_is_due_to_be_refunded(take: CouponTake) -> None:
    world = sold({bucket: int(bucket == 0) for bucket in range(6)})
    commit(world, wanting(ORDER, take))
    unpaid(world)
    assert commit(world, wanting(OTHER, take)).outcome == "committed"
    recorded = pay(world)
    assert recorded.metrics == (LATE_CAPTURE_UNFULFILLABLE,)
    assert (recorded.header.status, recorded.header.funds.refund_due) == (OrderStatus.CANCELLED, 40_000)
    assert world.header(OTHER).coupons != ()
    assert sum(used.coupons != () for used in world.repository.headers.values()) == 2  # the terms are kept
    assert world.repository.uses.used.get(("SALE", "c-1"), 1) == 1
