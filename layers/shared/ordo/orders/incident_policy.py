"""The policy for incidents, read from the catalogue when one is opened."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from ordo.catalog.channels import ChannelPolicy
from ordo.catalog.incident_terms import IncidentTerms
from ordo.orders.proposals import Policies


class Channels(Protocol):
    """What is asked of the catalogue (`ordo.catalog.documents.CatalogRepository` has it)."""

    def load_channel(self, channel: str, now: datetime) -> ChannelPolicy | None:
        """The channel, maybe cached."""
        ...


def policies_of(catalog: Channels) -> Policies:
    """Policies as the catalogue has them; of a channel that is gone the usual ones."""

    def policy(channel: str, now: datetime) -> IncidentTerms:
        found = catalog.load_channel(channel, now)
        return IncidentTerms.of(found.incidents, found.resourcing) if found is not None else IncidentTerms()

    return policy
