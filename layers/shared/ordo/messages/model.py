"""A message to a customer as it is kept in the order's record: what, by which way, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from ordo.catalog.message_terms import MessageKind, Way
from ordo.kernel.clock import to_iso

CLAIMED_FOR = timedelta(seconds=120)
"""Longer than the function may run: a claim that is older is that of an attempt that died."""
BACK_OFF = tuple(timedelta(minutes=each) for each in (1, 5, 30, 120, 360, 720))
"""Waits after the first to the sixth failure: about a day in all."""


class MessageState(StrEnum):
    """What came of a message."""

    WAITING = "waiting"  # for the end of quiet hours, or for its next try
    CLAIMED = "claimed"  # an attempt is being made
    SENT = "sent"  # the provider has taken it
    SUPPRESSED = "suppressed"  # it was decided not to send it; `reason` says why
    FAILED = "failed"  # it will not be tried again
    UNCONFIRMED = "unconfirmed"  # an attempt died or got no answer: it may have gone out, so it is not sent again
    BOUNCED = "bounced"  # the provider took it, and the receiver's side did not


ENDED = (
    MessageState.SENT,
    MessageState.SUPPRESSED,
    MessageState.FAILED,
    MessageState.UNCONFIRMED,
    MessageState.BOUNCED,
)


@dataclass(frozen=True, slots=True)
class MessageKey:
    """Which message of an order: its event's number (0: of what is told once in an order's life), kind and way."""

    order_id: str
    seq: int
    kind: MessageKind
    way: Way

    @property
    def text(self) -> str:
        """`000012.delayed.email`: one message of the order, whatever is told how often."""
        return f"{self.seq:06d}.{self.kind}.{self.way}"

    @staticmethod
    def of(order_id: str, text: str) -> MessageKey:
        """Read the text; raises `ValueError` for one that is none."""
        seq, kind, way = text.split(".")
        return MessageKey(order_id, int(seq), MessageKind(kind), Way(way))

    @property
    def message_id(self) -> str:
        """One id for one message, whoever asks."""
        return f"{self.order_id}.{self.text}"


@dataclass(frozen=True, slots=True)
class CustomerMessage:
    """The record, with nothing personal in it. `event_seq` is the event that it tells of, `to` a keyed hash of the
    address; times are ISO texts.

    `version` counts its writes. `due_at` lists it in the deadline index while somebody has to look at it again.
    """

    key: MessageKey
    event_seq: int
    state: MessageState
    created_at: str
    changed_at: str
    language: str = "en"
    reason: str = ""
    attempts: int = 0
    to: str | None = None
    provider_id: str | None = None
    due_at: str | None = None
    version: int = 0

    def became(
        self, state: MessageState, now: datetime, reason: str = "", *, due: datetime | None = None
    ) -> CustomerMessage:
        """The same message in another state."""
        due_at = to_iso(due) if due else None
        return replace(self, state=state, reason=reason, changed_at=to_iso(now), due_at=due_at)

    def claimed(self, now: datetime, to: str, language: str) -> CustomerMessage:
        """An attempt begins."""
        held = self.became(MessageState.CLAIMED, now, due=now + CLAIMED_FOR)
        return replace(held, to=to, language=language, attempts=self.attempts + 1)

    def died(self, now: datetime) -> bool:
        """Whether it is claimed by an attempt that cannot be alive any more."""
        return self.state is MessageState.CLAIMED and (self.due_at or "") <= to_iso(now)

    def failed_once(self, now: datetime, reason: str) -> CustomerMessage:
        """It goes into the next wait, or has had all its tries."""
        if self.attempts > len(BACK_OFF):
            return self.became(MessageState.FAILED, now, reason)
        return self.became(MessageState.WAITING, now, reason, due=now + BACK_OFF[self.attempts - 1])
