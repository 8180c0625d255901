"""Every kind reads well in every language; whatever is put into a mail is text and never markup."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from ordo.catalog.message_terms import MessageKind
from ordo.messages.rendering import FOLDER, Subject, write
from ordo.tracking.words import LANGUAGES, Language
from tools.previewing import CONTACT, LINK, NOW, STOP_LINK, sample_message, sample_subject


def test_every_kind_has_a_template_in_every_language_and_no_other() -> None:
    for language in LANGUAGES:
        assert {path.name for path in (FOLDER / language).iterdir()} == {f"{kind}.txt.j2" for kind in MessageKind}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", MessageKind)
def test_a_message_has_all_its_parts(kind: MessageKind, language: Language) -> None:
    written = sample_message(kind, language, "Aurora")
    assert kind.startswith("complaint_") or "WEB-1001" in written.title
    assert "\n" not in written.title + written.short
    assert "{" not in written.title + written.text + written.short
    assert written.link in written.text
    assert written.link in written.html
    assert len(written.short) < 400
    assert f'lang="{"zh-Hans" if language == "zh" else "en"}"' in written.html
    assert bool(re.search(r"[\u4e00-\u9fff]", written.title)) == (language == "zh")


def test_a_name_is_text_and_never_markup() -> None:
    subject = sample_subject(MessageKind.PLACED)
    assert isinstance(subject, Subject)
    (line,) = subject.state.lines
    evil = replace(subject.state, lines=(replace(line, name={"en": "<script>alert(1)</script>"}),))
    event = Subject(subject.event, evil, CONTACT)
    written = write(MessageKind.PLACED, event, "en", "UTC", "<b>Shop</b>", LINK, NOW)
    assert "<script>" not in written.html
    assert "&lt;script&gt;" in written.html
    assert "<b>" not in written.html
    assert "<script>alert(1)</script>" in written.text  # plain text shows it as it is


def test_a_mail_takes_nothing_from_elsewhere() -> None:
    html = sample_message(MessageKind.DISPATCHED, "en", "Aurora").html
    assert set(re.findall(r"https?://[^\"]+", html)) == {f"{LINK}?lang=en", f"{STOP_LINK}?lang=en"}
    assert "<img" not in html


def test_the_date_of_an_incident_and_what_is_done_are_told() -> None:
    text = sample_message(MessageKind.INCIDENT, "en", "Aurora").text
    assert "We look for them at our other places" in text
    assert "Tue 3 March, 16:00" in text
