"""What goes wrong with carriers in practice, and does not here."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from ordo.kernel.clock import to_iso
from ordo.shipments.carriers.port import Push, Reading, Told, Unreadable
from ordo.shipments.carriers.registry import adapter_of
from ordo.shipments.carriers.telling import in_use, merged
from ordo.shipments.carriers.times import CHINA, expected, moment, zone_in
from ordo.shipments.errors import SignatureInvalid
from ordo.shipments.model import TrackingStatus
from tests.support import carrier_bodies
from tests.support.carrier_bodies import Scan, bytes_of
from tests.support.pushes import SECRET, form, secret_of, signed
from tests.support.shipping import NOW

S = TrackingStatus


def at(hour: int) -> Any:
    return NOW - timedelta(hours=24 - hour)


def read(carrier: str, value: Any, zone: str = "") -> Reading:
    push = signed(carrier, value if isinstance(value, bytes) else bytes_of(value), NOW)
    return adapter_of(carrier).read(Push(carrier, push.body, zone=zone), to_iso(NOW))


def one(carrier: str, value: Any, zone: str = "") -> Told:
    (told,) = read(carrier, value, zone).parcels
    return told


def changed(body: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    value = json.loads(body)
    change(value)
    return bytes_of(value)


# ------------------------------------------------------------------ statuses that contradict themselves
def test_shippo_delivered_with_information_received_is_delivered() -> None:
    body = carrier_bodies.shippo("NR-1", [Scan("DELIVERED", at(1), "information_received")])
    assert one("shippo", body).status is S.DELIVERED


def test_shippo_failure_then_delivered_is_delivered_and_both_are_told() -> None:
    told = one("shippo", carrier_bodies.shippo("NR-1", [Scan("FAILURE", at(1)), Scan("DELIVERED", at(2))]))
    assert (told.status, [event.status for event in told.events]) == (S.DELIVERED, [S.EXCEPTION, S.DELIVERED])


def test_shippos_two_copies_of_one_scan_are_one_event() -> None:
    def apart(value: dict[str, Any]) -> None:
        value["data"]["tracking_status"] = {**value["data"]["tracking_status"], "status_date": "2026-11-21T11:00:00Z"}

    body = changed(carrier_bodies.shippo("NR-1", [Scan("TRANSIT", at(1))]), apart)
    assert len(one("shippo", body).events) == 1


def test_aftership_an_exception_after_a_delivery_that_returns_is_a_return() -> None:
    def returned(value: dict[str, Any]) -> None:
        value["msg"]["return_to_sender"] = True

    body = changed(carrier_bodies.aftership("NR-1", [Scan("Delivered", at(1)), Scan("Exception", at(2))]), returned)
    told = one("aftership", body)
    assert told.status is merged(told.events) is S.RETURNED_TO_SENDER


@pytest.mark.parametrize(
    ("message", "status"), [("Returning to sender", S.RETURNED_TO_SENDER), ("Lost", S.LOST), ("Damaged", S.EXCEPTION)]
)
def test_aftership_exceptions_are_told_apart_by_their_words(message: str, status: TrackingStatus) -> None:
    def says(value: dict[str, Any]) -> None:
        value["msg"]["subtag_message"] = message

    assert one("aftership", changed(carrier_bodies.aftership("N", [Scan("Exception", at(1))]), says)).status is status


def test_aftership_delivered_without_any_checkpoint_has_the_time_of_the_update() -> None:
    told = one(
        "aftership",
        {"event": "tracking_update", "msg": {"tracking_number": "n 1", "tag": "Delivered"}, "ts": 1629801608},
    )
    assert [(event.status, event.occurred_at) for event in told.events] == [(S.DELIVERED, "2021-08-24T10:40:08.000Z")]


def test_17track_an_exception_whose_only_event_is_of_the_locker_is_an_exception() -> None:
    def scanned(value: dict[str, Any]) -> None:
        (provider,) = value["data"]["track_info"]["tracking"]["providers"]
        provider["events"][0] |= {"stage": "AvailableForPickup", "sub_status": None}

    told = one("17track", changed(carrier_bodies.seventeen_track("N", [Scan("Exception", at(1))]), scanned))
    assert told.status is merged(told.events) is S.EXCEPTION


def test_dhl_the_code_counts_not_the_text_beside_it() -> None:
    said = {"statusCode": "pre-transit", "status": "DELIVERED", "timestamp": "2026-11-22T07:53:47Z"}
    assert one("dhl_unified", {"shipments": [{"id": 7777777770, "status": said}]}).status is S.LABEL_CREATED


def test_kuaidi100_a_text_that_says_signed_delivers_nothing_while_the_state_is_another() -> None:
    told = one("kuaidi100", carrier_bodies.kuaidi100("N", [Scan("0", at(1), "签收", "已签收,签收人:邮政收发")]))
    assert told.status is merged(told.events) is S.IN_TRANSIT


def test_kuaidi100_a_locker_makes_the_state_more_precise() -> None:
    told = one("kuaidi100", carrier_bodies.kuaidi100("N", [Scan("5", at(1), "投柜或驿站")]))
    assert told.status is S.AVAILABLE_FOR_PICKUP


def test_kuaidi100_a_watch_that_ended_without_a_record_says_nothing_of_the_parcel() -> None:
    body = {"status": "abort", "message": "3天查询无记录", "lastResult": {"nu": "N1", "state": "0", "data": []}}
    assert one("kuaidi100", body).status is S.UNKNOWN


def test_kuaidi100_names_the_courier_that_it_has_corrected() -> None:
    def corrected(value: dict[str, Any]) -> None:
        value.update(autoCheck="1", comOld="shunfeng", comNew="shentong")

    told = one("kuaidi100", changed(carrier_bodies.kuaidi100("N", [Scan("3", at(1))]), corrected))
    assert told.events[0].couriers == ("shentong", "sf_express")


def test_sf_a_shipment_that_was_cancelled_is_no_failed_attempt() -> None:
    assert one("sf_express", carrier_bodies.sf_express("N", [Scan("70", at(1), "46")])).status is S.EXCEPTION


def test_sf_scans_in_any_order_are_where_they_lead() -> None:
    scans = [Scan("50", at(2)), Scan("80", at(5)), Scan("50", at(1)), Scan("44", at(4)), Scan("30", at(3))]
    assert one("sf_express", carrier_bodies.sf_express("N", scans)).status is S.DELIVERED


def test_ups_a_code_says_more_than_its_type() -> None:
    assert one("ups", carrier_bodies.ups("N", [Scan("D", at(1), "OT")])).status is S.OUT_FOR_DELIVERY


# ------------------------------------------------------------------ several parcels, one number twice
def test_several_waybills_in_one_push_are_several_shipments() -> None:
    first, second = (json.loads(carrier_bodies.kdniao(number, [Scan("2", at(1))])) for number in ("N1", "N2"))
    reading = read("kdniao", {**first, "Data": first["Data"] + second["Data"]})
    assert [told.tracking_number for told in reading.parcels] == ["N1", "N2"]


def test_sf_mixes_waybills_in_one_push() -> None:
    parts = [json.loads(carrier_bodies.sf_express(number, [Scan("50", at(1))])) for number in ("N1", "N2", "N1")]
    routes = [route for part in parts for route in part["Body"]["WaybillRoute"]]
    assert [told.tracking_number for told in read("sf_express", {"Body": {"WaybillRoute": routes}}).parcels] == [
        "N1",
        "N2",
    ]


def test_fedex_of_two_shipments_under_one_number_the_newer_is_recorded() -> None:
    def track(use: str, code: str, hour: int) -> dict[str, Any]:
        (found,) = json.loads(carrier_bodies.fedex("N1", [Scan(code, at(hour))]))["output"]["completeTrackResults"]
        return {**found["trackResults"][0], "trackingNumberInfo": {"trackingNumberUniqueId": use}}

    tracks = [track("2~N1", "FD", 5), track("1~N1", "DL", 1)]
    reading = read("fedex", {"output": {"completeTrackResults": [{"trackingNumber": "N1", "trackResults": tracks}]}})
    assert [told.status for told in reading.parcels] == [S.IN_TRANSIT, S.DELIVERED]
    for order in (reading.parcels, reading.parcels[::-1]):
        assert [told.status for told in in_use(order)] == [S.IN_TRANSIT], "an old delivery does not deliver ours"


def test_fedex_a_number_that_is_not_found_is_left_out() -> None:
    error = {"trackResults": [{"error": {"code": "TRACKING.TRACKINGNUMBER.NOTFOUND"}}], "trackingNumber": "N2"}
    assert read("fedex", {"output": {"completeTrackResults": [error]}}).ignored


# ------------------------------------------------------------------ what concerns no parcel, what cannot be read
@pytest.mark.parametrize(
    ("carrier", "body"),
    [
        ("easypost", {"description": "batch.created", "object": "Event", "result": {"object": "Batch"}}),
        ("shippo", {"event": "transaction_created", "data": {}}),
        ("aftership", {"event": "edd_revise", "msg": {"tracking_number": "N"}}),
        ("17track", {"event": "AWB_UPDATED", "data": {}}),
        ("17track", {"event": "TRACKING_STOPPED", "data": {"number": "N", "carrier": 1}}),
        ("shipengine", {"resource_type": "API_BATCH", "data": {}}),
        ("sendcloud", {"action": "integration_deleted", "integration": {}}),
        ("sendcloud", {"action": "parcel_status_changed", "parcel": {"id": 1, "tracking_number": ""}}),
        ("standard_webhooks", {"type": "label.voided", "timestamp": "2026-11-22T10:00:00Z"}),
    ],
)
def test_what_concerns_no_parcel_is_ignored(carrier: str, body: dict[str, Any]) -> None:
    reading = read(carrier, body)
    assert (reading.parcels, bool(reading.ignored)) == ((), True)


@pytest.mark.parametrize(
    ("carrier", "value"),
    [
        ("easypost", {"tracking_code": "EZ1", "object": "Tracker", "status": "pre_transit"}),
        ("ship24", {"tracker": {"trackingNumber": "EZ1"}, "shipment": {"statusMilestone": "info_received"}}),
        ("dhl_unified", {"id": "EZ1", "status": {"statusCode": "pre-transit", "timestamp": "2026-11-22T07:53:47Z"}}),
    ],
)
def test_an_object_by_itself_is_read_as_in_its_envelope(carrier: str, value: dict[str, Any]) -> None:
    told = one(carrier, value)
    assert (told.tracking_number, told.status, len(told.events)) == ("EZ1", S.LABEL_CREATED, 1)


def test_an_event_that_nothing_dates_is_the_same_when_it_comes_again() -> None:
    push = signed("easypost", bytes_of({"object": "Tracker", "tracking_code": "EZ1", "status": "delivered"}), NOW)
    first, later = (adapter_of("easypost").read(push, to_iso(NOW + timedelta(days=day))) for day in (0, 1))
    assert first.parcels[0].events[0].identity == later.parcels[0].events[0].identity


def test_xml_with_a_document_type_is_not_read() -> None:
    bomb = b'<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><Request><Body>&b;</Body></Request>'
    for body in (bomb, form(content=bomb), b"<Request>", b"<?xml version='1.0' encoding='nonsense'?><a/>"):
        with pytest.raises(Unreadable):
            adapter_of("sf_express").read(Push("sf_express", body), to_iso(NOW))


def test_a_chinese_body_in_gbk_is_not_verified_by_the_sign_of_its_utf_8() -> None:
    push = signed("kuaidi100", carrier_bodies.kuaidi100("N", [Scan("0", at(1), words="到达杭州")]), NOW)
    fields = push.body.partition(b"&sign=")
    param = carrier_bodies.kuaidi100("N", [Scan("0", at(1), words="到达杭州")]).decode().encode("gbk")
    other = form(param=param) + b"&sign=" + fields[2]
    with pytest.raises(SignatureInvalid):
        adapter_of("kuaidi100").verify(Push("kuaidi100", other), (SECRET,), NOW)


# ------------------------------------------------------------------ times
@pytest.mark.parametrize(
    ("text", "zones", "utc"),
    [
        ("2026-11-22T10:00:00Z", (CHINA,), "2026-11-22T10:00:00.000Z"),
        ("2026-11-22T10:00:00.473Z", (), "2026-11-22T10:00:00.473Z"),
        ("2026-11-22T10:00:00+0800", (), "2026-11-22T02:00:00.000Z"),
        ("2026-11-22 10:00:00 -06:00", (), "2026-11-22T16:00:00.000Z"),
        ("2026-11-22 10:00:00", (CHINA,), "2026-11-22T02:00:00.000Z"),
        ("2015-3-11 16:21:06", (CHINA,), "2015-03-11T08:21:06.000Z"),
        ("2026/11/22 10:00", (CHINA,), "2026-11-22T02:00:00.000Z"),
        ("2026-07-01T10:00:00", ("", "Europe/Amsterdam"), "2026-07-01T08:00:00.000Z"),
        ("2026-07-01T10:00:00", ("No/Where",), "2026-07-01T10:00:00.000Z"),
        (1629801608, (), "2021-08-24T10:40:08.000Z"),
        ("1629801608000", (), "2021-08-24T10:40:08.000Z"),
        ("2026-02-30 10:00:00", (), None),
        ("0001-01-01T00:00:00+14:00", (), None),
        ("２０２６-11-22", (), None),
        ("yesterday", (), None),
        (None, (), None),
        (True, (), None),
        (float("inf"), (), None),
        (10**30, (), None),
    ],
)
def test_times_of_carriers(text: Any, zones: tuple[str, ...], utc: str | None) -> None:
    assert moment(text, *zones) == utc


def test_a_country_of_one_zone_tells_it_and_one_of_many_does_not() -> None:
    assert (zone_in("nl"), zone_in("CN"), zone_in("US"), zone_in(None)) == ("Europe/Amsterdam", CHINA, "", "")


def test_a_time_without_a_zone_is_of_the_accounts_where_the_place_says_nothing() -> None:
    def bare(value: dict[str, Any]) -> None:
        value["msg"]["checkpoints"][0]["checkpoint_time"] = "2026-11-22T10:00:00"

    body = changed(carrier_bodies.aftership("N", [Scan("InTransit", at(1))]), bare)
    assert one("aftership", body).events[0].occurred_at == "2026-11-22T10:00:00.000Z"
    assert one("aftership", body, zone="America/New_York").events[0].occurred_at == "2026-11-22T15:00:00.000Z"


def test_ups_times_are_of_gmt_fields_else_of_the_place() -> None:
    value = json.loads(carrier_bodies.ups("N", [Scan("I", at(1))]))
    local = {"localActivityDate": "20240423", "localActivityTime": "91519", "activityLocation": {"country": "NL"}}
    bare = {name: text for name, text in value.items() if not name.startswith("gmt")} | local
    assert one("ups", bare).events[0].occurred_at == "2024-04-23T07:15:19.000Z"
    assert one("ups", value | local).events[0].occurred_at == to_iso(at(1))


def test_sendclouds_personal_data_are_not_read() -> None:
    assert "Bob" not in repr(read("sendcloud", carrier_bodies.sendcloud("N", [Scan("delivered", at(1))])))
    assert secret_of("sendcloud") == SECRET


@pytest.mark.parametrize(
    ("value", "zone", "found"),
    [
        ("2024-08-05T00:00:00Z", "", "2024-08-06T00:00:00.000Z"),
        ("2024-08-05", "Asia/Shanghai", "2024-08-05T16:00:00.000Z"),
        ("2024-08-05T18:00:00", "", "2024-08-05T18:00:00.000Z"),
        (1722816000, "", "2024-08-05T00:00:00.000Z"),
        ("9999-12-31", "", None),
        ("soon", "", None),
        (None, "", None),
    ],
)
def test_a_day_on_which_a_parcel_comes_is_by_the_end_of_that_day(value: Any, zone: str, found: str | None) -> None:
    assert expected(value, zone) == found


def test_what_a_carrier_expects_is_said_with_its_newest_event_and_makes_no_event_another() -> None:
    scans = [{"status": "in_transit", "datetime": f"2024-08-0{day}T10:00:00Z"} for day in (2, 3, 1)]
    tracker = {"object": "Tracker", "tracking_code": "EZ1", "status": "in_transit", "tracking_details": scans}
    plain = one("easypost", tracker)
    told = one("easypost", tracker | {"est_delivery_date": "2024-08-05T00:00:00Z"})
    assert [event.stated for event in told.events] == [None, "2024-08-06T00:00:00.000Z", None]
    assert [event.identity for event in told.events] == [event.identity for event in plain.events]


@pytest.mark.parametrize(
    ("carrier", "body", "found"),
    [
        (
            "shippo",
            {
                "event": "track_updated",
                "data": {
                    "tracking_number": "N",
                    "eta": "2024-08-05T12:00:00Z",
                    "tracking_status": {"status": "TRANSIT", "status_date": "2024-08-01T10:00:00Z"},
                },
            },
            "2024-08-05T12:00:00.000Z",
        ),
        (
            "aftership",
            {
                "msg": {
                    "tracking_number": "N",
                    "tag": "InTransit",
                    "expected_delivery": "2024-08-05",
                    "updated_at": "2024-08-01T10:00:00Z",
                }
            },
            "2024-08-06T00:00:00.000Z",
        ),
        (
            "shipengine",
            {
                "data": {
                    "tracking_number": "N",
                    "status_code": "IT",
                    "estimated_delivery_date": "2024-08-05T12:00:00Z",
                    "events": [{"occurred_at": "2024-08-01T10:00:00Z", "status_code": "IT"}],
                }
            },
            "2024-08-05T12:00:00.000Z",
        ),
        (
            "dhl_unified",
            {
                "shipments": [
                    {
                        "id": "N",
                        "estimatedTimeOfDelivery": "2024-08-05T00:00:00Z",
                        "status": {"statusCode": "transit", "timestamp": "2024-08-01T10:00:00Z"},
                    }
                ]
            },
            "2024-08-06T00:00:00.000Z",
        ),
        (
            "ship24",
            {
                "trackings": [
                    {
                        "tracker": {"trackingNumber": "N"},
                        "shipment": {
                            "statusMilestone": "in_transit",
                            "delivery": {"estimatedDeliveryDate": "2024-08-05T18:00:00"},
                        },
                        "metadata": {"generatedAt": "2024-08-01T10:00:00Z"},
                    }
                ]
            },
            "2024-08-05T18:00:00.000Z",
        ),
    ],
)
def test_carriers_that_say_when_a_parcel_comes_are_heard(carrier: str, body: dict[str, Any], found: str) -> None:
    assert one(carrier, body).events[-1].stated == found
