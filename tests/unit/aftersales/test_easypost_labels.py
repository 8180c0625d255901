"""The adapter for labels against a server that refuses, hangs, is unwell, or sells one and does not say so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from ordo.aftersales.easypost_labels import EasyPostLabels
from ordo.aftersales.label_accounts import labels_of
from ordo.aftersales.labels import Label, LabelRefused, LabelUnavailable, LabelWanted
from tests.support.label_server import KEY, LabelServer, label_server
from tests.support.orders import CONTACT, SHIP_TO

WANTED = LabelWanted(
    "ret_01KJM1TD80QF4RNX9Z5TTWJ1H7_1", {**SHIP_TO, **CONTACT}, {"name": "Shop", "line1": "1", "country": "CN"}, 500
)


@pytest.fixture
def server() -> Iterator[LabelServer]:
    with label_server() as told:
        yield told


def labels(server: LabelServer, timeout_s: float = 5.0) -> EasyPostLabels:
    return EasyPostLabels(KEY, "ca_1", "Ground", server.url, timeout_s)


def test_a_label_is_bought_for_the_way_back(server: LabelServer) -> None:
    assert labels(server).order(WANTED) == Label("EZ0001", "https://labels.example/EZ0001.pdf", 590, "CNY")
    (asked,) = server.asked
    assert (asked["is_return"], asked["reference"], asked["service"]) == (True, WANTED.reference, "Ground")
    assert asked["to_address"]["street1"] == "文三路 1 号"
    assert asked["parcel"] == {"weight": "17.6"}


def test_the_same_label_is_had_again_and_paid_once(server: LabelServer) -> None:
    first = labels(server).order(WANTED)
    assert labels(server).order(WANTED) == first
    assert len(server.asked) == 1


def test_a_label_whose_answer_was_lost_is_found_again(server: LabelServer) -> None:
    server.mode = "lost"
    with pytest.raises(LabelUnavailable, match="transport"):
        labels(server).order(WANTED)
    assert labels(server).order(WANTED).tracking_number == "EZ0001"
    assert len(server.asked) == 1


def test_a_pickup_is_bought_with_it(server: LabelServer) -> None:
    at = datetime(2026, 3, 2, 8, tzinfo=UTC)
    wanted = LabelWanted(WANTED.reference, WANTED.customer, WANTED.merchant, 500, at)
    labels(server).order(wanted)
    assert server.picked_up[WANTED.reference]["min_datetime"] == "2026-03-02T08:00:00.000Z"
    assert server.calls[-1] == ("POST", "/v2/pickups/pickup_1/buy")


def test_what_the_carrier_refuses_is_told_by_its_code_and_nothing_else(server: LabelServer) -> None:
    server.mode = "refuse"
    with pytest.raises(LabelRefused) as refused:
        labels(server).order(WANTED)
    assert (refused.value.code, "示例" in str(refused.value)) == ("ADDRESS.VERIFY.FAILURE", False)


@pytest.mark.parametrize(("mode", "reason"), [("unwell", "http_503"), ("garbage", "unreadable"), ("hang", "timeout")])
def test_a_carrier_that_does_not_answer_is_unavailable(server: LabelServer, mode: str, reason: str) -> None:
    server.mode = mode
    with pytest.raises(LabelUnavailable) as told:
        labels(server, 0.3).order(WANTED)
    assert told.value.reason == reason


def test_nobody_at_the_address_is_unavailable() -> None:
    with pytest.raises(LabelUnavailable, match="transport"):
        EasyPostLabels(KEY, "ca_1", "Ground", "http://127.0.0.1:9").order(WANTED)


@pytest.mark.parametrize(
    ("entry", "code"), [(None, "unknown_account"), ("EZTK", "no_labels"), ({"secrets": "EZTK"}, "no_labels")]
)
def test_an_account_without_labels_gives_none(entry: object, code: str) -> None:
    kept = {} if entry is None else {"easypost": entry}
    with pytest.raises(LabelRefused) as refused:
        labels_of(lambda: kept, "easypost")
    assert refused.value.code == code


def test_accounts_are_told_apart_by_name(server: LabelServer) -> None:
    found = labels_of(lambda: {"easypost/eu": server.account, "sf_express": "x"}, "easypost/eu")
    assert found.order(WANTED).tracking_number == "EZ0001"
    with pytest.raises(LabelRefused):
        labels_of(lambda: {"sf_express": "x"}, "sf_express")
