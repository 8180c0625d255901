"""Published signatures that must verify, and some that must not; cases of how the Standard Webhooks scheme behaves."""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ordo.shipments.carriers.port import Push
from ordo.shipments.carriers.registry import ADAPTERS, adapter_of
from ordo.shipments.carriers.signing import as_bytes, hmac_sha256, md5_hex
from ordo.shipments.errors import SignatureInvalid
from ordo.shipments.signatures import sign, signing_keys, verify
from tests.conformance.results import Case, Unsupported

Differences = dict[str, tuple[Any, Any]]
OURS = "standard_webhooks"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BODY = b'{"test": 2432232314}'
HEADERS = {
    "easypost": "x-hmac-signature",
    "aftership": "aftership-hmac-sha256",
    "sendcloud": "sendcloud-signature",
    "fedex": "fdx-signature",
    "17track": "sign",
}


def cases_in(file: Path) -> Iterable[Case]:
    """The cases of one file of vectors."""
    content = json.loads(file.read_text(encoding="utf-8"))
    for case in content if isinstance(content, list) else content["vectors"]:
        yield {
            **case,
            "id": f"{file.parent.name}/vectors: {case['name']}",
            "msg_id": case.get("id"),
            "folder": file.parent,
        }
    for case in content["behaviour_cases"] if isinstance(content, dict) else ():
        yield {**case, "id": f"{file.parent.name}/behaviour: {case['case']}"}


def check(case: Case) -> Differences:
    """The facts in which our answer differs from what the case expects; raises `Unsupported`."""
    if "name" not in case:
        return _behaviour(case)
    wanted = "NEGATIVE" not in case["name"]
    carrier = case["name"].partition("/")[0]
    if carrier == OURS:
        return differs("verifies", wanted, _ours(case, wanted=wanted))
    if carrier in HEADERS and carrier in ADAPTERS:
        return differs("verifies", wanted, _carriers(case, carrier))
    for scheme, makes in _SCHEMES.items():
        if case["scheme"].startswith(scheme):
            return differs("signature equals", wanted, makes(case) == case["expected"])
    raise Unsupported(f"no adapter for {carrier}")


def _ours(case: Case, *, wanted: bool) -> bool:
    if not wanted:
        case = {**case, "msg_id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "timestamp": 1614265330}
    body = _body(case["body"]) if wanted else BODY.replace(b" ", b"")
    headers = _headers(id=case["msg_id"], timestamp=case["timestamp"], signature=case["expected"])
    return accepted(headers, body, case["secret"], at=case["timestamp"])


def _carriers(case: Case, carrier: str) -> bool:
    """Whether the carrier's adapter takes the signature; the negatives as their names say."""
    secret, body = case["secret"], _carriers_body(case)
    if "NFC" in case["name"]:
        key = unicodedata.normalize("NFC", secret.partition(" ")[0]).encode()
        return bool(case["expected"] == f"hmac-sha256-hex={hmac_sha256(key, body).hex()}")
    push = Push(carrier, body, {HEADERS[carrier]: case["expected"]})
    try:
        adapter_of(carrier).verify(push, (secret,), NOW)
    except SignatureInvalid:
        return False
    return True


def _carriers_body(case: Case) -> bytes:
    folder: Path = case["folder"]
    if "body_file" in case:
        return (folder / str(case["body_file"])).read_bytes()
    if "body" in case:
        return _body(case["body"])
    payload = folder / "easypost" / "tracker_updated_in_transit_weight_136.0.json"
    return payload.read_bytes().replace(b"136.0", b"136")


_SCHEMES: dict[str, Callable[[Case], str]] = {
    "hex HMAC-SHA256(secret, timestamp": lambda case: hmac_sha256(
        as_bytes(case["secret"]), as_bytes(case["message"])
    ).hex(),
    "UPPER(md5(secret+data+secret))": lambda case: md5_hex(as_bytes(case["message"])).upper(),
    "same string in GBK": lambda case: md5_hex(
        f"{case['secret']}申通,668390930489{case['secret']}".encode("gbk")
    ).upper(),
    "UPPER(md5(param+key+customer))": lambda case: md5_hex(
        as_bytes(case["param"]), as_bytes(case["key"]), as_bytes(case["customer"])
    ).upper(),
}
"""Schemes that no adapter of ours receives: our own helpers must make the published signature."""


def _body(text: str) -> bytes:
    repeated = re.fullmatch(r"'(.)' \* (\d+)", text)
    return (repeated[1] * int(repeated[2]) if repeated else text).encode()


def _headers(name: str = "webhook", **values: Any) -> dict[str, str]:
    return {f"{name}-{part}": str(value) for part, value in values.items()}


def accepted(headers: dict[str, str], body: bytes, secret: str, at: int) -> bool:
    """Whether a push of the generic carrier is taken."""
    try:
        verify(body, headers, signing_keys(secret), datetime.fromtimestamp(at, UTC))
    except SignatureInvalid:
        return False
    return True


def differs(fact: str, expected: object, actual: object) -> Differences:
    """The difference, if there is one."""
    return {} if expected == actual else {fact: (expected, actual)}


def _signed(secret: str = SECRET, seconds: int = 0, name: str = "webhook", **instead: str) -> bool:
    """Whether a push that is good but for `instead` is taken; `{good}` stands for its good signature."""
    stamp = str(int((NOW + timedelta(seconds=seconds)).timestamp()))
    good = "v1," + base64.b64encode(sign(BODY, "msg_1", stamp, signing_keys(secret)[0])).decode()
    headers = _headers(name, id="msg_1", timestamp=stamp, signature=good)
    headers |= {f"{name}-{part}": value.replace("{good}", good) for part, value in instead.items()}
    return accepted({part: value for part, value in headers.items() if value}, BODY, secret, int(NOW.timestamp()))


WRONG = "Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc="


def _empty_secret() -> bool:
    try:
        signing_keys("whsec_")
    except ValueError:
        return False
    return True


_BEHAVIOUR: dict[str, tuple[bool, Callable[[], list[bool]]]] = {
    "missing webhook-id": (False, lambda: [_signed(id=""), _signed(timestamp=""), _signed(signature="")]),
    "webhook-timestamp 'hello'": (False, lambda: [_signed(timestamp="hello")]),
    "timestamp older than 300 s": (False, lambda: [_signed(seconds=-301)]),
    "timestamp more than 300 s in the future": (False, lambda: [_signed(seconds=301)]),
    "signature list": (True, lambda: [_signed(signature=f"v1,{WRONG} v2,{WRONG} {{good}} v1,{WRONG}")]),
    "only wrong v1 signatures": (False, lambda: [_signed(signature=f"v1,{WRONG} v1,{WRONG}")]),
    "'v1,' empty": (False, lambda: [_signed(signature="v1,"), _signed(signature="v1,dawfeo")]),
    "secret with and without": (True, lambda: [_signed(), _signed(SECRET.removeprefix("whsec_"))]),
    "secret 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwBr'": (True, lambda: [_signed("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwBr")]),
    "secret 'whsec_' (empty)": (False, lambda: [_empty_secret()]),
    "svix-* header names": (True, lambda: [_signed(name="svix")]),
}
"""By the beginning of a case's text: whether the push is taken, and our answers."""


def _behaviour(case: Case) -> Differences:
    for beginning, (expected, answers) in _BEHAVIOUR.items():
        if case["case"].startswith(beginning):
            return differs("taken", [expected] * len(answers()), answers())
    raise Unsupported("a behaviour that the runner does not know")
