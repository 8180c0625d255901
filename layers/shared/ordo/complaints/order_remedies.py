"""What makes good through a complaint's order: its changes, as everybody's.

A remedy's key is the change's: whoever carries the remedy out again finds it done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ordo.complaints.model import Remedy
from ordo.kernel.canonical import canonical_json, sha256_hex
from ordo.kernel.errors import CurrencyMismatch
from ordo.orders.change_kinds import Means
from ordo.orders.changes import ProposeChange, carry_out_change, decide_proposal
from ordo.orders.desk import OrderDesk
from ordo.orders.keys import CommandKey
from ordo.orders.model import ChangeKind

CLIENT = "~complaints"
"""Whose keys the changes have: no API client has an id that begins so."""


@dataclass(frozen=True, slots=True)
class ChangesOfOrders:
    """The `OrderRemedies` of production."""

    desk: OrderDesk
    means: Means

    def check(self, order_id: str, kind: ChangeKind, asked: Mapping[str, Any], remedy: Remedy) -> None:
        state = self.desk.repository.load(order_id)
        if remedy.currency not in (None, state.header.currency):
            raise CurrencyMismatch(state.header.currency, str(remedy.currency), "/amount/currency")
        command, key = self._command(kind, asked, remedy), self._key(order_id, kind, asked, remedy)
        decide_proposal(state, self.desk.now(), command, remedy.by, key, self.means)

    def carry_out(self, order_id: str, kind: ChangeKind, asked: Mapping[str, Any], remedy: Remedy) -> str:
        command, key = self._command(kind, asked, remedy), self._key(order_id, kind, asked, remedy)
        change, _ = carry_out_change(self.desk, order_id, command, self.means, actor=remedy.by, key=key)
        return change.change_id

    def _command(self, kind: ChangeKind, asked: Mapping[str, Any], remedy: Remedy) -> ProposeChange:
        return ProposeChange(
            change_id=self.desk.new_id("chg"),
            kind=kind,
            requested_by="staff",
            reason=remedy.reason,
            incident_id=asked.get("incident_id"),
            asked=dict(asked) if kind == "goodwill" else {},
        )

    @staticmethod
    def _key(order_id: str, kind: str, asked: Mapping[str, Any], remedy: Remedy) -> CommandKey:
        told = sha256_hex(canonical_json([kind, dict(asked)]))
        return CommandKey.of(CLIENT, remedy.remedy_id, "change", order_id, told)
