"""Reports of damage, carried out at the desk for proofs with the photos that they name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from ordo.orders.keys import CommandKey, once
from ordo.orders.model import Actor, OrderState
from ordo.shipments.evidence import Named, take_evidence
from ordo.shipments.liability import table_of
from ordo.shipments.model import LineQuantity
from ordo.shipments.proof_model import FileKind
from ordo.shipments.proof_service import ProofDesk, Upload
from ordo.shipments.proving import LineUnits
from ordo.shipments.report_model import DamageReport, words_slot
from ordo.shipments.reporting import ReportDamage, report_damage, reportable, require_reportable


class Policy(Protocol):
    """A channel, as far as reports of damage go."""

    @property
    def damage_report_days(self) -> int: ...
    @property
    def liability(self) -> Any: ...


class Policies(Protocol):
    """The catalogue, as far as it is asked."""

    def load_channel(self, channel_id: str, now: datetime) -> Policy | None: ...


@dataclass(frozen=True, slots=True)
class ReportDesk:
    """The desk for proofs, which has the files, and the channels' policies."""

    proofs: ProofDesk
    policies: Policies

    def reportable(self, state: OrderState) -> tuple[LineQuantity, ...]:
        """What damage may be reported of now, by line. Nothing is read for an order of which nothing has come."""
        if not state.header.units.delivered:
            return ()
        return reportable(state, self._days(state), self.proofs.desk.now())

    def offer(self, order_id: str, content_type: str) -> Upload | None:
        """A form for a photo; None when nothing may be reported. Writes nothing."""
        if not self.reportable(self.proofs.desk.repository.load(order_id)):
            return None
        return self.proofs.offer(order_id, FileKind.DAMAGE_PHOTO, content_type)

    def report(
        self,
        lines: tuple[LineUnits, ...],
        named: tuple[Named, ...],
        personal: Mapping[str, Any] | None,
        key: CommandKey,
        actor: Actor,
    ) -> DamageReport:
        """Record a report with the photos that it names; the same key gives the same report.

        Raises what `report_damage` raises, `FileMissing`, `FileNotAccepted`, and `Busy`.
        """
        desk = self.proofs.desk

        def command_once() -> DamageReport:
            state = desk.repository.load(key.order_id)
            policy = self.policies.load_channel(state.header.channel, desk.now())
            command = ReportDamage(
                lines=lines,
                days=self._days(state),
                table=table_of(policy.liability if policy else None),
                personal=personal,
                claim=lambda report_id, version: key.claim(report_id=report_id, version=version),
            )
            require_reportable(state, command, desk.now())
            whole = replace(command, files=take_evidence(self.proofs.files, key.order_id, named))
            changed = desk.change(key.order_id, report_damage(whole, desk.policies), actor=actor)
            records = changed.decision.records if changed.decision else ()
            return next(each for each in records if isinstance(each, DamageReport))

        def first_answer(held: dict[str, Any]) -> DamageReport:
            return desk.repository.load(key.order_id).reports[held["report_id"]]

        return once(desk.repository, key, command_once, first_answer)

    def words(self, report: DamageReport) -> str | None:
        """What the customer wrote; None when nothing, or when it was erased."""
        kept = self.proofs.desk.repository.contact(report.order_id, words_slot(report.report_id))
        return str(kept["note"]) if kept else None

    def _days(self, state: OrderState) -> int:
        policy = self.policies.load_channel(state.header.channel, self.proofs.desk.now())
        return policy.damage_report_days if policy else 0
