"""What damage may be reported, and what a report does: it opens the case or makes it larger, judged by the records."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from ordo.kernel.clock import to_iso
from ordo.kernel.errors import NotAllowedNow, OrdoError
from ordo.orders.completion import confirm_receipt
from ordo.orders.decision import Decision
from ordo.orders.model import OrderState, shipment_id
from ordo.shipments.liability import USUAL, Verdict
from ordo.shipments.model import Parcel, Shipment
from ordo.shipments.proof_model import Condition, Handover
from ordo.shipments.proving import LineUnits, Prove, prove
from ordo.shipments.reporting import MAX_REPORTS, ReportDamage, report_damage, reportable
from ordo.shipments.settlement import settlement
from tests.support.orders import NOON, ORDER, STAFF, World, shop


@pytest.fixture
def world() -> World:
    """Everything was delivered a day later, in whole parcels."""
    world = shop()
    world.place(payable_later=True)
    world.desk.change(ORDER, sent, actor=STAFF)
    world.wait(days=1)
    for shipment in list(world.state().shipments):
        change(world, prove(handing(shipment)))
    return world


def sent(state: OrderState, now: datetime) -> Decision:
    """Every part of it leaves in one parcel."""
    moment, found = to_iso(now), []
    for number, part in enumerate(state.fulfilments.values(), start=1):
        parcel = Parcel(tracking_number=f"P{number}", lines=part.lines)
        told = {"order_id": ORDER, "fulfilment_id": part.fulfilment_id, "carrier": "generic", "dispatched_at": moment}
        found.append(Shipment(shipment_id=shipment_id(ORDER, number), parcels=(parcel,), **told))
    units = state.header.units.model_copy(update={"dispatched": state.header.units.total})
    header = state.header.model_copy(update={"units": units, "released_at": moment, "moved_at": moment})
    return Decision("shipment.dispatched", header, records=tuple(found))


def change(world: World, decide: Any) -> None:
    world.desk.change(ORDER, decide, actor=STAFF)


def handing(shipment: str) -> Prove:
    return Prove(
        shipment_id=shipment,
        handover=Handover.DELIVERED,
        device_at=to_iso(NOON + timedelta(days=1)),
        condition=Condition.INTACT,
        personal={"salt": "s"},
        relation="customer",
    )


def settled(incident_id: str) -> Any:
    """Staff end it."""

    def decide(state: OrderState, now: datetime) -> Decision:
        return settlement(state, state.incidents[incident_id], "settled", now, None)

    return decide


def telling(*units: tuple[str, int], days: int = 7, **changes: Any) -> ReportDamage:
    lines = tuple(LineUnits(line, quantity) for line, quantity in units)
    return ReportDamage(lines=lines, days=days, table=USUAL, **changes)


def some_line(world: World) -> str:
    return reportable(world.state(), 7, world.now)[0].line_id


def test_a_report_opens_one_case_with_the_verdict_of_the_records(world: World) -> None:
    line = some_line(world)
    change(world, report_damage(telling((line, 1))))
    state = world.state()
    (report,), (incident,) = state.reports.values(), state.incidents.values()
    assert (incident.kind, incident.reason, incident.units, incident.causes) == (
        "damaged",
        "reported",
        1,
        (report.report_id,),
    )
    assert {each.verdict for each in report.assessments} == {Verdict.PRODUCT}
    assert {each.row for each in report.assessments} == {"soon_not_photographed"}
    assert incident.incident_id in state.header.open_incidents
    last = world.repository.timeline(state.header.order_id)[-1].read()
    assert (last["type"], last["implies"]) == ("damage.reported", ["incident.opened"])


def test_another_report_makes_the_open_case_larger_and_counts_no_unit_twice(world: World) -> None:
    line = some_line(world)
    for _ in range(2):
        change(world, report_damage(telling((line, 1))))
    (incident,) = world.state().incidents.values()
    assert (incident.units, len(incident.causes)) == (1, 2)
    last = world.repository.timeline(world.state().header.order_id)[-1].read()
    assert last["implies"] == []


def test_of_several_parcels_each_has_its_own_case_that_can_be_sent_again_or_claimed(world: World) -> None:
    came = reportable(world.state(), 7, world.now)
    change(world, report_damage(telling(*((line.line_id, line.quantity) for line in came))))
    state = world.state()
    (report,) = state.reports.values()
    parcels = [(each.shipment_id, parcel) for each in state.shipments.values() for parcel in each.parcels]
    assert len(parcels) > 1, "it came in one parcel: the test shows nothing"
    cases = [state.incidents[name] for name in report.incident_ids]
    assert [(each.shipment_id, each.tracking_number, each.lines) for each in cases] == [
        (name, parcel.tracking_number, parcel.lines) for name, parcel in parcels
    ]
    assert all({"reship", "refund", "claim"} <= {each.action for each in case.proposals} for case in cases)
    change(world, report_damage(telling((came[0].line_id, 1))))
    assert set(world.state().incidents) == set(report.incident_ids)


def test_a_case_that_has_ended_is_not_opened_again_but_followed_by_another(world: World) -> None:
    line = some_line(world)
    change(world, report_damage(telling((line, 1))))
    (first,) = world.state().incidents
    change(world, settled(first))
    change(world, report_damage(telling((line, 1))))
    assert [each.state for each in world.state().incidents.values()] == ["resolved", "open"]


@pytest.mark.parametrize(("days", "after", "may"), [(7, 7, True), (7, 8, False), (0, 0, False)])
def test_damage_is_reported_within_the_channels_days(world: World, days: int, after: int, may: bool) -> None:
    line = some_line(world)
    world.wait(days=after)
    assert bool(reportable(world.state(), days, world.now)) is may
    if not may:
        with pytest.raises(NotAllowedNow):
            change(world, report_damage(telling((line, 1), days=days)))


def test_nothing_can_be_reported_of_what_has_not_come() -> None:
    world = shop()
    world.place(payable_later=True)
    assert reportable(world.state(), 7, world.now) == ()


@pytest.mark.parametrize(
    ("units", "code"),
    [((), "invalid_request"), ((("9", 1),), "unknown_line"), ((("*", 1), ("*", 1)), "unknown_line")],
)
def test_what_is_not_there_is_refused_and_changes_nothing(
    world: World, units: tuple[tuple[str, int], ...], code: str
) -> None:
    meant = tuple((some_line(world) if line == "*" else line, count) for line, count in units)
    before = world.state()
    with pytest.raises(OrdoError) as refused:
        change(world, report_damage(telling(*meant)))
    assert refused.value.code.code == code
    assert world.state() == before


def test_no_more_units_than_came_are_damaged(world: World) -> None:
    line = reportable(world.state(), 7, world.now)[0]
    for wrong in (0, line.quantity + 1):
        with pytest.raises(OrdoError) as refused:
            change(world, report_damage(telling((line.line_id, wrong))))
        assert (refused.value.code.code, refused.value.pointer) == ("invalid_quantity", "/lines/0/quantity")


def test_there_are_only_so_many_reports(world: World) -> None:
    line = some_line(world)
    for _ in range(MAX_REPORTS):
        change(world, report_damage(telling((line, 1))))
    assert reportable(world.state(), 7, world.now) == ()


def test_what_is_reported_after_the_order_completed_still_waits_for_somebody(world: World) -> None:
    change(world, confirm_receipt)
    assert world.state().header.deadline_at is None
    change(world, report_damage(telling((some_line(world), 1))))
    header = world.state().header
    assert (header.status, set(header.deadlines)) == ("completed", {"incident"})
    assert header.deadline_at == to_iso(world.now + timedelta(hours=48))
    change(world, settled(next(iter(header.open_incidents))))
    assert world.state().header.deadline_at is None
