"""What cannot be read is kept as it came, once, is shown, and can be read again; secrets are rotated without a gap."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from ordo.shipments.carriers.port import Fate, Push, Unreadable
from ordo.shipments.carriers.registry import adapter_of
from ordo.shipments.errors import UnknownCarrier
from ordo.shipments.intake import AGAIN_S, Intake
from ordo.shipments.model import TrackingStatus
from ordo.shipments.unread import InMemoryUnreadStore, UnreadPush, is_push_id
from tests.support.carrier_bodies import Scan, aftership, kuaidi100
from tests.support.pushes import SECRET, signed
from tests.support.shipping import NOW
from tests.unit.shipments.carriers.conftest import NUMBER, Desk

STRANGE = aftership(NUMBER, [Scan("InTransit", NOW), Scan("Teleported", NOW, words="Zhang San")])


def test_what_can_be_read_is_recorded_and_the_rest_is_kept_with_its_reason() -> None:
    desk = Desk("aftership")
    assert desk.push(STRANGE) == 200
    assert desk.parcel.status is TrackingStatus.IN_TRANSIT
    (kept,) = desk.unread.pushes.values()
    assert (kept.carrier, kept.unread, kept.body) == ("aftership", ("status",), STRANGE)


def test_a_push_that_cannot_be_read_at_all_is_kept_once_and_the_carrier_is_told_that_all_is_well() -> None:
    desk = Desk("aftership")
    assert [desk.push(b"\xff\xfe"), desk.push(b"\xff\xfe")] == [200, 200]
    (kept,) = desk.unread.pushes.values()
    assert kept.unread == ("malformed_body",)


def test_a_fault_of_an_adapter_keeps_the_push_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(push: Push, received_at: str) -> None:
        raise KeyError("Zhang San")

    desk = Desk("aftership")
    monkeypatch.setattr(adapter_of("aftership"), "read", broken)
    assert desk.push(STRANGE) == 200
    assert [kept.unread for kept in desk.unread.pushes.values()] == [("adapter",)]


def test_what_is_kept_is_logged_by_its_id_and_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk("aftership")
    desk.push(STRANGE)
    assert "Zhang" not in caplog.text
    (push_id,) = desk.unread.pushes
    assert is_push_id(push_id)


class BrokenStore(InMemoryUnreadStore):
    def keep(self, push: UnreadPush) -> None:
        raise ConnectionError("no store")


@pytest.mark.parametrize(("carrier", "body"), [("aftership", STRANGE), ("kuaidi100", b"{}")])
def test_what_cannot_be_kept_must_come_again(carrier: str, body: bytes) -> None:
    desk = Desk(carrier, unread=BrokenStore())
    assert desk.push(body) == 503


def test_a_kept_push_is_read_again_when_its_adapter_has_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk("aftership")
    desk.push(STRANGE)
    (kept,) = desk.unread.pushes.values()
    found = desk.intake.read_again(kept)
    assert (found.fate, found.recorded) == (Fate.TAKEN, 0)
    from ordo.shipments.carriers import aftership as adapter

    monkeypatch.setitem(adapter.STATUS, "Teleported", TrackingStatus.DELIVERED)
    assert desk.intake.read_again(kept).recorded == 1
    assert desk.intake.read_again(kept).recorded == 0
    assert desk.parcel.status is TrackingStatus.DELIVERED


def test_what_still_cannot_be_read_says_so() -> None:
    desk = Desk("aftership")
    desk.push(b"[]")
    (kept,) = desk.unread.pushes.values()
    with pytest.raises(Unreadable):
        desk.intake.read_again(kept)


@pytest.mark.parametrize(
    "text", ["", "2026-11-22.a.b", "../secret", "2026-11-22.aftership." + "0" * 31, "2026-11-22.A." + "0" * 32]
)
def test_other_texts_are_no_ids(text: str) -> None:
    assert not is_push_id(text)


# ------------------------------------------------------------------ secrets
class Vault:
    """A secret that is fetched anew only when what is kept is too old; it counts how often."""

    def __init__(self, value: dict[str, Any]) -> None:
        self.stored, self.kept, self.age, self.fetched = value, dict(value), 0.0, 0

    def __call__(self, max_age_s: float) -> Mapping[str, Any]:
        if self.age >= max_age_s:
            self.kept, self.age = dict(self.stored), 0.0
            self.fetched += 1
        return self.kept


def intake_of(desk: Desk, vault: Vault) -> Intake:
    return Intake(desk.room.desk, desk.room.store, desk.queue.append, desk.unread, vault)


def test_a_new_secret_is_good_within_half_a_minute_though_the_old_one_is_kept_for_five() -> None:
    desk, vault = Desk("aftership"), Vault({"aftership": ["old"]})
    desk.intake = intake_of(desk, vault)
    vault.stored["aftership"] = ["new", "old"]

    def push(secret: str) -> int:
        return desk.send(signed("aftership", STRANGE, desk.room.clock.now, secret))

    assert (push("old"), push("new")) == (200, 401)
    vault.age = AGAIN_S
    assert (push("new"), push("old")) == (200, 200)
    vault.stored["aftership"] = ["new"]
    vault.age = 300
    assert (push("new"), push("old")) == (200, 401)


def test_bad_signatures_do_not_fetch_the_secret_each_time() -> None:
    desk, vault = Desk("aftership"), Vault({"aftership": ["old"]})
    desk.intake, vault.age = intake_of(desk, vault), AGAIN_S
    for _ in range(5):
        assert desk.send(signed("aftership", STRANGE, desk.room.clock.now, "forged")) == 401
    assert vault.fetched == 1


def test_an_account_that_was_just_added_is_found() -> None:
    desk, vault = Desk("aftership"), Vault({})
    desk.intake = intake_of(desk, vault)
    vault.stored["aftership"] = [SECRET]
    with pytest.raises(UnknownCarrier):
        desk.intake.receive(signed("aftership", STRANGE, desk.room.clock.now))
    vault.age = AGAIN_S
    assert desk.push(STRANGE) == 200


def test_accounts_of_one_carrier_have_secrets_and_zones_of_their_own() -> None:
    desk = Desk("aftership")
    entry = {"secrets": ["of-eu"], "zone": "Europe/Berlin"}
    desk.intake = intake_of(desk, Vault({"aftership": [SECRET], "aftership/eu": entry}))
    value = json.loads(aftership(NUMBER, [Scan("InTransit", NOW)]))
    value["msg"]["checkpoints"][0]["checkpoint_time"] = "2026-11-22T10:00:00"
    plain = signed("aftership", json.dumps(value).encode(), desk.room.clock.now, "of-eu")
    assert desk.send(plain) == 401
    assert desk.send(Push("aftership", plain.body, plain.headers, account="eu")) == 200
    assert desk.parcel.history[0].occurred_at == "2026-11-22T09:00:00.000Z"


def test_a_queued_push_keeps_its_account_and_its_bytes() -> None:
    desk = Desk("kuaidi100")
    real, desk.room.store.put = desk.room.store.put, None  # type: ignore[method-assign, assignment]
    body = kuaidi100("UNKNOWN-1", [Scan("0", NOW, words="到达")])
    assert desk.push(body) == 200
    (message,) = desk.queue
    assert "到达" not in json.dumps(message, ensure_ascii=False)
    desk.room.store.put = real  # type: ignore[method-assign]
    assert desk.intake.take_again([{"messageId": "m", "body": json.dumps(message)}]) == []
    assert len(desk.room.store.events) == 2, "the scan, and the state"


def test_without_the_secrets_the_carrier_is_told_to_come_again_in_its_words() -> None:
    def gone(_age: float) -> Mapping[str, Any]:
        raise ConnectionError("no vault")

    desk = Desk("kuaidi100")
    desk.intake = Intake(desk.room.desk, desk.room.store, desk.queue.append, desk.unread, gone)
    reply = desk.intake.receive(signed("kuaidi100", b"{}", NOW))
    assert (reply.status, json.loads(reply.body)["result"]) == (503, False)
    with pytest.raises(ConnectionError):
        desk.intake.receive(signed("aftership", b"{}", NOW))
