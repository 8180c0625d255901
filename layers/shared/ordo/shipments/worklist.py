"""What a node has to do, page by page."""

from __future__ import annotations

from ordo.kernel.errors import Code, OrdoError
from ordo.runtime import cursors
from ordo.shipments.model import WORKABLE
from ordo.shipments.repository import list_work
from ordo.shipments.schemas import WorkList, WorkQuery, WorkView


def work_page(table: str, query: WorkQuery, channels: frozenset[str]) -> WorkList:
    """The node's work in orders of `channels` (`*`: all); raises `invalid_cursor`, and for states that are no work.

    A page may hold fewer rows than its limit and still have a next one.
    """
    if query.state not in WORKABLE:
        raise OrdoError(
            f"Work is in one of the states {', '.join(WORKABLE)}.",
            code=Code.INVALID_REQUEST,
            facts={"parameter": "state", "states": list(WORKABLE)},
        )
    filters = {"node": query.node, "state": query.state, "channels": sorted(channels)}
    start = cursors.decode(filters, query.cursor) if query.cursor else None
    page = list_work(table, query.node, query.state, query.limit, start)
    rows = [
        WorkView.of(fulfilment, header)
        for fulfilment, header in page.rows
        if "*" in channels or header.channel in channels
    ]
    following = cursors.encode(filters, page.next_key) if page.next_key else None
    return WorkList(fulfilments=rows, next_cursor=following)
