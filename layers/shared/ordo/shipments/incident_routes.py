"""The routes of incidents, for the function that serves them."""

from __future__ import annotations

from typing import Annotated

from ordo.orders.desk import OrderDesk
from ordo.orders.elsewhere import ElsewhereSearch
from ordo.orders.incident_views import IncidentCase, IncidentView
from ordo.orders.wiring import acting
from ordo.runtime import cursors
from ordo.runtime.http import HttpApi, Query, keyed, require_scope
from ordo.shipments.incident_repository import list_open
from ordo.shipments.incident_schemas import IncidentList, IncidentQuery, ResolveRequest
from ordo.shipments.incidents import source_incident
from ordo.shipments.resolving import Handled, Remedies, may_decide, read_incident, resolve_incident

TAGS = ["incidents"]


def serve_reading(app: HttpApi, desk: OrderDesk, table: str) -> None:
    """Serve one incident, and an owner's open ones. `table` is the Orders table."""

    @app.get("/v1/incidents", responses=keyed(400, 422), tags=TAGS)
    def list_incidents(query: Annotated[IncidentQuery, Query()]) -> IncidentList:
        """Open incidents of an owner (a department), the earliest deadline first."""
        channels = require_scope(app, "orders:read").channels
        filters = {"owner": query.owner, "incidents": "open", "channels": sorted(channels)}
        start = cursors.decode(filters, query.cursor) if query.cursor else None
        page = list_open(table, query.owner, query.limit, start)
        rows = [
            IncidentView.of(incident, header.currency)
            for incident, header in page.rows
            if "*" in channels or header.channel in channels
        ]
        following = cursors.encode(filters, page.next_key) if page.next_key else None
        return IncidentList(incidents=rows, next_cursor=following)

    @app.get("/v1/incidents/<incident_id>", responses=keyed(404), tags=TAGS)
    def read(incident_id: str) -> IncidentCase:
        """An incident with its facts, proposals and deadline, and what may be decided about it now."""
        caller = require_scope(app, "orders:read")
        return case_of(read_incident(desk, incident_id, lambda header: caller.may_use(header.channel)))


def serve_deciding(app: HttpApi, desk: OrderDesk, elsewhere: ElsewhereSearch, remedies: Remedies) -> None:
    """Serve what can be done about incidents: look again for units that no node gives, and decide."""

    @app.post("/v1/incidents/<incident_id>/sourcing", responses=keyed(404, 409), tags=TAGS)
    def source(incident_id: str) -> IncidentCase:
        """Source the incident's units again, of any node: those that have rejected them too. What is had ends it."""
        caller = require_scope(app, "orders:change")
        return case_of(
            source_incident(
                desk, elsewhere, incident_id, caller.client_id, lambda header: caller.may_use(header.channel)
            )
        )

    @app.post("/v1/incidents/<incident_id>/resolution", responses=keyed(400, 404, 409, 413, 422), tags=TAGS)
    def resolve(incident_id: str, request: ResolveRequest) -> IncidentCase:
        """Decide about an incident. The same again changes nothing; what its kind does not allow is 409, with `may`."""
        who = acting(require_scope(app, "orders:change"), "staff")
        return case_of(resolve_incident(desk, remedies, request.to_command(incident_id, desk.new_id("chg")), **who))


def case_of(found: Handled) -> IncidentCase:
    """The answer."""
    header = found.header
    return IncidentCase.now(found.incident, header.currency, header.channel, header.version, may_decide(found.incident))
