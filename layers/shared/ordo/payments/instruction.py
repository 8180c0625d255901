"""One intended movement of money: what is asked of a provider, and what has come of it. Pure.

Asked with a key of its own (`key`): who asks twice with it moves money once. A round is one try of it; a provider that
has declined is asked again under the next round's key, since it gives the answer of a known key again.
"""

from __future__ import annotations

from enum import StrEnum

from ordo.kernel.frozen import Frozen


class Movement(StrEnum):
    """What is asked. `charge` is an authorisation and its capture in one."""

    AUTHORISE = "authorise"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"
    CHARGE = "charge"


class InstructionState(StrEnum):
    """How far it is. `sent`: the provider has it, and will say later. `unknown`: whether it has nobody knows.

    `failed`: the provider has refused; with `due_at` it is tried again then, without it somebody must do something.
    `dropped`: what was not done is not wanted any more.
    """

    REQUESTED = "requested"
    SENT = "sent"
    UNKNOWN = "unknown"
    DONE = "done"
    FAILED = "failed"
    DROPPED = "dropped"


S = InstructionState
OPEN = (S.REQUESTED, S.SENT, S.UNKNOWN)
"""It may still move money."""
UNDER_WAY = (*OPEN, S.FAILED)
"""It stands for what is to be moved: nothing else is asked for the same money. (One that takes money and has failed
does not: see `counts`.)"""
TAKING = (Movement.AUTHORISE, Movement.CHARGE)


class PaymentInstruction(Frozen):
    """A movement. `amount` and `settled` (what was done of it) in minor units; `of` is the provider's reference of the
    payment that is captured, voided or refunded, `reference` that of the movement itself. `due_at` is when somebody
    looks at it again. `attempts` counts calls of the provider, `round` tries that it answered.
    """

    instruction_id: str
    order_id: str
    movement: Movement
    state: InstructionState
    amount: int
    tender_id: str
    provider: str
    requested_at: str
    changed_at: str
    due_at: str | None = None
    of: str | None = None
    settled: int = 0
    reference: str | None = None
    attempts: int = 0
    round: int = 1
    asked_at: str | None = None
    """When its present round was first asked for: a provider keeps keys for a time only."""
    error: str | None = None
    incident_id: str | None = None
    as_credit: bool = False
    """Of a refund: it is paid out as store credit, whatever was paid with."""

    @property
    def key(self) -> str:
        """The idempotency key of the present round."""
        return f"{self.instruction_id}.{self.round}"

    @property
    def left(self) -> int:
        """What is still to be moved."""
        return self.amount - self.settled

    @property
    def is_open(self) -> bool:
        """Whether it may still move money."""
        return self.state in OPEN

    @property
    def counts(self) -> bool:
        """Whether it stands for its money, so that nothing else is asked for it."""
        return self.is_open or (self.state is S.FAILED and self.movement not in TAKING)

    def told(self) -> dict[str, object]:
        """As events tell it: by reference."""
        return {
            "instruction_id": self.instruction_id,
            "movement": self.movement,
            "amount": self.left,
            "tender_id": self.tender_id,
            "provider": self.provider,
            **({"of": self.of} if self.of else {}),
        }


def instruction_id(order_id: str, number: int) -> str:
    """`ins_<order's ulid>_<number from 1>`: an id that names its order."""
    return f"ins_{order_id.removeprefix('ord_')}_{number}"
