"""A claim against a carrier: opened once, filed in time, answered, paid in parts; it outlives its order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ordo.catalog.carrier_terms import ClaimTerms, FilingTerm
from ordo.kernel.clock import from_iso, to_iso
from ordo.kernel.errors import Code, NotAllowedNow, NotFound, OrdoError
from ordo.orders.deadlines import CLAIM, deadlines_of
from ordo.orders.due import OVERDUE_ORDERS, settle_due
from ordo.orders.model import Actor, OrderStatus, fulfilment_id, shipment_id
from ordo.shipments.carrier_events import CarrierEvent, record_events
from ordo.shipments.claim_model import CarrierClaim, ClaimReason, ClaimState
from ordo.shipments.claims import Decide, OpenClaim, accepted, filed, opened_claim, recovered, refused
from ordo.shipments.model import TrackingStatus
from ordo.shipments.work import Dispatch, dispatch
from tests.support.orders import ORDER, STAFF, World, shop

CARRIER = Actor(type="carrier", id="ups")
FIRST, SECOND = shipment_id(ORDER, 1), shipment_id(ORDER, 2)
CLAIM_1 = "clm_" + ORDER.removeprefix("ord_") + "_1"
TERMS = ClaimTerms(
    lost=FilingTerm(30, "dispatch"),
    damaged=FilingTerm(7, "delivery"),
    answer_days=20,
    remind_days=3,
    most={"CNY": 15_000},
)


def sent() -> World:
    """Two TEE (200.00 yuan) from hz in parcel N1, a TEE and a MUG (200.00 yuan) from sh in N2."""
    world = shop()
    world.place(payable_later=True)
    for number in (1, 2):
        command = Dispatch(fulfilment_id(ORDER, number), "ups", "wms", f"N{number}")
        world.desk.change(ORDER, dispatch(command), actor=STAFF)
    return world


def tell(world: World, number: int, status: TrackingStatus, cause: str | None = None) -> None:
    moment = to_iso(world.now)
    event = CarrierEvent(
        tracking_number=f"N{number}", status=status, occurred_at=moment, received_at=moment, cause=cause
    )
    world.desk.change(ORDER, record_events(shipment_id(ORDER, number), [event]), actor=CARRIER)


def opening(
    number: int = 1, reason: ClaimReason = "lost", amount: int | None = None, terms: ClaimTerms = TERMS
) -> Decide:
    return opened_claim(OpenClaim(shipment_id(ORDER, number), f"N{number}", reason, lambda _: terms, amount))


def do(world: World, decide: Decide) -> bool:
    """Whether anything was written."""
    return world.desk.change(ORDER, decide, actor=STAFF).event is not None


def claim(world: World, name: str = CLAIM_1) -> CarrierClaim:
    return world.state().claims[name]


def claimed() -> World:
    world = sent()
    assert do(world, opening(amount=10_000))
    return world


def test_a_claim_is_for_what_the_units_were_sold_for_or_the_most_that_the_carrier_pays() -> None:
    world = sent()
    do(world, opening())
    found = claim(world)
    assert (found.state, found.value, found.amount, found.currency) == (ClaimState.DRAFTED, 20_000, 15_000, "CNY")
    do(world, opening(2, amount=20_000))
    assert claim(world, CLAIM_1[:-1] + "2").amount == 20_000
    event = world.repository.timeline(ORDER)[-2].read()
    assert event["type"] == "claim.opened"
    assert (event["data"]["amount"], event["data"]["value"]) == (15_000, 20_000)


def test_more_than_the_units_were_sold_for_is_not_claimed() -> None:
    world = sent()
    with pytest.raises(OrdoError) as refusal:
        do(world, opening(amount=20_001))
    assert (refusal.value.code, refusal.value.pointer) == (Code.INVALID_REQUEST, "/amount/amount")
    assert world.state().claims == {}


def test_two_claims_for_one_parcel_and_reason_are_one() -> None:
    world = claimed()
    assert not do(world, opening(amount=5))
    assert claim(world).amount == 10_000
    assert do(world, opening(reason="damaged"))
    assert len(world.state().claims) == 2


def test_what_was_delivered_is_not_lost() -> None:
    world = sent()
    tell(world, 1, TrackingStatus.DELIVERED)
    with pytest.raises(NotAllowedNow):
        do(world, opening())
    assert do(world, opening(reason="damaged"))


def test_who_names_no_parcel_of_the_order_claims_nothing() -> None:
    world = sent()
    for command in (
        OpenClaim("shp_x_9", "N1", "lost", lambda _: TERMS),
        OpenClaim(FIRST, "N2", "lost", lambda _: TERMS),
        OpenClaim(FIRST, "N1", "lost", lambda _: TERMS, incident_id="inc_9"),
    ):
        with pytest.raises(NotFound):
            do(world, opened_claim(command))


def test_the_evidence_refers_to_what_the_records_hold() -> None:
    world = sent()
    tell(world, 1, TrackingStatus.EXCEPTION, "damaged")
    before = world.header()
    do(world, opening(reason="damaged"))
    found = {each.kind: each for each in claim(world).evidence}
    assert found["timeline"].sha256 == before.head_hash
    assert found["timeline"].ref == f"{ORDER}#{before.seq}"
    assert found["dispatch"].ref == FIRST
    assert found["scan"].says == "exception:damaged"
    (scan,) = world.state().shipments[FIRST].parcels[0].history
    assert found["scan"].ref == scan.identity


@pytest.mark.parametrize(
    ("reason", "term", "days_after"),
    [
        ("lost", FilingTerm(30, "dispatch"), 30 - 5),
        ("damaged", FilingTerm(7, "delivery"), 7 - 2),
        ("damaged", FilingTerm(7, "known"), 7),
    ],
)
def test_the_carriers_deadline_is_counted_as_its_terms_say(
    reason: ClaimReason, term: FilingTerm, days_after: int
) -> None:
    world = sent()
    world.wait(days=3)
    if reason == "damaged":
        tell(world, 1, TrackingStatus.DELIVERED)
    world.wait(days=2)
    do(world, opening(reason=reason, terms=ClaimTerms(lost=term, damaged=term)))
    assert from_iso(claim(world).file_by) == world.now + timedelta(days=days_after)


def test_a_claim_that_comes_too_late_is_refused() -> None:
    world = sent()
    world.wait(days=30)
    with pytest.raises(NotAllowedNow) as refusal:
        do(world, opening())
    assert "file_by" in refusal.value.facts


def test_a_claim_goes_its_way_and_the_same_again_changes_nothing() -> None:
    world = claimed()
    steps: list[tuple[Callable[[], Decide], ClaimState]] = [
        (lambda: filed(CLAIM_1, "case 7"), ClaimState.FILED),
        (lambda: accepted(CLAIM_1, 9_000), ClaimState.ACCEPTED),
    ]
    for step, state in steps:
        assert do(world, step())
        assert not do(world, step())
        assert claim(world).state is state
    assert from_iso(claim(world).answer_by or "") == world.now + timedelta(days=20)
    assert do(world, recovered(CLAIM_1, 4_000, final=False))
    assert (claim(world).state, claim(world).recovered) == (ClaimState.ACCEPTED, 4_000)
    assert do(world, recovered(CLAIM_1, 5_000, final=True))
    found = claim(world)
    assert (found.state, found.recovered, found.accepted, found.reference) == (ClaimState.PAID, 9_000, 9_000, "case 7")
    assert (world.header().open_claims, deadlines_of(world.header()).get(CLAIM)) == ({}, None)
    assert world.types()[-5:] == ["claim.opened", "claim.filed", "claim.accepted", "claim.recovered", "claim.settled"]


def test_all_that_was_claimed_settles_it_by_itself() -> None:
    world = claimed()
    do(world, filed(CLAIM_1, None))
    do(world, recovered(CLAIM_1, 10_000, final=False))
    assert claim(world).state is ClaimState.PAID


def test_a_refusal_says_why_and_ends_it() -> None:
    world = claimed()
    do(world, filed(CLAIM_1, None))
    assert do(world, refused(CLAIM_1, "packaging"))
    assert not do(world, refused(CLAIM_1, "packaging"))
    assert (claim(world).state, claim(world).refused_for) == (ClaimState.REFUSED, "packaging")
    assert world.header().open_claims == {}


REFUSED_MOVES = [
    (accepted(CLAIM_1, None), NotAllowedNow),  # not filed
    (refused(CLAIM_1, "late"), NotAllowedNow),
    (recovered(CLAIM_1, 1, final=False), NotAllowedNow),
    (filed("clm_nobody_1", None), NotFound),
]


@pytest.mark.parametrize(("decide", "error"), REFUSED_MOVES)
def test_a_step_out_of_turn_changes_nothing(decide: Decide, error: type[OrdoError]) -> None:
    world = claimed()
    before = world.header()
    with pytest.raises(error):
        do(world, decide)
    assert world.header() == before


def test_what_was_paid_in_part_is_not_refused_any_more() -> None:
    world = claimed()
    do(world, filed(CLAIM_1, None))
    do(world, recovered(CLAIM_1, 1, final=False))
    with pytest.raises(NotAllowedNow):
        do(world, refused(CLAIM_1, "late"))


@pytest.mark.parametrize("decide", [accepted(CLAIM_1, 10_001), recovered(CLAIM_1, 10_001, final=True)])
def test_nobody_gets_more_than_was_claimed(decide: Decide) -> None:
    world = claimed()
    do(world, filed(CLAIM_1, None))
    with pytest.raises(OrdoError) as refusal:
        do(world, decide)
    assert (refusal.value.code, refusal.value.pointer) == (Code.INVALID_REQUEST, "/amount/amount")


def test_what_comes_in_parts_is_together_no_more_than_was_claimed() -> None:
    world = claimed()
    do(world, filed(CLAIM_1, None))
    do(world, recovered(CLAIM_1, 6_000, final=False))
    with pytest.raises(OrdoError):
        do(world, recovered(CLAIM_1, 4_001, final=True))
    assert claim(world).recovered == 6_000
    assert do(world, recovered(CLAIM_1, 4_000, final=False))
    assert (claim(world).state, claim(world).recovered) == (ClaimState.PAID, 10_000)


def test_a_claim_that_is_not_filed_is_said_before_its_time_is_over_and_then_expires() -> None:
    world = claimed()
    due = from_iso(claim(world).file_by)
    assert world.header().deadlines[CLAIM] == to_iso(due - timedelta(days=3))
    world.now = due - timedelta(days=3)
    told = [settle_due(world.desk, ORDER) for _ in range(5)]
    assert world.types().count("claim.reminded") == 1
    assert any(each.metrics == (OVERDUE_ORDERS,) for each in told)
    assert world.header().deadlines[CLAIM] == to_iso(due)
    world.now = due
    with pytest.raises(NotAllowedNow):
        do(world, filed(CLAIM_1, None))
    for _ in range(5):
        settle_due(world.desk, ORDER)
    assert (claim(world).state, world.types().count("claim.expired")) == (ClaimState.EXPIRED, 1)


def test_a_claim_outlives_its_order() -> None:
    world = claimed()
    do(world, filed(CLAIM_1, None))
    for number in (1, 2):
        tell(world, number, TrackingStatus.DELIVERED)
    world.wait(days=7)
    settle_due(world.desk, ORDER)
    header = world.header()
    assert header.status is OrderStatus.COMPLETED
    assert header.deadlines == {CLAIM: claim(world).answer_by}
    assert header.deadline_at == claim(world).answer_by
    world.now = from_iso(claim(world).answer_by or "")
    assert settle_due(world.desk, ORDER).outcome == "reminded"
    assert world.types()[-1] == "claim.reminded"
    assert from_iso(world.header().deadline_at or "") == world.now + timedelta(days=7)  # and is told of again
    assert do(world, recovered(CLAIM_1, 10_000, final=True))
    header = world.header()
    assert (header.status, header.deadline_at, header.deadlines) == (OrderStatus.COMPLETED, None, {})


def test_an_order_completes_although_a_claim_is_open() -> None:
    world = claimed()
    for number in (1, 2):
        tell(world, number, TrackingStatus.DELIVERED)
    assert set(world.header().deadlines) == {"completion", CLAIM}


MOVES = st.one_of(
    st.builds(
        opening, st.sampled_from([1, 2]), st.sampled_from(["lost", "damaged"]), st.none() | st.integers(1, 30_000)
    ),
    st.builds(filed, st.sampled_from([CLAIM_1, CLAIM_1[:-1] + "2"]), st.sampled_from([None, "a"])),
    st.builds(accepted, st.sampled_from([CLAIM_1, CLAIM_1[:-1] + "2"]), st.none() | st.integers(1, 30_000)),
    st.builds(refused, st.just(CLAIM_1), st.sampled_from(["late", "other"])),
    st.builds(recovered, st.sampled_from([CLAIM_1, CLAIM_1[:-1] + "2"]), st.integers(1, 12_000), final=st.booleans()),
)


@settings(deadline=None)
@given(st.lists(st.tuples(MOVES, st.integers(0, 15)), max_size=14))
def test_whatever_is_told_no_more_comes_back_than_was_claimed_nor_is_claimed_than_was_paid(
    moves: list[tuple[Decide, int]],
) -> None:
    world = sent()
    for decide, days in moves:
        world.wait(days=days)
        before = world.header()
        try:
            do(world, decide)
        except OrdoError:
            assert world.header() == before
        settle_due(world.desk, ORDER)
        found = world.state().claims.values()
        assert all(0 <= each.recovered <= each.amount <= each.value == 20_000 for each in found)
        assert len({(each.tracking_number, each.reason) for each in found}) == len(found)
        assert set(world.header().open_claims) == {each.claim_id for each in found if each.is_open}
        if world.header().open_claims:
            assert world.header().deadline_at is not None
