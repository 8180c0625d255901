"""The customer's pages of complaints: read the link, show, or do what was pressed and show that. No scripts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ordo.catalog.contacts import normalise_email
from ordo.catalog.errors import InvalidEmail
from ordo.complaints.deciding import TEXT_SLOT, Intake, rating
from ordo.complaints.errors import ComplaintNotFound
from ordo.complaints.links import complaint_in, page_token
from ordo.complaints.page_view import page_of, received
from ordo.complaints.service import ComplaintDesk
from ordo.complaints.speaking import reopen, say
from ordo.complaints.taking import Complain, Send, accept
from ordo.complaints.words import CATEGORIES, speech_of
from ordo.kernel.canonical import canonical_json, sha256_hex
from ordo.kernel.errors import OrdoError
from ordo.orders.errors import OrderNotFound
from ordo.orders.keys import CommandKey
from ordo.orders.model import Actor
from ordo.orders.ports import OrderRepository
from ordo.runtime.observability import logger
from ordo.runtime.pages import PageAnswer, PageRequest
from ordo.tracking.links import LinkExpired, LinkUnknown, end_of, read_link
from ordo.tracking.pages import form_style, render
from ordo.tracking.view import order_number, zone_for
from ordo.tracking.words import Language, Speech, language_of

FOLDER = Path(__file__).parent / "templates"
CLIENT = "~complaints"
"""Whose keys the pages' commands have: no API client has an id that begins so."""
CUSTOMER = Actor(type="customer", id="complaint_link")
GOOD = ("received", "message", "reopened", "rated")
NOTICES = (*GOOD, "not_now", "busy")
PROBLEMS = {"unknown": 404, "expired": 410, "refused": 403, "broken": 503}
LONGEST = {"subject": 200, "text": 5_000}
FORM = "/complain/{token}"


class FormWrong(Exception):
    """What was entered cannot be taken: a text for each field, for the page only."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("the form is not right")
        self.errors = errors


@dataclass(frozen=True, slots=True)
class ComplaintPages:
    """`keys` gives the keys that sign links; `send` puts a complaint on the queue."""

    desk: ComplaintDesk
    orders: OrderRepository
    keys: Callable[[], Sequence[bytes]]
    send: Send

    def answer(self, event: dict[str, Any]) -> dict[str, Any]:
        """API Gateway's answer. Whatever fails is told as a page, and logged by the kind of its error only."""
        try:
            request = PageRequest.of(event)
        except OrdoError:  # more than our forms send
            return _problem("refused", "en")
        visit = _Visit.of(request)
        try:
            if request.method == "POST" and not request.is_own:
                return _problem("refused", visit.language)
            return self._form(visit) if event.get("resource") == FORM else self._page(visit)
        except LinkExpired:
            return _problem("expired", visit.language)
        except (LinkUnknown, OrderNotFound, ComplaintNotFound):
            return _problem("unknown", visit.language)
        except Exception as error:  # noqa: BLE001  a customer gets a page, whatever happens
            logger.exception("complaint page failed", extra={"error": type(error).__name__})
            return _problem("broken", visit.language)

    # ---------------------------------------------------------------- the form, by the link of the order's page
    def _form(self, visit: _Visit) -> dict[str, Any]:
        now, speech = self.desk.now(), speech_of(visit.language)
        order_id = read_link(visit.token, now, self.keys())
        state = self.orders.load(order_id)
        errors: Mapping[str, str] = {}
        if visit.pressed:
            try:
                complaint_id = self._complain(visit, order_id, speech)
                token = page_token(complaint_id, now, self.keys())
                return _to(f"../complaints/{token}", visit, "received")
            except FormWrong as wrong:
                errors = wrong.errors
        html = render(
            FOLDER,
            "complain.html.j2",
            speech,
            visit.token,
            sheet=form_style(),
            number=order_number(state),
            categories=CATEGORIES,
            key=visit.form.get("key") or self.desk.new_id("key"),
            keep=visit.keep,
            errors=errors,
            entered=visit.form,
        )
        return _shown(422 if errors else 200, html, visit)

    def _complain(self, visit: _Visit, order_id: str, speech: Speech) -> str:
        entered = {name: _text(visit.form, name, speech) for name in ("subject", "text")}
        category = visit.form.get("category", "other")
        header = self.orders.load(order_id).header
        intake = Intake(
            complaint_id=self.desk.new_id("cmp"),
            channel=header.channel,
            source="customer",
            category=category if category in CATEGORIES else "other",
            stated="normal",
            language=visit.language,
            order_id=order_id,
            customer=header.customer_id,
        )
        contact = {"email": _email(visit.form, speech)}
        told = sha256_hex(canonical_json([entered, category, contact]))
        key = CommandKey.of(CLIENT, f"{order_id}.{visit.form.get('key', '')[:40]}", "complaint", order_id, told)
        return accept(self.desk, Complain(intake, **entered, contact=contact, actor=CUSTOMER), key, self.send)

    # ---------------------------------------------------------------- the page of one complaint
    def _page(self, visit: _Visit) -> dict[str, Any]:
        now = self.desk.now()
        complaint_id = complaint_in(visit.token, now, self.keys())
        if not visit.pressed and visit.action:
            return _to(visit.here, visit, None)
        errors: Mapping[str, str] = {}
        if visit.pressed:
            try:
                return _to(visit.here, visit, self._pressed(visit, complaint_id))
            except FormWrong as wrong:
                errors = wrong.errors
            except ComplaintNotFound:
                raise
            except OrdoError as refused:
                return _to(visit.here, visit, "busy" if refused.code.status >= 500 else "not_now")
        return self._shown_page(visit, complaint_id, now, errors)

    def _pressed(self, visit: _Visit, complaint_id: str) -> str:
        speech, form = speech_of(visit.language), visit.form
        if visit.action == "rate":
            score = form.get("score", "")
            if score not in ("1", "2", "3", "4", "5"):
                raise FormWrong({"score": speech("form.no_score")})
            words = form.get("text", "").strip()[:2_000]
            self.desk.change(complaint_id, lambda header, now: rating(header, int(score), words, now), actor=CUSTOMER)
            return "rated"
        text = _text(form, "text", speech)
        operation = "reopening" if visit.action == "reopen" else "complaint_message"
        named = f"{complaint_id}.{form.get('key', '')[:40]}"
        key = CommandKey.of(CLIENT, named, operation, complaint_id, sha256_hex(text))
        if visit.action == "reopen":
            reopen(self.desk, complaint_id, "customer", text, key, actor=CUSTOMER)
            return "reopened"
        say(self.desk, complaint_id, "customer", text, key, actor=CUSTOMER)
        return "message"

    def _shown_page(self, visit: _Visit, complaint_id: str, now: datetime, errors: Mapping[str, str]) -> dict[str, Any]:
        apart = self.desk.repository.apart(complaint_id)
        try:
            header = self.desk.read(complaint_id)
        except ComplaintNotFound:
            if TEXT_SLOT not in apart:
                raise
            page, speech = (
                received(complaint_id, apart[TEXT_SLOT], speech_of(visit.language), now),
                speech_of(visit.language),
            )
        else:
            contact = self.orders.contact(header.order_id) if header.order_id else None
            speech = speech_of(visit.language, zone_for(contact, "UTC"))
            page = page_of(header, apart, speech, now)
        notice = visit.notice if visit.notice in NOTICES else None
        html = render(
            FOLDER,
            "complaint.html.j2",
            speech,
            visit.here if visit.action else visit.token,
            sheet=form_style(),
            page=page,
            notice=notice,
            good=notice in GOOD,
            errors=errors,
            key=self.desk.new_id("key"),
            keep=visit.keep,
            valid=speech("page.private", until=speech.day(end_of(visit.token))),
        )
        return _shown(422 if errors else 200, html, visit)


@dataclass(frozen=True, slots=True)
class _Visit:
    """One request, without HTTP."""

    token: str
    language: Language
    asked: Language | None
    action: str | None
    pressed: bool
    notice: str | None
    form: Mapping[str, str]

    @staticmethod
    def of(request: PageRequest) -> _Visit:
        asked = request.query.get("lang")
        language = language_of(asked, request.headers.get("accept-language"))
        return _Visit(
            token=request.path.get("token", ""),
            language=language,
            asked=language if asked == language else None,
            action=request.path.get("action"),
            pressed=request.method == "POST",
            notice=request.query.get("notice"),
            form=dict(request.form),
        )

    @property
    def here(self) -> str:
        """The page's address, relative to the one that was asked for."""
        return f"../{self.token}" if self.action else self.token

    @property
    def keep(self) -> str:
        """What addresses on the page carry on."""
        return f"?lang={self.asked}" if self.asked else ""


def _text(form: Mapping[str, str], name: str, speech: Speech) -> str:
    text = form.get(name, "").strip()
    if not text:
        raise FormWrong({name: speech("form.empty")})
    if len(text) > LONGEST[name]:
        raise FormWrong({name: speech("form.too_long")})
    return text


def _email(form: Mapping[str, str], speech: Speech) -> str | None:
    given = form.get("email", "").strip()
    try:
        return normalise_email(given, "/email") if given else None
    except InvalidEmail:
        raise FormWrong({"email": speech("form.bad_email")}) from None


def _to(address: str, visit: _Visit, notice: str | None) -> dict[str, Any]:
    """303, so that loading the page again does nothing again."""
    carried = [f"lang={visit.asked}"] if visit.asked else []
    carried += [f"notice={notice}"] if notice else []
    location = address + ("?" + "&".join(carried) if carried else "")
    return PageAnswer(303, "", visit.language, form_style(), location).as_event()


def _shown(status: int, html: str, visit: _Visit) -> dict[str, Any]:
    return PageAnswer(status, html, visit.language, form_style()).as_event()


def _problem(name: str, language: Language) -> dict[str, Any]:
    again = {"Retry-After": "5"} if name == "broken" else {}
    html = render(FOLDER, "problem.html.j2", speech_of(language), "", problem=name, sheet=form_style())
    return PageAnswer(PROBLEMS[name], html, language, form_style(), headers=again).as_event()
