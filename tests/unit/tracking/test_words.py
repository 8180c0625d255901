"""Every text is there in every language, and every word that the code can say has a text."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from ordo.catalog.incident_terms import IncidentKind
from ordo.kernel.geo import Location
from ordo.kernel.zones import zone_of
from ordo.orders.incident import Resolution
from ordo.orders.model import OrderStatus
from ordo.shipments.causes import Cause
from ordo.shipments.eta import Why
from ordo.shipments.model import TrackingStatus
from ordo.tracking.actions import FIELDS
from ordo.tracking.history import SHOWN
from ordo.tracking.pages import NOTICES
from ordo.tracking.service import PROBLEMS
from ordo.tracking.standing import STEPS
from ordo.tracking.words import CATALOGUES, LANGUAGES, Speech, language_of

AT = datetime(2026, 3, 2, 16, 5, tzinfo=UTC)


def values(kind: Any) -> list[str]:
    """The texts of a Literal, or of several in a Union."""
    return [text for part in get_args(kind) for text in (values(part) if get_args(part) else [part])]


SAID = [
    *(f"tracking.{status}" for status in TrackingStatus),
    *(f"cause.{cause}" for cause in Cause),
    "tracking.because",
    *(f"event.{name}" for name in sorted(SHOWN)),
    *(f"step.{name}" for name in STEPS),
    *(f"why.eta.{why}" for why in (*values(Why), "own")),
    *(f"incident.{kind}" for kind in values(IncidentKind)),
    *(f"doing.{kind}" for kind in values(IncidentKind)),
    *(f"done.{how}" for how in values(Resolution)),
    *(f"status.{status}" for status in (OrderStatus.DELIVERED, OrderStatus.COMPLETED, OrderStatus.CANCELLED)),
    *(f"notice.{name}" for name in NOTICES),
    *(f"form.{name}" for name in FIELDS),
    *(f"problem.{name}{end}" for name in PROBLEMS for end in ("", ".todo")),
]


def places(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_lacks_a_language(language: str) -> None:
    assert CATALOGUES[language].keys() == CATALOGUES["en"].keys()  # type: ignore[index]


@pytest.mark.parametrize("key", sorted(CATALOGUES["en"]))
def test_a_text_has_the_same_places_in_every_language_and_is_not_empty(key: str) -> None:
    texts = [CATALOGUES[language][key] for language in LANGUAGES]
    assert all(text.strip() for text in texts)
    assert len({frozenset(places(text)) for text in texts}) == 1


@pytest.mark.parametrize("key", SAID)
def test_whatever_the_code_can_say_has_words(key: str) -> None:
    assert all(key in catalogue for catalogue in CATALOGUES.values())


def test_chinese_is_written_in_chinese() -> None:
    latin = [key for key, text in CATALOGUES["zh"].items() if not re.search(r"[\u4e00-\u9fff]", text)]
    assert latin == []


@pytest.mark.parametrize(
    ("asked", "accepted", "found"),
    [
        (None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "en-GB,en;q=0.9,zh;q=0.8", "en"),
        (None, "fr,de;q=0.9", "en"),
        (None, "fr,zh;q=0.2", "zh"),
        (None, "zh;q=0, en;q=0.1", "en"),
        (None, "zh;q=x,;,en", "en"),
        (None, None, "en"),
        ("zh", "en", "zh"),
        ("zh-TW", "en", "zh"),
        ("xx", "zh", "zh"),
        ("<script>", "zh", "zh"),
    ],
)
def test_the_link_says_the_language_or_else_the_browser(asked: str | None, accepted: str | None, found: str) -> None:
    assert language_of(asked, accepted) == found


def test_times_are_on_the_clocks_of_where_the_order_goes() -> None:
    assert Speech("en", "Asia/Shanghai").time(AT) == "Tue 3 March, 00:05"
    assert Speech("zh", "Asia/Shanghai").time(AT) == "3月3日 周二 00:05"
    assert Speech("en", "America/New_York").time(AT) == "Mon 2 March, 11:05"
    zones = ("Asia/Shanghai", "UTC", "Asia/Kolkata", "America/New_York")
    assert [Speech("en", zone).zone_name(AT) for zone in zones] == ["UTC+8", "UTC", "UTC+5:30", "UTC-5"]


def test_amounts_are_in_the_currencys_own_decimals() -> None:
    speech = Speech("en")
    written = [speech.money(25000, "CNY"), speech.money(500, "JPY"), speech.money(-1, "KWD")]
    assert written == ["¥250.00", "JP¥500", "-KWD 0.001"]


@pytest.mark.parametrize(
    ("country", "where", "zone"),
    [
        ("CN", None, "Asia/Shanghai"),
        ("CN", Location(43.8, 87.6), "Asia/Shanghai"),
        ("DE", None, "Europe/Berlin"),
        ("US", None, "America/New_York"),
        ("US", Location(34.05, -118.24), "America/Los_Angeles"),
        ("AU", Location(-31.95, 115.86), "Australia/Perth"),
        ("XX", None, None),
        (None, None, None),
    ],
)
def test_a_place_goes_by_its_clocks(country: str | None, where: Location | None, zone: str | None) -> None:
    assert zone_of(country, where) == zone
