"""A carrier's terms are kept, and contradictions in them are refused with a pointer."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.catalog.conftest import Api

PATH = "/v1/carriers/ups"


def test_terms_are_kept_and_read_again(api: Api) -> None:
    terms = {"silence": {"in_transit": {"stalled_hours": 30}}, "rests": {"weekly": ["sat", "sun"]}}
    status, put = api("PUT", PATH, terms)
    assert (status, put["carrier"], put["version"]) == (200, "ups", 1)
    assert put["rests"]["time_zone"] == "UTC"
    assert api("GET", PATH) == (200, put)
    assert api("PUT", PATH, put) == (200, put)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"silence": {"in_transit": {"stalled_hours": 30, "lost_hours": 29}}}, "/silence/in_transit/lost_hours"),
        ({"silence": {"delivered": {"stalled_hours": 30}}}, "/silence/delivered"),
        ({"silence": {"in_transit": {"stalled_hours": 0}}}, "/silence/in_transit/stalled_hours"),
        ({"rests": {"days": [{"first": "2027-10-03", "last": "2027-10-02"}]}}, "/rests/days/0/last"),
        ({"rests": {"days": [{"first": "2027-02-30", "last": "2027-03-02"}]}}, "/rests/days/0/first"),
        ({"rests": {"weekly": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}}, "/rests/weekly"),
        ({"rests": {"time_zone": "Mars/Olympus"}}, "/rests/time_zone"),
        ({"claims": {"lost": {"days": 0, "counted_from": "dispatch"}}}, "/claims/lost/days"),
        ({"claims": {"damaged": {"days": 7}}}, "/claims/damaged/counted_from"),
        ({"claims": {"most": {"XXQ": 1}}}, "/claims/most/XXQ"),
    ],
)
def test_what_contradicts_itself_is_refused_and_changes_nothing(api: Api, body: dict[str, Any], pointer: str) -> None:
    status, problem = api("PUT", PATH, body)
    assert status == 422
    assert pointer in {problem["pointer"], *(each["pointer"] for each in problem.get("errors", ()))}
    assert api("GET", PATH)[0] == 404
