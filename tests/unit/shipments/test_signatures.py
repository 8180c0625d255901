"""Signatures of the Standard Webhooks specification: what its library signs verifies, and nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from ordo.shipments.errors import SignatureInvalid
from ordo.shipments.signatures import signing_keys, verify
from tests.support.shipping import NOW

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
BODY = '{"test": 2432232314, "名": "杭州"}'


def signed(body: str = BODY, secret: str = SECRET, at: datetime = NOW, name: str = "msg_1") -> dict[str, str]:
    return {
        "Webhook-Id": name,
        "Webhook-Timestamp": str(int(at.timestamp())),
        "Webhook-Signature": Webhook(secret).sign(name, at, body),
    }


def accepted(headers: dict[str, str], body: bytes = BODY.encode(), secrets: str = SECRET) -> bool:
    try:
        verify(body, headers, signing_keys(secrets), NOW)
    except SignatureInvalid:
        return False
    return True


@given(st.text(max_size=200), st.text(alphabet="abcXYZ019_-", min_size=1, max_size=30))
def test_what_the_library_signs_verifies(body: str, name: str) -> None:
    assert verify(body.encode(), signed(body, name=name), signing_keys(SECRET), NOW) == name


def test_a_published_signature_verifies() -> None:
    """From the test suites of the specification's libraries."""
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    at = datetime.fromtimestamp(1614265330, NOW.tzinfo)
    assert verify(b'{"test": 2432232314}', headers, signing_keys(SECRET), at) == "msg_p5jXN8AQM9LWM0D4loKWxJek"


def test_bodies_are_compared_as_bytes() -> None:
    assert accepted(signed())
    assert not accepted(signed(), BODY.replace(" ", "").encode())
    assert not accepted(signed(), BODY.encode("gb18030"))
    assert not accepted(signed(), b"\xff\xfe")


@pytest.mark.parametrize(("seconds", "fine"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)])
def test_a_timestamp_may_be_five_minutes_off(seconds: int, fine: bool) -> None:
    assert accepted(signed(at=NOW + timedelta(seconds=seconds))) is fine


@pytest.mark.parametrize("timestamp", ["hello", "", "1614265330.5", "-1", "９", "1" * 40, "nan"])
def test_a_timestamp_that_is_no_number_of_seconds_is_refused(timestamp: str) -> None:
    assert not accepted({**signed(), "Webhook-Timestamp": timestamp})


@pytest.mark.parametrize("name", ["Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"])
def test_a_missing_header_is_refused(name: str) -> None:
    headers = signed()
    del headers[name]
    assert not accepted(headers)


def test_another_id_is_refused() -> None:
    assert not accepted({**signed(), "Webhook-Id": "msg_2"})


WRONG = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc="


def test_any_good_v1_signature_in_the_list_is_enough() -> None:
    good = signed()["Webhook-Signature"]
    assert accepted({**signed(), "Webhook-Signature": f"{WRONG} v2,{WRONG[3:]} {good} {WRONG}"})


@pytest.mark.parametrize("text", ["", "v1,", "v1,dawfeo", "v1", WRONG, f"v2,{WRONG[3:]}", "v1,é", " ", "v1a,xxxx"])
def test_a_list_without_a_good_signature_is_refused(text: str) -> None:
    assert not accepted({**signed(), "Webhook-Signature": text})


def test_a_good_signature_under_another_version_is_refused() -> None:
    good = signed()["Webhook-Signature"].removeprefix("v1,")
    assert not accepted({**signed(), "Webhook-Signature": f"v2,{good}"})


def test_two_secrets_are_good_while_one_replaces_the_other() -> None:
    both = f"{OTHER} {SECRET}"
    assert accepted(signed(secret=SECRET), secrets=both)
    assert accepted(signed(secret=OTHER), secrets=both)
    assert not accepted(signed(secret=OTHER), secrets=SECRET)


@pytest.mark.parametrize("secret", [SECRET, SECRET.removeprefix("whsec_"), "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwBr"])
def test_prefix_and_padding_of_a_secret_may_be_missing(secret: str) -> None:
    assert accepted(signed(secret=secret), secrets=secret)


@pytest.mark.parametrize("secrets", ["", "  ", "whsec_", "whsec_%%%", f"{SECRET} whsec_"])
def test_a_secret_that_is_none_is_an_error_of_ours(secrets: str) -> None:
    with pytest.raises(ValueError, match="secret"):
        signing_keys(secrets)
