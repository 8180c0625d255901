"""Carriers' payloads and signature vectors against the adapters: what they say, and whose signatures are taken."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ordo.kernel.clock import to_iso
from ordo.shipments.carriers.port import Push, Reading
from ordo.shipments.carriers.registry import ADAPTERS, adapter_of
from ordo.shipments.errors import SignatureInvalid
from tests.conformance import carrier_vectors
from tests.conformance.carrier_vectors import NOW, Differences, differs
from tests.conformance.results import Case, Unsupported
from tests.support.pushes import secret_of, signed


def cases_in(path: Path) -> Iterable[Case]:
    """Published vectors, cases of behaviour, and every payload that says what must come out of it."""
    for file in sorted(path.rglob("*.json")) if path.is_dir() else [path]:
        if file.name == "vectors.json":
            yield from carrier_vectors.cases_in(file)
        elif file.name.endswith(".meta.json"):
            case = json.loads(file.read_text(encoding="utf-8"))
            payload = file.parent / case.get("payload_file", file.name.replace(".meta.json", ".json"))
            name = f"{file.parent.name}/{payload.name}"
            yield {**case, "id": name, "carrier": file.parent.name, "payload": payload}


def check(case: Case) -> Differences:
    """The facts in which our answer differs from what the case expects; raises `Unsupported`."""
    if "carrier" not in case or "payload" not in case:
        return carrier_vectors.check(case)
    if case["carrier"] not in ADAPTERS:
        raise Unsupported(f"no adapter for {case['carrier']}")
    body = case["payload"].read_bytes()
    return _vector(case, body) | _result(case, body) | _wire_form(case)


def _vector(case: Case, body: bytes) -> Differences:
    """The published signature of this payload, and that one of another secret is refused."""
    vector = case.get("vector")
    if not vector:
        return {}
    push = Push(case["carrier"], body, {vector["header"].lower(): vector["signature"]})
    return differs("verifies", True, _accepted(push, vector["secret"])) | differs(
        "verifies with another secret", False, _accepted(push, f"{vector['secret']}x")
    )


def _result(case: Case, body: bytes) -> Differences:
    """What is read of the payload when it comes as the carrier sends it, signed by the carrier's rule."""
    if not case.get("result"):
        return {}
    push = signed(case["carrier"], body, NOW)
    altered = Push(push.carrier, push.body, {name: f"{value}0" for name, value in push.headers.items()}, {"token": "x"})
    if not push.headers and not push.query:
        altered = Push(push.carrier, push.body + b"0", {}, {})
    reading = adapter_of(case["carrier"]).read(push, to_iso(NOW))
    return (
        differs("accepted", True, _accepted(push, secret_of(case["carrier"])))
        | differs("accepted although altered", False, _accepted(altered, secret_of(case["carrier"])))
        | _differs_in(case["result"], reading)
        | differs("unread", (), reading.unread)
    )


def _differs_in(expected: dict[str, Any], reading: Reading) -> Differences:
    if expected.get("ignored"):
        return differs("ignored", True, not reading.parcels)
    found = [{"tracking_number": told.tracking_number, "status": told.status.value} for told in reading.parcels]
    return differs("shipments", expected["shipments"], found)


def _wire_form(case: Case) -> Differences:
    """The same as it stands on the wire, where the folder has that too."""
    wire = case["payload"].with_suffix(".form")
    if not wire.exists() or wire == case["payload"] or not case.get("result"):
        return {}
    push = Push(case["carrier"], wire.read_bytes())
    return _differs_in(case["result"], adapter_of(case["carrier"]).read(push, to_iso(NOW)))


def _accepted(push: Push, secret: str, now: datetime = NOW) -> bool:
    try:
        adapter_of(push.carrier).verify(push, (secret,), now.astimezone(UTC))
    except SignatureInvalid:
        return False
    return True
