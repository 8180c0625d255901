"""What happens to units that a node was to give and does not: a channel's policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ResourcingTerms:
    """Units of an order are sourced again at most `max_times`; over at most `max_fulfilments` at once (0: any number).

    What cannot be had is an incident of the department `owner`, to be solved within `incident_hours`.
    """

    max_times: int = 3
    max_fulfilments: int = 0
    incident_hours: int = 24
    owner: str = "operations"

    @staticmethod
    def of(body: Mapping[str, Any]) -> ResourcingTerms:
        """Read the `resourcing` of a stored channel; `{}` are the usual terms."""
        return ResourcingTerms(
            max_times=body.get("max_times", 3),
            max_fulfilments=body.get("max_fulfilments", 0),
            incident_hours=body.get("incident_hours", 24),
            owner=body.get("owner", "operations"),
        )
