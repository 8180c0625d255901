"""A return: what a customer wants to send back, or says is wrong, and what became of it. A record of the order.

It holds references and figures only: what the customer wrote, and the address of a label, are beside the order's
contact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

from ordo.catalog.return_policies import FAULTS, Condition, Outcome, ReturnReason, Way
from ordo.inventory.demand import demand_key
from ordo.kernel.clock import to_iso
from ordo.kernel.frozen import Frozen
from ordo.shipments.model import LineQuantity, Parcel
from ordo.shipments.proof_model import KeptFile

ReturnState = Literal[
    "requested", "approved", "refused", "in_transit", "part_received", "inspected", "settled", "ended"
]
"""`requested`: somebody, or the policy, decides. `approved`: the goods are to come. `in_transit`: a carrier has them.
`part_received`: some were counted. `inspected`: no more come, and what they are worth is still to be decided, or new
goods are to leave. Over: `refused`, `settled` (what was due was booked), `ended` (nothing came of it).
"""
OVER: tuple[ReturnState, ...] = ("refused", "settled", "ended")
AWAITED: tuple[ReturnState, ...] = ("approved", "in_transit", "part_received")
"""States in which goods are to come."""

MIXED: tuple[Outcome, ...] = ("refund", "exchange")
"""Outcomes of which a part of the money may be credit in the shop."""

Disposition = Literal["restock", "refurbish", "quarantine", "scrap", "vendor"]
Verdict = Literal["automatic", "by_hand", "refused"]
Ending = Literal["withdrawn", "timed_out", "nothing_came", "refused", "unanswered", "kept", "rejected"]
"""Why it was refused or ended. `kept`: a claim without goods was decided; `rejected`: what came is worth nothing."""


class Finding(Frozen):
    """What one rule says (law 5): of a line, or of the whole request."""

    rule: str
    verdict: Verdict
    line_id: str | None = None
    facts: dict[str, Any] = {}


class Wanted(Frozen):
    """Units of a line, or of a part of it, that are to come back. `opened`: the seal was broken, as far as is known."""

    line_id: str
    sku: str
    quantity: int
    part: int | None = None
    opened: bool | None = None

    @property
    def key(self) -> str:
        """The line, or the part of it."""
        return demand_key(self.line_id, self.part)


class Inspected(Frozen):
    """Equal units that came in one receipt and what they are. `serial` is of one unit. `line_id` None: they are none of
    the order's (`sku` as it was read).
    """

    line_id: str | None
    sku: str
    quantity: int
    condition: Condition
    disposition: Disposition
    node_id: str
    receipt: int
    received_at: str
    part: int | None = None
    serial: str | None = None
    files: tuple[KeptFile, ...] = ()
    accepted: bool = True
    """Whether the customer gets something for them; what is not accepted is theirs still."""
    deduction: int = 0
    """What their refund was lowered by for their condition, in minor units."""

    @property
    def key(self) -> str | None:
        """The line, or the part of it."""
        return None if self.line_id is None else demand_key(self.line_id, self.part)


class SentBack(Frozen):
    """One parcel on its way back. `source`: a label or pickup that was ordered, or the customer's own carrier."""

    carrier: str
    parcel: Parcel
    source: Way
    cost: int | None = None
    """What the label costs the merchant, in minor units of the order's currency, as far as the carrier says."""


class ReturnTerms(Frozen):
    """What of the channel's policy is kept with the return: terms that change do not reach it. Per cents are texts."""

    preset: str | None = None
    unanswered: str = "remind"
    send_days: int = 14
    arrive_days: int = 21
    settle_hours: int = 72
    fee: bool = False
    label_fee: int = 0
    label_account: str | None = None
    deductions: dict[str, str] = {}
    sealed: dict[str, str] = {}
    """By line or part: the rule by which it is not taken back once it was unsealed."""


class NewLine(Frozen):
    """What is wanted in exchange."""

    sku: str
    quantity: int
    options: dict[str, str] = {}


class Exchange(Frozen):
    """What goes out for what comes back. `advance`: it is sent before. `credit` is what the old goods were worth
    when it was approved, at most what the new ones cost: it was booked in advance and is taken back at the end.
    """

    lines: tuple[NewLine, ...]
    advance: bool = False
    line_ids: tuple[str, ...] = ()
    fulfilment_ids: tuple[str, ...] = ()
    price: int = 0
    credit: int = 0


class Return(Frozen):
    """One return, exchange or claim of an order. `lines` is what was announced (nothing where goods came by
    themselves), `units` what came. A claim is `without_goods`. `findings` say by which rules it was decided, `worth`
    is what the units cost at most by the dearest of each line when it was asked for. `refunded` and `deducted` are
    what was booked for it so far. Amounts are minor units of the order's currency, times ISO texts.
    """

    return_id: str
    order_id: str
    state: ReturnState
    outcome: Outcome
    reason: ReturnReason
    requested_by: str
    requested_at: str
    changed_at: str
    deadline: str
    lines: tuple[Wanted, ...]
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    terms: ReturnTerms = ReturnTerms()
    way: Way = "own"
    without_goods: bool = False
    reship: bool = False
    """Of a claim: the units are to be sent (again), not refunded."""
    unannounced: bool = False
    worth: int = 0
    files: tuple[KeptFile, ...] = ()
    personal_hash: str | None = None
    decided_by: str | None = None
    decided_at: str | None = None
    send_by: str | None = None
    arrive_by: str | None = None
    sent: tuple[SentBack, ...] = ()
    label_problem: str | None = None
    units: tuple[Inspected, ...] = ()
    receipts: int = 0
    refunded: int = 0
    deducted: int = 0
    credit_wanted: int = 0
    """Of a refund that is to be mixed: so much of it at most as credit in the shop, the rest to what was paid with."""
    credited: int = 0
    """What of `refunded` was due as credit in the shop."""
    label_charged: bool = False
    exchange: Exchange | None = None
    ending: Ending | None = None
    reminders: int = 0
    expired: bool = False
    """Goods were to come for an exchange and did not: whoever carries it takes back what was credited."""

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done."""
        return self.state not in OVER

    @property
    def is_fault(self) -> bool:
        """Whether its reason is the merchant's or the carrier's."""
        return self.reason in FAULTS

    @property
    def announced(self) -> int:
        """Units that were announced."""
        return sum(line.quantity for line in self.lines)

    @property
    def received(self) -> int:
        """Units that came, also those that are none of the order's."""
        return sum(each.quantity for each in self.units)

    def received_of(self, key: str) -> int:
        """Units of a line, or of a part, that came."""
        return sum(each.quantity for each in self.units if each.key == key)

    def claimed_of(self, key: str) -> int:
        """Units of a line that no other return may ask for: what came, and while goods are awaited what was announced.

        Of a claim that was decided: those that it was decided for.
        """
        announced = sum(line.quantity for line in self.lines if line.key == key)
        refunded = self.without_goods and not self.reship  # what is sent again was taken off what came
        counts = self.is_open or (refunded and self.state == "settled")
        return max(self.received_of(key), announced if counts else 0)

    def differences(self) -> tuple[dict[str, Any], ...]:
        """Lines of which more or fewer came than announced, and units that are none of the order's."""
        keys = dict.fromkeys([line.key for line in self.lines] + [each.key for each in self.units if each.key])
        announced = {key: sum(one.quantity for one in self.lines if one.key == key) for key in keys}
        found: list[dict[str, Any]] = [
            {"line": key, "announced": announced[key], "received": self.received_of(key)}
            for key in keys
            if announced[key] != self.received_of(key)
        ]
        foreign = [each for each in self.units if each.key is None]
        return (*found, *({"sku": each.sku, "announced": 0, "received": each.quantity} for each in foreign))

    def told(self) -> dict[str, Any]:
        """As events tell it: by reference."""
        return {
            "return_id": self.return_id,
            "state": self.state,
            "outcome": self.outcome,
            "reason_code": self.reason,
            "units": self.announced or self.received,
        }

    def now(self, state: ReturnState, now: datetime, **changes: Any) -> Return:
        """The same return, in this state from now on."""
        return self.model_copy(update={"state": state, "changed_at": to_iso(now), **changes})


def return_id(order_id: str, number: int) -> str:
    """`ret_<order's ulid>_<number from 1>`: an id that names its order."""
    return f"ret_{order_id.removeprefix('ord_')}_{number}"


def words_slot(name: str) -> str:
    """Where, beside the order's contact, what a customer wrote and the address of a label are kept."""
    return f"return#{name}"


def claimed(returns: Mapping[str, Return], key: str, but: str | None = None) -> int:
    """Units of a line, or of a part, that returns of the order have, without those of `but`."""
    return sum(each.claimed_of(key) for each in returns.values() if each.return_id != but)


def quantities(lines: Iterable[Wanted]) -> tuple[LineQuantity, ...]:
    """The units as the order's books know them."""
    return tuple(
        LineQuantity(line_id=each.line_id, sku=each.sku, quantity=each.quantity, part=each.part) for each in lines
    )
