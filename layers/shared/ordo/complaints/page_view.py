"""The page of a complaint as values: what its customer may read of it, and may do now. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ordo.complaints.deciding import RATING_SLOT, TEXT_SLOT, message_slot
from ordo.complaints.model import Complaint, Remedy
from ordo.kernel.clock import from_iso, to_iso
from ordo.tracking.words import Speech


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that was said."""

    who: str
    at: str
    when: str
    text: str


@dataclass(frozen=True, slots=True)
class ComplaintPage:
    """What is shown, and which forms."""

    number: str
    state: str
    until: str
    outcome: str
    said: tuple[Entry, ...]
    write: bool = False
    rate: bool = False
    score: int | None = None
    words: str = ""
    reopen_until: str = ""


def number_of(complaint_id: str) -> str:
    """What people call it: the end of its id."""
    return complaint_id[-8:]


def page_of(header: Complaint, apart: Mapping[str, Mapping[str, Any]], speech: Speech, now: datetime) -> ComplaintPage:
    """A complaint that is open or solved. Notes of staff are not on it, nor who it is that answers."""
    state = "resolved" if not header.is_open else "answered" if header.answered_at else "open"
    may_reopen = not header.is_open and to_iso(now) <= (header.reopen_until or "")
    return ComplaintPage(
        number=number_of(header.complaint_id),
        state=speech(f"state.{state}"),
        until=speech("until", when=speech.time(from_iso(header.deadline))) if _is_promised(header, now) else "",
        outcome=outcome_text(header.remedy, speech) if header.remedy else "",
        said=_said(header, apart, speech),
        write=header.is_open,
        rate=not header.is_open,
        score=header.satisfaction.score if header.satisfaction else None,
        words=str(apart.get(RATING_SLOT, {}).get("text", "")),
        reopen_until=speech.day(from_iso(header.reopen_until)) if may_reopen and header.reopen_until else "",
    )


def received(complaint_id: str, said: Mapping[str, Any], speech: Speech, now: datetime) -> ComplaintPage:
    """One that is accepted and not opened yet."""
    entry = Entry(speech("page.you"), to_iso(now), speech.time(now), f"{said['subject']}: {said['text']}")
    return ComplaintPage(number_of(complaint_id), speech("state.received"), "", "", (entry,))


def _is_promised(header: Complaint, now: datetime) -> bool:
    return header.is_open and header.level == 0 and from_iso(header.deadline) > now


def _said(header: Complaint, apart: Mapping[str, Mapping[str, Any]], speech: Speech) -> tuple[Entry, ...]:
    opened = apart.get(TEXT_SLOT)
    first = f"{opened['subject']}: {opened['text']}" if opened else speech("page.forgotten")
    entries = [Entry(speech("page.you"), header.opened_at, speech.time(from_iso(header.opened_at)), first)]
    for each in header.said:
        if each.role != "note":
            who = speech("page.you" if each.role == "customer" else "page.us")
            text = apart.get(message_slot(each.message_id), {}).get("text") or speech("page.forgotten")
            entries.append(Entry(who, each.at, speech.time(from_iso(each.at)), text))
    return tuple(entries)


def outcome_text(remedy: Remedy, speech: Speech) -> str:
    """How it was made good, in words for the customer."""
    amount = speech.money(remedy.amount, remedy.currency or "") if remedy.amount is not None else ""
    return speech(f"outcome.{remedy.outcome}", code=remedy.code or "", amount=amount)
