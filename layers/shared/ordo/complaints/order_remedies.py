"""What makes good through a complaint's order: its changes, as everybody's.

A remedy's key is the change's: whoever carries the remedy out again finds it done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ordo.complaints.model import Remedy
from ordo.kernel.canonical import canonical_json, sha256_hex
from ordo.kernel.errors import NotAllowedNow
from ordo.orders.changes import ProposeChange, apply_change, propose_change
from ordo.orders.desk import OrderDesk
from ordo.orders.keys import CommandKey
from ordo.orders.reship import Elsewhere

CLIENT = "~complaints"


@dataclass(frozen=True, slots=True)
class ChangesOfOrders:
    """The `OrderRemedies` of production."""

    desk: OrderDesk
    elsewhere: Elsewhere

    def check(self, order_id: str, kind: str, asked: Mapping[str, Any], remedy: Remedy) -> None:
        self.desk.repository.load(order_id)
        if kind != "reship":
            raise NotAllowedNow("Refunds of complaints are not there yet.")

    def carry_out(self, order_id: str, kind: str, asked: Mapping[str, Any], remedy: Remedy) -> str:
        command = ProposeChange(
            self.desk.new_id("chg"), "reship", "staff", remedy.reason, incident_id=asked["incident_id"]
        )
        told = sha256_hex(canonical_json([kind, dict(asked)]))
        key = CommandKey.of(CLIENT, remedy.remedy_id, "change", order_id, told)
        change = propose_change(self.desk, order_id, command, key, actor=remedy.by, elsewhere=self.elsewhere)
        applied, _ = apply_change(self.desk, order_id, change.change_id, actor=remedy.by, elsewhere=self.elsewhere)
        return applied.change_id
