"""The customer's page and its buttons: read the link, show the order, or do what was pressed and show that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from ordo.kernel.errors import Code, OrdoError
from ordo.orders.desk import OrderDesk
from ordo.orders.errors import OrderNotFound
from ordo.tracking.actions import ACTIONS, FIELDS, FormWrong
from ordo.tracking.links import LinkExpired, LinkUnknown, last_day, read_link
from ordo.tracking.pages import problem_page, track_page
from ordo.tracking.view import page_of, speech_for
from ordo.tracking.words import Language, Speech

_NOTICES = {Code.VERSION_CONFLICT: "moved_on", Code.BUSY: "busy", Code.UNAVAILABLE: "busy"}
PROBLEMS = {"unknown": 404, "expired": 410, "refused": 403, "broken": 503}


@dataclass(frozen=True, slots=True)
class Visit:
    """One request, without HTTP. `asked` is the language that its address names, else `language` is the browser's.

    `action` is the last part of the address, None for the page itself; `pressed`: it is a form that was sent, and `own`
    whether from our page.
    """

    token: str
    language: Language
    asked: Language | None = None
    action: str | None = None
    pressed: bool = False
    own: bool = True
    notice: str | None = None
    form: dict[str, str] | None = None

    @property
    def here(self) -> str:
        """The page's address, relative to the one that was asked for."""
        return f"../{self.token}" if self.action else self.token

    @property
    def keep(self) -> str:
        """What addresses on the page carry on."""
        return f"?lang={self.asked}" if self.asked else ""


@dataclass(frozen=True, slots=True)
class Seen:
    """The answer: a page, or the way to one. `problem` says why it is none of an order."""

    status: int
    language: Language
    html: str = ""
    location: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class TrackingService:
    """`keys` gives the keys that sign links, the present one first."""

    desk: OrderDesk
    keys: Callable[[], Sequence[bytes]]

    def visit(self, visit: Visit) -> Seen:
        """Show the page or carry out what was pressed; raises what storage raises, for `broken`."""
        try:
            order_id = read_link(visit.token, self.desk.now(), self.keys())
            if visit.action is None:
                return self._shown(visit, order_id)
            if not visit.pressed:
                return self._back(visit, None)
            if not visit.own or visit.action not in ACTIONS:
                return problem("refused", visit)
            return self._pressed(visit, order_id, visit.action)
        except LinkExpired:
            return problem("expired", visit)
        except (LinkUnknown, OrderNotFound):
            return problem("unknown", visit)

    def _pressed(self, visit: Visit, order_id: str, action: str) -> Seen:
        speech = Speech(visit.language)
        try:
            notice = ACTIONS[action](self.desk, order_id, visit.form or {}, speech)
        except FormWrong as wrong:
            return replace(self._shown(visit, order_id, wrong), status=422)
        except OrderNotFound:
            raise
        except OrdoError as refused:
            notice = _NOTICES.get(refused.code, "not_now")
        return self._back(visit, notice)

    def _back(self, visit: Visit, notice: str | None) -> Seen:
        """303 to the page, so that loading it again does nothing again."""
        carried = [f"lang={visit.asked}"] if visit.asked else []
        carried += [f"notice={notice}"] if notice else []
        return Seen(303, visit.language, location=visit.here + ("?" + "&".join(carried) if carried else ""))

    def _shown(self, visit: Visit, order_id: str, wrong: FormWrong | None = None) -> Seen:
        repository, now = self.desk.repository, self.desk.now()
        state = repository.load(order_id)
        contact = repository.contact(order_id)
        events = repository.timeline(order_id)[: state.header.seq]
        speech = speech_for(visit.language, contact)
        form = visit.form or {}
        html = track_page(
            page_of(state, events, contact, speech, now),
            speech,
            visit.here,
            valid=speech("page.valid_until", day=_utc_day(last_day(visit.token), speech)),
            keep=visit.keep,
            notice=visit.notice,
            errors=wrong.errors if wrong else None,
            entered={name: form.get(name, "") for name in FIELDS} if wrong else None,
        )
        return Seen(200, visit.language, html)


def problem(name: str, visit: Visit) -> Seen:
    """A page that says what the matter is with the link, and nothing of any order. Its address names no token."""
    return Seen(PROBLEMS[name], visit.language, problem_page(name, Speech(visit.language), ""), problem=name)


def _utc_day(day: int, speech: Speech) -> str:
    """A day counted from 1970, which ends at midnight UTC, on the customer's clocks."""
    return speech.day(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day + 1, seconds=-1))
