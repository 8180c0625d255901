"""A customer reports damage after the delivery: what may be reported, and what becomes of it. Pure decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from ordo.inventory.demand import demand_key
from ordo.kernel.clock import from_iso, to_iso
from ordo.kernel.errors import Code, NotAllowedNow, OrdoError
from ordo.orders.decision import Claim, ContactWrite, Decision, NoChange
from ordo.orders.incident import Facts, Incident
from ordo.orders.model import OrderState
from ordo.orders.proposals import Policies, proposing, usual_policies
from ordo.shipments.damage import Report, cases
from ordo.shipments.liability import Row, judge
from ordo.shipments.model import LineQuantity, Parcel, Shipment
from ordo.shipments.parcel_incidents import Wanted, opening
from ordo.shipments.proof_model import KeptFile, personal_hash
from ordo.shipments.proving import LineUnits
from ordo.shipments.report_model import Assessed, DamageReport, report_id, words_slot
from ordo.shipments.tracking import delivery_time

Decide = Callable[[OrderState, datetime], Decision | NoChange]
MAX_REPORTS, MAX_DAMAGE_PHOTOS = 5, 6
REASON = "reported"


@dataclass(frozen=True, slots=True)
class ReportDamage:
    """What a customer tells: how many units of each line are damaged in all. `files` were read and hashed before.

    `personal` is what they wrote, with its `salt`; None when nothing. `days` and `table` are the channel's.
    """

    lines: tuple[LineUnits, ...]
    days: int
    table: Sequence[Row]
    files: tuple[KeptFile, ...] = ()
    personal: Mapping[str, Any] | None = None
    claim: Callable[[str, int], Claim] | None = field(default=None, compare=False)
    """The claim of the request's key, by the report's id and the order's version by it."""


def reportable(state: OrderState, days: int, now: datetime) -> tuple[LineQuantity, ...]:
    """Units that came within so many days (0: never), by line: what damage may be reported of. Empty: of nothing.

    Not after `MAX_REPORTS` reports, since each is work for somebody; not of an order that was cancelled.
    """
    if not days or state.header.cancelled_at or len(state.reports) >= MAX_REPORTS:
        return ()
    found: dict[str, LineQuantity] = {}
    for _, parcel in _came(state, days, now):
        for line in parcel.delivered:
            had = found[line.key].quantity if line.key in found else 0
            found[line.key] = line.model_copy(update={"quantity": had + line.quantity})
    return tuple(found.values())


def _came(state: OrderState, days: int, now: datetime) -> Iterator[tuple[Shipment, Parcel]]:
    """Parcels that came within so many days."""
    since = now - timedelta(days=days)
    for shipment in state.shipments.values():
        for parcel in shipment.parcels:
            at = delivery_time(parcel.history)
            if at is not None and max(from_iso(at), from_iso(shipment.dispatched_at)) >= since:
                yield shipment, parcel


def report_damage(command: ReportDamage, policies: Policies = usual_policies) -> Decide:
    """Record the report, judge it by the records, and open an incident of each parcel that has some of it, or make the
    open one larger.

    Raises `NotAllowedNow` when nothing may be reported (any more), `unknown_line` and `invalid_quantity`.
    """

    def decide(state: OrderState, now: datetime) -> Decision:
        lines = require_reportable(state, command, now)
        name = report_id(state.header.order_id, len(state.reports) + 1)
        opened, larger = _cases(state, _shares(state, lines, command.days, now), name, policies, now)
        report = DamageReport(
            report_id=name,
            order_id=state.header.order_id,
            reported_at=to_iso(now),
            lines=lines,
            files=command.files,
            assessments=tuple(_assessed(state, lines, command.table, now)),
            incident_ids=tuple(each.incident_id for each in (*larger, *opened)),
            personal_hash=personal_hash(command.personal) if command.personal else None,
        )
        return _decision(state, report, opened, larger, command)

    return decide


def require_reportable(state: OrderState, command: ReportDamage, now: datetime) -> tuple[LineQuantity, ...]:
    """The units that are meant; raises what `report_damage` would, before anything is read for it."""
    may = {line.key: line for line in reportable(state, command.days, now)}
    if not may:
        raise NotAllowedNow("Damage can no longer, or not yet, be reported.", facts={"days": command.days})
    found: dict[str, LineQuantity] = {}
    for place, each in enumerate(command.lines):
        key, where = demand_key(each.line_id, each.part), f"/lines/{place}"
        if key not in may or key in found:
            raise OrdoError(f"Nothing of line {key!r} has come.", code=Code.UNKNOWN_LINE, pointer=f"{where}/line_id")
        if not 1 <= each.quantity <= may[key].quantity:
            detail = f"{may[key].quantity} units of line {key!r} have come."
            raise OrdoError(detail, code=Code.INVALID_QUANTITY, pointer=f"{where}/quantity")
        found[key] = may[key].model_copy(update={"quantity": each.quantity})
    if not found:
        raise OrdoError("Say what is damaged.", pointer="/lines")
    return tuple(found.values())


def _assessed(
    state: OrderState, lines: Iterable[LineQuantity], table: Sequence[Row], now: datetime
) -> Iterable[Assessed]:
    for line in lines:
        for case in cases(state, Report(line.line_id, now, line.part)):
            found = judge(case.facts, table)
            yield Assessed(
                line_id=line.line_id,
                part=line.part,
                shipment_id=case.shipment.shipment_id,
                tracking_number=case.parcel.tracking_number,
                verdict=found.verdict,
                row=found.row_id,
                facts=case.facts.to_dict(),
            )


_Share = tuple[Shipment, Parcel, tuple[LineQuantity, ...]]


def _shares(state: OrderState, lines: Iterable[LineQuantity], days: int, now: datetime) -> Iterator[_Share]:
    """Which parcel the units are of: first of those whose damage is known already, since it may be told again."""
    left = {line.key: line.quantity for line in lines}
    for shipment, parcel in sorted(_came(state, days, now), key=lambda each: _known(state, *each) is None):
        mine = []
        for line in parcel.delivered:
            units = min(left.get(line.key, 0), line.quantity)
            if units:
                left[line.key] -= units
                mine.append(line.model_copy(update={"quantity": units}))
        if mine:
            yield shipment, parcel, tuple(mine)


def _known(state: OrderState, shipment: Shipment, parcel: Parcel) -> Incident | None:
    """The open incident of damage of the parcel."""
    mine = (each for each in state.incidents.values() if each.is_of(shipment.shipment_id, parcel.tracking_number))
    return next((each for each in mine if each.is_open and each.kind == "damaged"), None)


def _cases(
    state: OrderState, shares: Iterable[_Share], cause: str, policies: Policies, now: datetime
) -> tuple[tuple[Incident, ...], tuple[Incident, ...]]:
    """The incidents that are opened, and those that are made larger."""
    opened: dict[str, Incident] = {}
    larger: list[Incident] = []
    terms = policies(state.header.channel, now)
    for shipment, parcel, lines in shares:
        before = _known(state, shipment, parcel)
        if before is not None:
            proposed = proposing(state, _larger(before, lines, cause, now), terms)
            larger.append(proposed.model_copy(update={"alone": before.alone}))
            continue
        at = replace(state, incidents={**state.incidents, **opened})
        wanted = Wanted("damaged", cause, REASON, Facts(), lines)
        opened |= {each.incident_id: each for each in opening(at, shipment, parcel, [wanted], terms, now)}
    return tuple(opened.values()), tuple(larger)


def _larger(incident: Incident, lines: Iterable[LineQuantity], cause: str, now: datetime) -> Incident:
    """The same case: of each line the larger count, since what was noted at the door is told again. In its time."""
    units = {line.key: line for line in incident.lines}
    for line in lines:
        if line.key not in units or units[line.key].quantity < line.quantity:
            units[line.key] = line
    changes = {"lines": tuple(units.values()), "causes": (*incident.causes, cause), "changed_at": to_iso(now)}
    return incident.model_copy(update=changes)


def _decision(
    state: OrderState,
    report: DamageReport,
    opened: tuple[Incident, ...],
    larger: tuple[Incident, ...],
    command: ReportDamage,
) -> Decision:
    waiting = {**state.header.open_incidents, **{each.incident_id: each.deadline for each in opened}}
    told = {"incidents_opened": [each.incident_id for each in opened]} if opened else {}
    return Decision(
        "damage.reported",
        state.header.model_copy(update={"open_incidents": waiting}),
        {**report.told(), **told},
        implies=("incident.opened",) if opened else (),
        records=(report, *larger, *opened),
        claims=(command.claim(report.report_id, state.header.seq + 1),) if command.claim else (),
        contacts=(ContactWrite(words_slot(report.report_id), dict(command.personal)),) if command.personal else (),
    )
