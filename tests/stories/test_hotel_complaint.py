"""A hotel guest's complaint to housekeeping: the room was not cleaned, a child is hurt, and it is made good twice.

The guest has no order of this shop. The complaint is housekeeping's by the hotel's rules, more severe than the guest
says it is, answered, settled with words, found wanting, given to the duty manager, and settled with a coupon.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.conftest import BothTellings, Tell
from tests.support.polling import eventually
from tests.support.stage import InProcess
from tests.support.verbs import Shop

Json = dict[str, Any]
HOURS = {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def test_a_guest_complains_to_housekeeping(tell: Tell) -> None:
    tell("web", _complaint)


@pytest.mark.cloud
def test_it_is_told_with_the_same_words_in_process_and_on_the_cloud(both_tellings: BothTellings) -> None:
    ours, theirs = both_tellings("web", _complaint)
    assert [line.split(" ")[:4] for line in ours] == [line.split(" ")[:4] for line in theirs]


def _complaint(hotel: Shop) -> None:
    run = hotel.stage.run
    department, lead = f"{run}-housekeeping", f"{run}-lead"
    the_hotel_has_rules(hotel, department, lead)
    body = {"channel": "web", "subject": "房间", "text": "没有打扫", "category": f"{run}-room", "place": "room-1203"}
    made = keyed(hotel, "/v1/complaints", {**body, "language": "zh", "severity": "low"}, "complain")
    found = opened(hotel, made["complaint_id"])
    assert (found["department"], found["owner"], found["severity"]) == (department, lead, "low")
    path = f"/v1/complaints/{made['complaint_id']}"
    worse = keyed(hotel, f"{path}/messages", {"role": "customer", "text": "孩子被玻璃划伤了"}, "more")
    assert (worse["severity"], worse["judged"][0]["fired"]) == ("critical", True)
    assert worse["deadline"] < found["deadline"]
    keyed(hotel, f"{path}/messages", {"role": "staff", "text": "我们马上来"}, "answer")
    sorry = keyed(hotel, f"{path}/resolution", {"outcome": "apology", "reason": "Cleaned"}, "sorry")
    assert sorry["state"] == "resolved"
    again = keyed(hotel, f"{path}/reopening", {"text": "还是很脏"}, "again")
    assert (again["state"], again["owner"], again["level"]) == ("open", f"{run}-duty", 1)
    coupon = {"outcome": "coupon", "promotion_id": f"{run}-sorry", "reason": "A night at half price"}
    solved = keyed(hotel, f"{path}/resolution", coupon, "coupon")
    made_coupon = hotel.does("GET", f"/v1/coupons/{solved['resolution']['coupon']}")
    assert (made_coupon["total_limit"], made_coupon["promotion_id"]) == (1, f"{run}-sorry")


def the_hotel_has_rules(hotel: Shop, department: str, lead: str) -> None:
    hotel.does(
        "PUT",
        f"/v1/departments/{department}",
        {
            "name": {"en": "Housekeeping", "zh": "客房部"},
            "people": [lead],
            "hours": {"time_zone": "Asia/Shanghai", "weekly": HOURS},
            "sla_minutes": {"low": 600, "critical": 15},
            "escalation": [{"owner": f"{hotel.stage.run}-duty", "minutes": 30}],
        },
    )
    promotion = {"name": {"en": "Sorry"}, "requires_coupon": True, "reward": {"type": "percent", "percent": "50"}}
    hotel.does("PUT", f"/v1/promotions/{hotel.stage.run}-sorry", promotion)
    present = hotel.does("GET", "/v1/channels/web")
    present.pop("warnings", None)
    rules = {
        "severity": [{"rule_id": "hurt", "words": ["划伤", "bleed*"], "severity": "critical"}],
        "routes": [{"rule_id": "rooms", "categories": [f"{hotel.stage.run}-room"], "department": department}],
    }
    hotel.does("PUT", "/v1/channels/web", {**present, "complaints": rules})


def keyed(hotel: Shop, path: str, body: Json, name: str) -> Json:
    """A request with a key, sent twice as by an impatient page; both get the same answer."""
    key = f"{hotel.stage.run}-{name}"
    first = hotel.stage.doors.send("POST", path, body, None, key)
    again = hotel.stage.doors.send("POST", path, body, None, key)
    assert (first.status < 300, again.body) == (True, first.body), first.body
    found: Json = first.body
    return found


def opened(hotel: Shop, complaint_id: str) -> Json:
    """The complaint, once the queue has brought it."""
    doors = hotel.stage.doors
    if isinstance(doors, InProcess):
        doors.world.clock.advance(minutes=1)  # what is kept of the channel is old by then
        doors.world.pump()
    found: Json = eventually(
        lambda: doors.send("GET", f"/v1/complaints/{complaint_id}").body,
        lambda body: body["state"] == "open",
        deadline_s=60,
    )
    return found
