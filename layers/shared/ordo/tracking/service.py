"""The customer's page and its buttons: read the link, show the order, or do what was pressed and show that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from ordo.aftersales.claiming import Remedies
from ordo.aftersales.service import Catalog, ReturnDesk
from ordo.catalog.message_terms import Way
from ordo.kernel.errors import Code, OrdoError
from ordo.orders.change_kinds import Means
from ordo.orders.desk import OrderDesk
from ordo.orders.errors import OrderNotFound
from ordo.shipments.proof_service import Upload
from ordo.shipments.report_service import ReportDesk
from ordo.tracking.actions import ACTIONS, FIELDS, FormWrong
from ordo.tracking.damage import damage_lines, offer_photo, report
from ordo.tracking.links import STOP, LinkExpired, LinkUnknown, last_day, read_link
from ordo.tracking.pages import (
    damage_page,
    form_style,
    photo_scripts,
    problem_page,
    return_page,
    stop_page,
    track_page,
)
from ordo.tracking.returning import ask, choices, offer_return_photo, returns_of, sent, withdraw
from ordo.tracking.view import order_number, page_of, speech_for
from ordo.tracking.words import Language, Speech

DAMAGE, PHOTO, MESSAGES = "damage", "damage-upload", "messages"
RETURN, RETURN_PHOTO, RETURN_SENT, RETURN_WITHDRAW = "return", "return-upload", "return-sent", "return-withdraw"
"""Actions with a page of their own, for its script, and of no order's state."""
PHOTOS = (PHOTO, RETURN_PHOTO)
"""Actions that are asked for a form for a photo."""
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
    content_type: str = ""
    """Of a photo that is about to be uploaded."""

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
    style: str | None = None
    scripts: tuple[str, ...] = ()
    connect: tuple[str, ...] = ()
    """Of a page that has a style sheet and scripts of its own, and where these may speak to."""
    upload: Upload | None = None
    """In place of a page: a form for a photo."""


class Wishes(Protocol):
    """What customers want to be told (`ordo.messages.consent.Consent`)."""

    def standing(
        self, channel: str, customer_id: str | None, contact: Mapping[str, Any], way: Way | None = None
    ) -> str | None: ...
    def stop(
        self, channel: str, customer_id: str | None, contact: Mapping[str, Any], way: Way | None = None
    ) -> None: ...
    def resume(
        self, channel: str, customer_id: str | None, contact: Mapping[str, Any], way: Way | None = None
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class TrackingService:
    """`keys` gives the keys that sign links, the present one first; `new_salt` 256 random bits in hex."""

    reports: ReportDesk
    keys: Callable[[], Sequence[bytes]]
    new_salt: Callable[[], str]
    wishes: Wishes
    means: Means
    catalog: Catalog
    """What changes read: what cancelling gives back hangs on the channel's policy."""

    @property
    def returns(self) -> ReturnDesk:
        """The desk of returns, as far as customers come to it."""
        return ReturnDesk(self.reports.proofs, self.catalog, Remedies(self.means))

    @property
    def desk(self) -> OrderDesk:
        """The orders' desk."""
        return self.reports.proofs.desk

    def visit(self, visit: Visit) -> Seen:
        """Show the page or carry out what was pressed; raises what storage raises, for `broken`."""
        try:
            order_id = read_link(visit.token, self.desk.now(), self.keys())
            if visit.action is None:
                return self._shown(visit, order_id)
            if not visit.pressed:
                pages = {DAMAGE: self._damage, RETURN: self._return}
                shown = pages.get(visit.action)
                return shown(visit, order_id) if shown else self._back(visit, None)
            own = (DAMAGE, *PHOTOS, MESSAGES, RETURN, RETURN_SENT, RETURN_WITHDRAW)
            if not visit.own or visit.action not in (*ACTIONS, *own):
                return problem("refused", visit)
            return self._photo(visit, order_id) if visit.action in PHOTOS else self._pressed(visit, order_id)
        except LinkExpired:
            return problem("expired", visit)
        except (LinkUnknown, OrderNotFound):
            return problem("unknown", visit)

    def unsubscribe(self, visit: Visit) -> Seen:
        """What the reader of a mail says of those that are not necessary, by the link in it.

        A form of this page, or a mail reader's own button, which sends a POST from wherever it likes (RFC 8058): to
        stop is taken from anybody who has the link, to have them again only from the page.
        """
        try:
            order_id = read_link(visit.token, self.desk.now(), self.keys(), STOP)
            header = self.desk.repository.load(order_id).header
        except LinkExpired:
            return problem("expired", visit)
        except (LinkUnknown, OrderNotFound):
            return problem("unknown", visit)
        whose = (header.channel, header.customer_id, self.desk.repository.contact(order_id) or {}, Way.EMAIL)
        if visit.pressed and (visit.form or {}).get("want") != "on":
            self.wishes.stop(*whose)
        elif visit.pressed and visit.own:
            self.wishes.resume(*whose)
        html = stop_page(self.wishes.standing(*whose), Speech(visit.language), visit.token, visit.keep)
        return Seen(200, visit.language, html)

    def _messages(self, order_id: str, form: Mapping[str, str]) -> str:
        header = self.desk.repository.load(order_id).header
        whose = (header.channel, header.customer_id, self.desk.repository.contact(order_id) or {})
        on = form.get("want") == "on"
        (self.wishes.resume if on else self.wishes.stop)(*whose)
        return "messages_on" if on else "messages_off"

    def _pressed(self, visit: Visit, order_id: str) -> Seen:
        speech, form, action = Speech(visit.language), visit.form or {}, str(visit.action)
        try:
            if action == DAMAGE:
                notice = report(self.reports, order_id, form, speech, self.new_salt())
            elif action == RETURN:
                notice = ask(self.returns, order_id, form, speech, self.new_salt())
            elif action == RETURN_SENT:
                notice = sent(self.returns, order_id, form, speech)
            elif action == RETURN_WITHDRAW:
                notice = withdraw(self.returns, order_id, form)
            elif action == MESSAGES:
                notice = self._messages(order_id, form)
            else:
                notice = ACTIONS[action](self.desk, self.means, order_id, form, speech)
        except FormWrong as wrong:
            if action in (RETURN_SENT, RETURN_WITHDRAW):
                return self._back(visit, "not_now")
            again = {DAMAGE: self._damage, RETURN: self._return}.get(action, self._shown)
            return replace(again(visit, order_id, wrong), status=422)
        except OrderNotFound:
            raise
        except OrdoError as refused:
            notice = _NOTICES.get(refused.code, "not_now")
        return self._back(visit, notice)

    def _damage(self, visit: Visit, order_id: str, wrong: FormWrong | None = None) -> Seen:
        """The form for a report of damage, or back to the page when nothing may be reported."""
        state = self.desk.repository.load(order_id)
        speech = Speech(visit.language)
        lines = damage_lines(state, self.reports.reportable(state), speech)
        if not lines:
            return self._back(visit, "not_now")
        form = (visit.form or {}) if wrong else {}
        html = damage_page(
            order_number(state),
            lines,
            speech,
            key=form.get("key") or self.desk.new_id("rpf"),
            keep=visit.keep,
            track=visit.here,
            errors=tuple(wrong.errors.values()) if wrong else (),
            entered=form,
        )
        connect = (self.reports.proofs.files.address(),)
        return Seen(200, visit.language, html, style=form_style(), scripts=photo_scripts(), connect=connect)

    def _return(self, visit: Visit, order_id: str, wrong: FormWrong | None = None) -> Seen:
        """The form by which a return is asked for, or back to the page when nothing may come back."""
        state, speech = self.desk.repository.load(order_id), Speech(visit.language)
        may = choices(state, self.returns, speech)
        if not may.lines:
            return self._back(visit, "not_now")
        form = (visit.form or {}) if wrong else {}
        html = return_page(
            order_number(state),
            may,
            speech,
            key=form.get("key") or self.desk.new_id("rtf"),
            keep=visit.keep,
            track=visit.here,
            errors=tuple(wrong.errors.values()) if wrong else (),
            entered=form,
        )
        connect = (self.reports.proofs.files.address(),)
        return Seen(200, visit.language, html, style=form_style(), scripts=photo_scripts(), connect=connect)

    def _photo(self, visit: Visit, order_id: str) -> Seen:
        if visit.action == PHOTO:
            upload = offer_photo(self.reports, order_id, visit.content_type)
        else:
            upload = offer_return_photo(self.returns, order_id, visit.content_type, Speech(visit.language))
        return Seen(200, visit.language, upload=upload) if upload else problem("refused", visit)

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
            page_of(
                state,
                events,
                contact,
                speech,
                now,
                means=self.means,
                damage=bool(self.reports.reportable(state)),
                returns=returns_of(state, self.returns, speech),
                may_return=bool(choices(state, self.returns, speech).lines),
                messages=self.wishes.standing(state.header.channel, state.header.customer_id, contact or {}),
            ),
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
