"""Carriers' signature vectors and payloads against what Ordo takes: today the Standard Webhooks scheme."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ordo.shipments.errors import SignatureInvalid
from ordo.shipments.signatures import sign, signing_keys, verify
from tests.conformance.results import Case, Unsupported

Differences = dict[str, tuple[Any, Any]]
OURS = "standard_webhooks"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BODY = b'{"test": 2432232314}'


def cases_in(path: Path) -> Iterable[Case]:
    """Published vectors, cases of behaviour, and every payload that says what must come out of it."""
    for file in sorted(path.rglob("*.json")) if path.is_dir() else [path]:
        if file.name == "vectors.json":
            content = json.loads(file.read_text(encoding="utf-8"))
            found = content if isinstance(content, list) else content["vectors"]
            for case in found:
                yield {**case, "id": f"{file.parent.name}/vectors: {case['name']}", "message": case.get("id")}
            for case in content["behaviour_cases"] if isinstance(content, dict) else ():
                yield {**case, "id": f"{file.parent.name}/behaviour: {case['case']}"}
        elif file.name.endswith(".meta.json"):
            case = json.loads(file.read_text(encoding="utf-8"))
            yield {"id": f"{file.parent.name}/{case.get('payload_file', file.name)}", "carrier": file.parent.name}


def check(case: Case) -> Differences:
    """The facts in which our answer differs from what the case expects; raises `Unsupported`."""
    if "carrier" in case:
        raise Unsupported(f"no adapter for {case['carrier']}: only the generic carrier speaks to Ordo so far")
    if "name" not in case:
        return _behaviour(case)
    if not case["name"].startswith(OURS):
        raise Unsupported(f"no adapter for {case['name'].partition('/')[0]}")
    if "NEGATIVE" in case["name"]:
        compact = BODY.replace(b" ", b"")
        headers = _headers(id="msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp=1614265330, signature=case["expected"])
        return _differs("verifies", False, _accepted(headers, compact, case["secret"], at=1614265330))
    headers = _headers(id=case["message"], timestamp=case["timestamp"], signature=case["expected"])
    return _differs("verifies", True, _accepted(headers, _body(case["body"]), case["secret"], at=case["timestamp"]))


def _body(text: str) -> bytes:
    repeated = re.fullmatch(r"'(.)' \* (\d+)", text)
    return (repeated[1] * int(repeated[2]) if repeated else text).encode()


def _headers(**values: Any) -> dict[str, str]:
    return {f"webhook-{name}": str(value) for name, value in values.items()}


def _accepted(headers: dict[str, str], body: bytes, secret: str, at: int) -> bool:
    try:
        verify(body, headers, signing_keys(secret), datetime.fromtimestamp(at, UTC))
    except SignatureInvalid:
        return False
    return True


def _differs(fact: str, expected: object, actual: object) -> Differences:
    return {} if expected == actual else {fact: (expected, actual)}


def _signed(secret: str = SECRET, seconds: int = 0, **instead: str) -> bool:
    """Whether a push that is good but for `instead` is taken; `{good}` stands for its good signature."""
    stamp = str(int((NOW + timedelta(seconds=seconds)).timestamp()))
    good = "v1," + base64.b64encode(sign(BODY, "msg_1", stamp, signing_keys(secret)[0])).decode()
    headers = _headers(id="msg_1", timestamp=stamp, signature=good)
    headers |= {f"webhook-{name}": value.replace("{good}", good) for name, value in instead.items()}
    return _accepted({name: value for name, value in headers.items() if value}, BODY, secret, int(NOW.timestamp()))


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
}
"""By the beginning of a case's text: whether the push is taken, and our answers."""


def _behaviour(case: Case) -> Differences:
    for beginning, (expected, answers) in _BEHAVIOUR.items():
        if case["case"].startswith(beginning):
            return _differs("taken", [expected] * len(answers()), answers())
    raise Unsupported("only the header names of the specification are taken")
