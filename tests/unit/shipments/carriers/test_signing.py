"""Nobody gets in but who signs as the carrier does, and every carrier hears what it wants to hear."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ordo.kernel.errors import Code, OrdoError
from ordo.shipments.carriers.accounts import account_of
from ordo.shipments.carriers.port import GOOD, Fate, Outcome, Push
from ordo.shipments.carriers.registry import ADAPTERS, adapter_of
from ordo.shipments.errors import SignatureInvalid, UnknownCarrier
from tests.support.carrier_bodies import BODIES, Scan, sf_xml
from tests.support.pushes import SECRET, form, jwks, rsa_key, secret_of, signed
from tests.support.shipping import NOW

CARRIERS = sorted(ADAPTERS)
STAMPED = ("shippo", "shipengine", "standard_webhooks")
"""Those that sign when they sent it."""
CODES = dict.fromkeys(CARRIERS, "in_transit") | {"kuaidi100": "0", "kdniao": "2", "sf_express": "30"}


def push_of(carrier: str) -> Push:
    return signed(carrier, BODIES[carrier]("NR-1", [Scan(CODES[carrier], NOW, words="到达 é 🚚")]), NOW)


def accepted(push: Push, *secrets: str, later_s: int = 0) -> bool:
    try:
        adapter_of(push.carrier).verify(push, secrets or (secret_of(push.carrier),), NOW + timedelta(seconds=later_s))
    except SignatureInvalid:
        return False
    return True


def other_secret(carrier: str) -> str:
    if carrier == "shipengine":
        return json.dumps(jwks(generate_private_key(65537, 2048)))
    return base64.b64encode(b"another secret of 24 by.").decode()


@pytest.mark.parametrize("carrier", CARRIERS)
def test_what_the_carrier_signs_is_taken_and_nothing_else(carrier: str) -> None:
    push = push_of(carrier)
    assert accepted(push)
    assert not accepted(push, other_secret(carrier))
    assert not accepted(replace(push, headers={}, query={}, body=b"{}"))
    for name, value in push.headers.items():
        if name.endswith(("-key-id", "webhook-id")) or "timestamp" in name:
            continue
        for wrong in ("", value[:-1], value + "0", value.swapcase(), "é" + value, "\ud800", "v1,", " "):
            if wrong != value and not (
                wrong.lower() == value.lower() and carrier in ("easypost", "sendcloud", "17track")
            ):
                assert not accepted(replace(push, headers={**push.headers, name: wrong})), (name, wrong)


@pytest.mark.parametrize("carrier", sorted(set(CARRIERS) - {"ups", "ship24", "dhl_unified", "sf_express"}))
def test_one_changed_byte_is_refused(carrier: str) -> None:
    push = push_of(carrier)
    place = push.body.index(b"NR-1")
    assert not accepted(replace(push, body=push.body[:place] + b"NR-2" + push.body[place + 4 :]))


@pytest.mark.parametrize("carrier", CARRIERS)
def test_two_secrets_are_good_while_one_replaces_the_other(carrier: str) -> None:
    push = push_of(carrier)
    assert accepted(push, other_secret(carrier), secret_of(carrier))
    assert accepted(push, secret_of(carrier), other_secret(carrier))


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("secrets", [(), ("",)])
def test_an_account_without_a_secret_is_our_failure_and_lets_nobody_in(carrier: str, secrets: tuple[str, ...]) -> None:
    with pytest.raises((ValueError, SignatureInvalid)):
        adapter_of(carrier).verify(push_of(carrier), secrets, NOW)


@pytest.mark.parametrize("carrier", STAMPED)
@pytest.mark.parametrize(("seconds", "fine"), [(-301, False), (-299, True), (299, True), (302, False)])
def test_a_signed_timestamp_may_be_five_minutes_off(carrier: str, seconds: int, fine: bool) -> None:
    assert accepted(push_of(carrier), later_s=seconds) is fine


@pytest.mark.parametrize("carrier", ["ups", "ship24", "dhl_unified", "sf_express", "shippo", "kuaidi100", "kdniao"])
def test_a_secret_in_the_url_does_where_nothing_is_signed(carrier: str) -> None:
    bare = Push(carrier, b"{}", {}, {"token": SECRET})
    assert accepted(bare)
    assert not accepted(replace(bare, query={"token": SECRET[:-1]}))
    assert not accepted(replace(bare, query={"token": ""}))
    assert not accepted(replace(bare, query={"Token": SECRET}))


@pytest.mark.parametrize(
    "carrier", sorted(set(CARRIERS) - {"ups", "ship24", "dhl_unified", "sf_express", "shippo", "kuaidi100", "kdniao"})
)
def test_a_secret_in_the_url_is_nothing_to_who_signs(carrier: str) -> None:
    assert not accepted(Push(carrier, b"{}", {}, {"token": secret_of(carrier)}))


def test_shippo_a_signature_that_is_wrong_is_not_mended_by_the_url() -> None:
    wrong = Push("shippo", b"{}", {"shippo-auth-signature": "t=1,v1=00"}, {"token": SECRET})
    assert not accepted(wrong)


def test_kuaidi100_a_sign_without_a_salt_is_no_sign() -> None:
    unsalted = form(param="{}", sign="99914B932BD37A50B983C5E7C90AE93B")
    assert not accepted(Push("kuaidi100", unsalted))


def test_easypost_secrets_are_compared_in_their_decomposed_form() -> None:
    composed, decomposed = "s\u00e9cret", "se\u0301cret"
    push = signed("easypost", b"{}", NOW, composed)
    assert accepted(push, composed)
    assert accepted(push, decomposed)


def test_shipengine_keys_may_be_jwks_or_pem_and_must_be_strong() -> None:
    push = push_of("shipengine")
    pem = rsa_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    assert accepted(push, pem)
    assert accepted(push, json.dumps(jwks()["keys"][0]))
    assert not accepted(push, json.dumps(jwks(key_id="another")))
    with pytest.raises(ValueError, match="short"):
        accepted(push, json.dumps(jwks(generate_private_key(65537, 1024))))


def test_standard_webhooks_a_public_key_signs_as_v1a() -> None:
    key = Ed25519PrivateKey.generate()
    public = "whpk_" + base64.b64encode(key.public_key().public_bytes_raw()).decode()
    stamp = str(int(NOW.timestamp()))
    signature = base64.b64encode(key.sign(f"msg_1.{stamp}.{{}}".encode())).decode()
    headers = {"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": f"v1a,{signature}"}
    push = Push("generic", b"{}", headers)
    assert accepted(push, public)
    assert accepted(push, public, secret_of("generic"))
    assert not accepted(replace(push, body=b"{ }"), public)
    assert not accepted(push, secret_of("generic"))
    assert not accepted(replace(push, headers={**headers, "webhook-signature": f"v1,{signature}"}), public)


# ------------------------------------------------------------------ accounts
def test_accounts_are_texts_lists_keys_or_objects_with_a_zone() -> None:
    kept = {
        "generic": "new old",
        "easypost": ["a secret with spaces", "old"],
        "shipengine": jwks(),
        "aftership/eu": {"secrets": "eu", "zone": "Europe/Berlin"},
        "empty": "",
    }
    assert account_of(kept, "generic").secrets == ("new", "old")
    assert account_of(kept, "easypost").secrets == ("a secret with spaces", "old")
    assert json.loads(account_of(kept, "shipengine").secrets[0]) == jwks()
    eu = account_of(kept, "aftership", "eu")
    assert (eu.secrets, eu.zone) == (("eu",), "Europe/Berlin")
    assert account_of(kept, "empty").secrets == ()
    for carrier, account in (("aftership", ""), ("aftership", "us"), ("nobody", ""), ("aftership/eu", "")):
        with pytest.raises(UnknownCarrier):
            account_of(kept, carrier, account)


# ------------------------------------------------------------------ answers
REFUSED = OrdoError("no", code=Code.SIGNATURE_INVALID)


@pytest.mark.parametrize("carrier", sorted(set(CARRIERS) - {"kuaidi100", "kdniao", "sf_express"}))
@pytest.mark.parametrize("fate", Fate)
def test_who_looks_at_the_status_gets_a_status(carrier: str, fate: Fate) -> None:
    reply = adapter_of(carrier).answer(push_of(carrier), Outcome(fate, known=1, error=REFUSED), NOW)
    if fate not in GOOD or (carrier == "standard_webhooks" and fate is Fate.KEPT):
        assert reply is None, "a problem, as every route of the API tells one"
    elif carrier == "standard_webhooks" and fate is Fate.QUEUED:
        assert reply
        assert reply.status == 202
    else:
        assert reply
        assert (reply.status, json.loads(reply.body)["known"]) == (200, 1)


@pytest.mark.parametrize("fate", Fate)
def test_kuaidi100_reads_the_body(fate: Fate) -> None:
    reply = adapter_of("kuaidi100").answer(push_of("kuaidi100"), Outcome(fate), NOW)
    good = {"result": True, "returnCode": "200", "message": "成功"}
    bad = {"result": False, "returnCode": "500", "message": "失败"}
    assert reply
    assert json.loads(reply.body) == (good if fate in GOOD else bad)
    assert reply.status == (200 if fate in GOOD else 401 if fate is Fate.REFUSED else 503)


@pytest.mark.parametrize("fate", Fate)
def test_kdniao_reads_the_body(fate: Fate) -> None:
    reply = adapter_of("kdniao").answer(push_of("kdniao"), Outcome(fate), NOW)
    assert reply
    told = json.loads(reply.body)
    assert told["EBusinessID"] == ("" if fate is Fate.REFUSED else "100")
    assert told["UpdateTime"] == "2026-11-22 18:00:00"
    assert told["Success"] is (fate in GOOD)
    assert bool(told["Reason"]) is (fate not in GOOD)


@pytest.mark.parametrize("fate", Fate)
def test_sf_reads_the_body_in_the_format_in_which_it_sent(fate: Fate) -> None:
    adapter = adapter_of("sf_express")
    reply = adapter.answer(push_of("sf_express"), Outcome(fate), NOW)
    assert reply
    code, text = ("0000", "成功") if fate in GOOD else ("1000", "系统异常")
    assert json.loads(reply.body) == {"return_code": code, "return_msg": text}
    reply = adapter.answer(signed("sf_express", sf_xml("N", [Scan("50", NOW)]), NOW), Outcome(fate), NOW)
    assert reply
    assert reply.content_type.startswith("text/xml")
    root = ElementTree.fromstring(reply.body)
    assert (root.attrib, root.findtext("Head")) == ({"service": "RoutePushService"}, "OK" if fate in GOOD else "ERR")


def test_shipengine_hides_from_who_sends_no_signature_and_says_what_is_stale() -> None:
    adapter = adapter_of("shipengine")

    def status(push: Push, later_s: int = 0) -> int | None:
        with pytest.raises(SignatureInvalid) as refused:
            adapter.verify(push, (secret_of("shipengine"),), NOW + timedelta(seconds=later_s))
        reply = adapter.answer(push, Outcome(Fate.REFUSED, error=refused.value), NOW)
        return reply.status if reply else None

    push = push_of("shipengine")
    assert status(replace(push, headers={})) == 404
    assert status(push, later_s=400) == 400
    assert status(replace(push, headers={**push.headers, "x-shipengine-timestamp": "soon"})) == 400
    assert status(replace(push, body=b"{}")) is None, "401, as a problem"
