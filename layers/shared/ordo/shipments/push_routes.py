"""The edge of carriers' pushes: how one is described and taken apart; and routes for those that could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from ordo.kernel.errors import NotFound
from ordo.kernel.frozen import Closed, Model
from ordo.runtime import cursors
from ordo.runtime.cursors import MAX_CHARACTERS
from ordo.runtime.http import HttpApi, Query, answer, keyed, problems, require_scope
from ordo.shipments.carriers.port import Push
from ordo.shipments.intake import Intake
from ordo.shipments.unread import UnreadPush, UnreadStore


class PushAnswer(Model):
    """What became of the events of a push. `queued`: nothing was recorded yet, Ordo will try again by itself."""

    recorded: int = 0
    known: int = 0
    waiting: int = 0
    queued: bool = False


TAGS = ["carriers"]
TokenText = Annotated[str, Field(description="The account's secret, for carriers that sign nothing")]
PUSH: dict[str, Any] = {
    "responses": problems(400, 401, 404, 413, 422)
    | answer(200, PushAnswer, "Recorded, or known already; some carriers are answered in their own form")
    | answer(202, PushAnswer, "Kept, and recorded as soon as it can be"),
    "tags": TAGS,
}
"""How the route of carriers is described. Its body is whatever a carrier sends; `tools.openapi` describes that."""


def push_of(carrier: str, body: bytes, headers: Mapping[str, str], token: str, account: str) -> Push:
    """A request as an adapter sees it."""
    lower = {name.lower(): value for name, value in headers.items()}
    return Push(carrier, body, lower, {"token": token} if token else {}, account)


class UnreadQuery(Closed):
    """Which pushes that could not be read: those from a day (UTC) on."""

    since: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")] = "0000-00-00"
    limit: int = Field(default=50, ge=1, le=200)
    cursor: Annotated[str, StringConstraints(max_length=MAX_CHARACTERS)] | None = None


class UnreadRow(Model):
    """A push that could not be read."""

    push_id: str
    carrier: str
    received_on: str = Field(description="a day, UTC")


class UnreadList(Model):
    """A page, the oldest first; send `next_cursor` back with the same filters for the next one."""

    pushes: list[UnreadRow]
    next_cursor: str | None = None


class UnreadView(Model):
    """A push as it came. The body holds what the carrier sent, personal data too."""

    push_id: str
    carrier: str
    account: str
    received_at: str
    unread: list[str] = Field(description="what could not be read")
    body: str = Field(description="UTF-8; bytes that are none are shown as \\xNN")


def serve_unread(app: HttpApi, store: UnreadStore, intake: Intake) -> None:
    """Serve the list of pushes that could not be read, each of them, and reading one again."""
    _serve_list(app, store)
    _serve_one(app, store, intake)


def _serve_list(app: HttpApi, store: UnreadStore) -> None:
    @app.get("/v1/carrier-pushes", responses=keyed(400, 422), tags=TAGS)
    def list_unread_pushes(query: Annotated[UnreadQuery, Query()]) -> UnreadList:
        """Pushes of carriers that could not be read, or not wholly, the oldest first; they are kept for 90 days."""
        require_scope(app, "carriers:read")
        filters = {"since": query.since}
        after = cursors.decode(filters, query.cursor)["after"] if query.cursor else ""
        found = store.page(query.since, after, query.limit)
        more = cursors.encode(filters, {"after": found[-1]}) if len(found) == query.limit else None
        return UnreadList(pushes=[_row(each) for each in found], next_cursor=more)


def _serve_one(app: HttpApi, store: UnreadStore, intake: Intake) -> None:
    @app.get("/v1/carrier-pushes/<push_id>", responses=keyed(404), tags=TAGS)
    def read_unread_push(push_id: str) -> UnreadView:
        """One push as it came, with what could not be read of it."""
        require_scope(app, "carriers:read")
        return _view(_find(store, push_id))

    @app.post("/v1/carrier-pushes/<push_id>/reading", responses=keyed(404, 400, 422), tags=TAGS)
    def read_push_again(push_id: str) -> PushAnswer:
        """Read it again, with the adapter of today, and record what it says; the same again changes nothing."""
        require_scope(app, "carriers:write")
        found = intake.read_again(_find(store, push_id))
        return PushAnswer(recorded=found.recorded, known=found.known, waiting=found.waiting)


def _find(store: UnreadStore, push_id: str) -> UnreadPush:
    found = store.find(push_id)
    if found is None:
        raise NotFound("There is no such push, or it is older than 90 days.")
    return found


def _row(push_id: str) -> UnreadRow:
    day, carrier, _ = push_id.split(".")
    return UnreadRow(push_id=push_id, carrier=carrier, received_on=day)


def _view(push: UnreadPush) -> UnreadView:
    return UnreadView(
        push_id=push.push_id,
        carrier=push.carrier,
        account=push.account,
        received_at=push.received_at,
        unread=list(push.unread),
        body=push.body.decode("utf-8", "backslashreplace"),
    )
