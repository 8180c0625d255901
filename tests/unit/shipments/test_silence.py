"""Parcels that fall silent, and orders that are late: opened once over repeated sweeps, closed by what ends them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ordo.catalog.incident_terms import IncidentTerms
from ordo.kernel.clock import from_iso, to_iso
from ordo.orders.due import settle_due
from ordo.orders.model import SYSTEM
from ordo.shipments.model import TrackingStatus as S
from ordo.shipments.quiet import Limit, Patience
from ordo.shipments.rests import Rests
from ordo.shipments.silence import look_again
from tests.support.orders import ORDER
from tests.support.troubles import Journey

STALLED, LOST = 80, 200


def patience(carrier: str) -> Patience:
    """Of a carrier that works every day: stalled after 80 hours, to be suspected lost after 200."""
    return Patience(carrier, dict.fromkeys((S.LABEL_CREATED, S.IN_TRANSIT), Limit(STALLED, LOST)), Rests())


class Silent(Journey):
    """Nothing is promised of it, so that only its silence is looked at; `sweeps` runs the watcher until a time."""

    def __init__(self, promised: bool = False) -> None:
        super().__init__(IncidentTerms())
        if not promised:
            header = self.repository.headers[ORDER]
            self.repository.headers[ORDER] = header.model_copy(update={"promised_at": None})

    def sweeps(self, hours: float) -> list[str]:
        """What the watcher did in so many hours, looking every minute: it meets the order when its entry is due."""
        end = self.world.now + timedelta(hours=hours)
        found: list[str] = []
        while True:
            due = self.header.deadline_at
            if due is None or from_iso(due) > end:
                break
            self.world.now = max(self.world.now + timedelta(minutes=1), from_iso(due))
            found.append(settle_due(self.desk, ORDER, patience).outcome)
            assert len(found) < 500, "the watcher meets it again and again"
        self.world.now = max(end, self.world.now)
        return found


@pytest.fixture
def way() -> Silent:
    way = Silent()
    way.sent()
    way.tell("in_transit", "HZ1")
    way.tell("in_transit", "SH1", hours_ago=1 / 3600)  # at the same time
    return way


def test_a_parcel_that_stalls_is_one_incident_over_all_sweeps_and_then_a_lost_one(way: Silent) -> None:
    since = way.world.now
    way.tell("in_transit", "SH1")
    way.tell("delivered", "SH1")
    done = way.sweeps(STALLED - 1)
    assert (way.incidents, set(done)) == ([], {"rearmed"})
    assert len(done) <= 2  # for its dispatch, and once for its silence: then its entry is set to when it stalls
    way.sweeps(2)
    assert way.told() == [("stalled", "open", None)]
    stalled = way.last
    assert (stalled.facts.limit_hours, stalled.facts.last_status, stalled.reason) == (STALLED, "in_transit", "silent")
    assert from_iso(stalled.opened_at) - since < timedelta(hours=STALLED, minutes=3)
    way.sweeps(LOST - STALLED - 2)
    assert [kind for kind, _, _ in way.told()] == ["stalled"]
    way.sweeps(3)
    assert way.told() == [("stalled", "resolved", "became_lost"), ("lost", "open", None)]
    assert way.last.proposals[0].action == "reship"
    way.sweeps(500)
    assert [kind for kind, _, _ in way.told()] == ["stalled", "lost"]
    assert way.last.level == 1  # it was only escalated


def test_a_stalled_parcel_that_is_scanned_again_is_solved_and_may_stall_again(way: Silent) -> None:
    way.tell("delivered", "SH1")
    way.sweeps(STALLED + 1)
    way.tell("in_transit")
    assert way.told() == [("stalled", "resolved", "moved")]
    way.sweeps(STALLED + 1)
    assert [kind for kind, _, _ in way.told()] == ["stalled", "stalled"]


def test_a_dismissed_silence_is_not_opened_again_before_the_carrier_says_something(way: Silent) -> None:
    way.tell("delivered", "SH1")
    way.sweeps(STALLED + 1)
    way.decide("dismiss", reason="It stands at the depot")
    way.sweeps(LOST - STALLED - 5)
    assert way.told() == [("stalled", "resolved", "dismissed")]
    way.sweeps(10)
    assert [kind for kind, _, _ in way.told()] == ["stalled", "lost"]
    way.decide("dismiss", reason="Still there")
    done = way.sweeps(24 * 20)
    assert [kind for kind, _, _ in way.told()] == ["stalled", "lost"]
    assert "reminded" in done  # somebody is still told of it: no open order waits unseen
    assert way.types().count("order.overdue") <= 21


def test_both_parcels_of_an_order_are_found_in_one_commit(way: Silent) -> None:
    way.sweeps(STALLED + 1)
    assert [each.tracking_number for each in way.incidents] == ["HZ1", "SH1"]
    assert way.types().count("incident.opened") == 1
    assert way.events()[-1]["data"]["incidents_opened"] == [each.incident_id for each in way.incidents]


def test_scans_on_the_way_cost_no_look_beyond_the_first(way: Silent) -> None:
    """A parcel that is scanned daily is met by the watcher once in three days, and never read for its policy."""
    met = []
    for _ in range(6):
        met += way.sweeps(24)
        for number in ("HZ1", "SH1"):
            way.tell("in_transit", number)
    assert (met, way.asked) == (["rearmed", "rearmed"], 0)


def test_where_no_rule_will_tell_more_the_silence_is_said_daily_as_the_channel_wants() -> None:
    way = Silent()
    way.sent()
    for number in ("HZ1", "SH1"):
        way.tell("available_for_pickup", number)  # this carrier has no limit for that
    assert look_again(way.state, way.world.now, patience) is None
    assert set(way.sweeps(way.header.terms.silence_hours - 1)) <= {"rearmed"}
    assert way.sweeps(2) == ["reminded"]
    assert way.events()[-1]["data"]["what"] == ["silence"]
    assert way.sweeps(24) == ["reminded"]


def test_a_lost_parcel_that_was_sent_again_is_not_looked_for_any_more(way: Silent) -> None:
    way.tell("delivered", "SH1")
    way.sweeps(STALLED + 1)
    way.decide("reship")
    way.send(3, "HZ2")
    way.tell("delivered", "HZ2")
    way.sweeps(24 * 9)
    assert [kind for kind, _, _ in way.told()] == ["stalled"]
    assert way.header.completed_at is not None


def test_an_order_that_is_late_is_one_incident_of_each_parcel_on_the_road() -> None:
    way = Silent(promised=True)
    way.sent()
    promised = from_iso(str(way.header.promised_at))
    way.tell("delivered", "SH1")
    way.sweeps((promised - way.world.now).total_seconds() / 3600 - 1)
    assert way.incidents == []
    way.tell("in_transit")
    way.sweeps(2)
    assert way.told() == [("delayed", "open", None)]
    assert (way.last.facts.promised_at, way.last.tracking_number) == (to_iso(promised), "HZ1")
    assert way.header.standing == "late"
    way.tell("out_for_delivery")
    way.sweeps(20)
    assert [kind for kind, _, _ in way.told()] == ["delayed"]
    way.tell("delivered")
    assert way.told() == [("delayed", "resolved", "delivered")]


def test_what_was_delivered_in_time_is_never_late() -> None:
    way = Silent(promised=True)
    way.sent()
    for number in ("HZ1", "SH1"):
        way.tell("delivered", number)
    way.sweeps(24 * 6)
    assert way.incidents == []
    assert all(event["actor"] != SYSTEM.model_dump() for event in way.events()[1:])
