"""A carrier's terms as the merchant has agreed or knows them: days of rest, usual silence, deadlines of claims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

ClaimReason = Literal["lost", "damaged"]
CountedFrom = Literal["dispatch", "delivery", "known"]


@dataclass(frozen=True, slots=True)
class FilingTerm:
    """Within how many days a claim must be filed, counted from the parcel's dispatch, its delivery (else its dispatch),
    or when it became known.
    """

    days: int
    counted_from: CountedFrom


@dataclass(frozen=True, slots=True)
class ClaimTerms:
    """`answer_days`: in so many days the carrier answers a claim, and pays one that it accepted. `remind_days` before a
    claim must be filed it is said once. `most`: what the carrier pays for a parcel at most, in minor units by currency.
    """

    lost: FilingTerm = FilingTerm(30, "dispatch")
    damaged: FilingTerm = FilingTerm(7, "delivery")
    answer_days: int = 30
    remind_days: int = 3
    most: Mapping[str, int] = field(default_factory=dict)

    def of_reason(self, reason: ClaimReason) -> FilingTerm:
        """When a claim for this reason must be filed."""
        return self.lost if reason == "lost" else self.damaged

    @staticmethod
    def of(body: Mapping[str, Any]) -> ClaimTerms:
        """Read the `claims` of a stored carrier; `{}` are the usual terms."""
        usual = ClaimTerms()
        return ClaimTerms(
            lost=FilingTerm(**body["lost"]) if body.get("lost") else usual.lost,
            damaged=FilingTerm(**body["damaged"]) if body.get("damaged") else usual.damaged,
            answer_days=body.get("answer_days", usual.answer_days),
            remind_days=body.get("remind_days", usual.remind_days),
            most=body.get("most") or {},
        )


@dataclass(frozen=True, slots=True)
class CarrierTerms:
    """The terms of one carrier."""

    carrier: str
    claims: ClaimTerms = field(default_factory=ClaimTerms)
    quiet: Mapping[str, Any] = field(default_factory=dict)
    """`rests` and `silence` as stored: `shipments.patience` reads them where silence is judged."""

    @staticmethod
    def of(carrier: str, body: Mapping[str, Any]) -> CarrierTerms:
        """Read a stored carrier."""
        quiet = {name: body[name] for name in ("rests", "silence") if name in body}
        return CarrierTerms(carrier, ClaimTerms.of(body.get("claims") or {}), quiet)
