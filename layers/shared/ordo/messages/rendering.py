"""Messages in words: a Jinja2 template for each kind and language; the mail's HTML escapes whatever is put in.

A template has the blocks `title` (one line), `text` (paragraphs with an empty line between) and `short` (an SMS).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ordo.catalog.message_terms import MessageKind
from ordo.complaints.model import Complaint
from ordo.complaints.page_view import number_of, outcome_text
from ordo.complaints.words import speech_of
from ordo.kernel.clock import from_iso
from ordo.messages.deciding import Happened
from ordo.messages.ports import Written
from ordo.orders.model import OrderState
from ordo.tracking.arrival import arrival_of
from ordo.tracking.history import carrier_name
from ordo.tracking.return_view import return_part
from ordo.tracking.view import cases_of, items_of, order_number, speech_for, zone_for
from ordo.tracking.words import LOCALES, Language, Speech

if TYPE_CHECKING:
    from jinja2 import Environment, Template

FOLDER = Path(__file__).parent / "templates"
MAX_ITEMS = 10


@dataclass(frozen=True, slots=True)
class Subject:
    """What a message is about: the event, its order, and whom the order is for."""

    event: Happened
    state: OrderState
    contact: Mapping[str, Any] | None
    said: str | None = None
    """What was promised last, if that is not the placement's own day."""


@dataclass(frozen=True, slots=True)
class ComplaintSubject:
    """What a message about a complaint is about, and whom it is for."""

    event: Happened
    header: Complaint
    contact: Mapping[str, Any] | None


def write(
    kind: MessageKind,
    subject: Subject | ComplaintSubject,
    language: Language,
    zone: str,
    sender: str,
    link: str,
    now: datetime,
    *,
    stop: str = "",
) -> Written:
    """The message; `sender` is the shop's name, `link` the whole address of the customer's page, `stop` of that on
    which the reader of a mail stops those that are not necessary.
    """
    if isinstance(subject, ComplaintSubject):
        speech = speech_of(language, zone_for(subject.contact, zone))
        found = _of_complaint(subject, speech)
    else:
        speech = speech_for(language, subject.contact, zone)
        found = _values(subject, speech, now)
    values = found | {"sender": sender, "link": link, "stop": stop, "say": speech}
    template = _environment().get_template(f"{language}/{kind}.txt.j2")
    title, text, short = (_block(template, name, values) for name in ("title", "text", "short"))
    title, short = " ".join(title.split()), " ".join(short.split())
    paragraphs = [" ".join(each.split()) for each in text.split("\n\n") if each.strip()]
    mail = _environment().get_template("mail.html.j2")
    html = mail.render(**values, title=title, paragraphs=paragraphs, locale=LOCALES[language])
    named = f"[{sender}] " if sender else ""
    ends = [*([sender] if sender else []), *([f"{speech('mail.stop')} {stop}"] if stop else [])]
    plain = "\n\n".join([*paragraphs, *values["items"], link, *ends])
    return Written(language, title, plain, html, f"{named}{short} {link}", link, stop)


def _values(subject: Subject, speech: Speech, now: datetime) -> dict[str, Any]:
    state, data, currency = subject.state, subject.event.data, subject.state.header.currency
    items = [f"{item.name} {item.quantity}" for item in items_of(state, speech)[:MAX_ITEMS]]
    amount = data.get("amount", state.header.funds.refund_due)
    return {
        "number": order_number(state),
        "total": speech.money(state.header.totals.total, currency),
        "amount": speech.money(int(amount), currency),
        "refund_due": speech.money(state.header.funds.refund_due, currency) if state.header.funds.refund_due else "",
        "unpaid": data.get("cancel_reason") == "unpaid",
        "paid": state.header.funds.covers(state.header.owed),
        "carrier": carrier_name(str(data.get("carrier", ""))),
        "numbers": data.get("tracking_numbers") or [each for each in [data.get("tracking_number")] if each],
        "arrival": arrival_of(state, speech, now, subject.said),
        "cases": cases_of(state, speech),
        "back": return_part(found, state, speech) if (found := state.returns.get(str(data.get("return_id")))) else None,
        "items": items if subject.event.type == "order.placed" else [],
    }


def _of_complaint(subject: ComplaintSubject, speech: Speech) -> dict[str, Any]:
    header = subject.header
    return {
        "number": number_of(header.complaint_id),
        "until": speech.time(from_iso(header.deadline)),
        "outcome": outcome_text(header.remedy, speech) if header.remedy else "",
        "reopen_until": speech.day(from_iso(header.reopen_until)) if header.reopen_until else "",
        "items": [],
    }


def _block(template: Template, name: str, values: Mapping[str, Any]) -> str:
    return "".join(template.blocks[name](template.new_context(dict(values)))).strip()


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default_for_string=True),
        undefined=StrictUndefined,
    )
