"""Open incidents of an owner, from the index, as they are now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ordo.orders.incident import Incident
from ordo.orders.layout import HEADER_SK, read_header, record_of
from ordo.orders.model import OrderHeader
from ordo.orders.records import owner_key
from ordo.runtime import dynamo


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """Incidents with the headers of their orders, and the key to go on from."""

    rows: list[tuple[Incident, OrderHeader]]
    next_key: dict[str, Any] | None


def list_open(table: str, owner: str, limit: int, start: dict[str, Any] | None) -> IncidentPage:
    """One page of an owner's open incidents, the earliest deadline first (`limit` at most 50).

    The index may be behind: what has ended, or is another's work meanwhile, is left out, so a page may be short.
    """
    page = dynamo.query(table, owner_key(owner), index="by_node", pk_name="node_key", limit=limit, start=start)
    keys = [(table, row["pk"], row["sk"]) for row in page.items]
    keys += [(table, pk, HEADER_SK) for pk in dict.fromkeys(row["pk"] for row in page.items)]
    found = {(item["pk"], item["sk"]): item for item in dynamo.batch_get(keys)}
    rows = []
    for row in page.items:
        item, header = found.get((row["pk"], row["sk"])), found.get((row["pk"], HEADER_SK))
        incident = record_of(item) if item else None
        if isinstance(incident, Incident) and header and incident.is_open and incident.owner == owner:
            rows.append((incident, read_header(header)))
    return IncidentPage(rows, page.next_key)
