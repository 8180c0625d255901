"""Validity in a time zone, at the edges where clocks are moved."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from ordo.catalog.fields import PeriodText
from ordo.catalog.periods import instant_in, moment_in, time_zone
from ordo.kernel.clock import to_iso


class Period(PeriodText):
    id_field: ClassVar[str] = "period_id"

    period_id: str | None = None


@pytest.mark.parametrize(
    ("text", "zone", "instant"),
    [
        ("2026-11-11T00:00:00", "Asia/Shanghai", "2026-11-10T16:00:00.000Z"),
        ("2026-11-11", "Asia/Shanghai", "2026-11-10T16:00:00.000Z"),
        ("2026-11-11T00:00:00+09:00", "Asia/Shanghai", "2026-11-10T15:00:00.000Z"),
        ("2026-11-11T00:00:00Z", None, "2026-11-11T00:00:00.000Z"),
        ("2026-03-08T01:59:59", "America/New_York", "2026-03-08T06:59:59.000Z"),
        ("2026-03-08T02:30:00", "America/New_York", "2026-03-08T07:30:00.000Z"),  # skipped: 02:00 is 03:00
        ("2026-03-08T03:00:00", "America/New_York", "2026-03-08T07:00:00.000Z"),
        ("2026-10-25T02:30:00", "Europe/Berlin", "2026-10-25T00:30:00.000Z"),  # twice: the first
        ("2026-10-25T02:30:00+01:00", "Europe/Berlin", "2026-10-25T01:30:00.000Z"),  # the second, named by offset
        ("2026-10-25T03:00:00", "Europe/Berlin", "2026-10-25T02:00:00.000Z"),
        ("2026-04-05T01:45:00", "Australia/Lord_Howe", "2026-04-04T14:45:00.000Z"),  # set back by half an hour
    ],
)
def test_a_local_time_is_what_clocks_in_the_zone_show(text: str, zone: str | None, instant: str) -> None:
    assert to_iso(instant_in(text, zone)) == instant


def test_no_time_is_no_moment() -> None:
    assert moment_in(None, "Asia/Shanghai") is None


def test_local_times_are_kept_as_written_and_others_in_utc() -> None:
    period = Period(time_zone="Asia/Shanghai", valid_from="2026-11-11", valid_to="2026-11-12T00:00:00+08:00")
    assert period.body() == {
        "time_zone": "Asia/Shanghai",
        "valid_from": "2026-11-11T00:00:00",
        "valid_to": "2026-11-11T16:00:00.000Z",
    }


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"valid_from": "2026-11-11T00:00:00"}, "valid_from"),
        ({"valid_to": "2026-11-11T00:00:00"}, "valid_to"),
        ({"valid_from": "soon"}, "valid_from"),
        ({"valid_from": "0001-01-01T00:00:00+14:00"}, "valid_from"),
        ({"valid_from": "0001-01-01T00:00:00", "time_zone": "Asia/Shanghai"}, "valid_from"),
        ({"valid_from": "2026-01-01T00:00:00", "time_zone": "Asia/Atlantis"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"time_zone": "America"}, "time_zone"),
        ({"time_zone": "localtime"}, "time_zone"),
        ({"time_zone": "posix/Europe/Berlin"}, "time_zone"),
        ({"time_zone": ""}, "time_zone"),
        ({"valid_from": "2026-01-02T00:00:00Z", "valid_to": "2026-01-02T00:00:00Z"}, "valid_to"),
        # By their texts these rise; as instants they do not.
        (
            {"time_zone": "Asia/Shanghai", "valid_from": "2026-01-02T00:00:00Z", "valid_to": "2026-01-02T08:00:00"},
            "valid_to",
        ),
        # The skipped half hour is the same instant as the clock's time after it.
        (
            {
                "time_zone": "America/New_York",
                "valid_from": "2026-03-08T02:30:00",
                "valid_to": "2026-03-08T03:30:00",
            },
            "valid_to",
        ),
    ],
)
def test_a_period_that_cannot_be_is_refused_where_it_is_wrong(wrong: dict[str, Any], where: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Period.model_validate(wrong)
    assert [error["loc"] for error in refused.value.errors()] == [(where,)]


def test_a_period_whose_texts_fall_can_rise_as_instants() -> None:
    Period(time_zone="Asia/Shanghai", valid_from="2026-01-02T09:00:00", valid_to="2026-01-02T02:00:00Z")


def test_every_usual_zone_is_known() -> None:
    for name in ("UTC", "Etc/GMT+8", "America/Argentina/Buenos_Aires", "Asia/Tokyo", "EST5EDT"):
        assert time_zone(name) == name


def test_warnings_that_come_back_are_ignored() -> None:
    told = {"code": "overlap", "pointer": "/priority", "text": {"en": "Overlaps", "zh": "重叠"}}
    period = Period.model_validate({"warnings": [told]})
    assert period.body() == {}
