"""ShipEngine and ShipStation: `API_TRACK` and `TRACK_EVENT_V2`.

Signs RSA (PKCS #1 v1.5, SHA-256) over `timestamp.body`, in base64, within five minutes; the key is that of
`x-shipengine-rsa-sha256-key-id` in https://api.shipengine.com/jwks. The account's secrets are these public keys: the
JWKS document, single JWKs, or PEM. As its documentation asks, 404 hides the address from who sends no signature, and a
stale timestamp is 400. Any 2xx ends it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ordo.shipments.carrier_events import CarrierEvent
from ordo.shipments.carriers.fields import courier, json_object, number, place, rows, table, word, words
from ordo.shipments.carriers.port import Fate, Outcome, Push, Reading, Reply, Secrets, plain_answer
from ordo.shipments.carriers.signing import as_bytes, from_base64, require_recent
from ordo.shipments.carriers.telling import Status, Teller
from ordo.shipments.carriers.times import expected, moment, zone_in
from ordo.shipments.causes import Cause, cause_of
from ordo.shipments.errors import SignatureInvalid

KEY_ID, SIGNATURE, TIMESTAMP = (
    "x-shipengine-rsa-sha256-key-id",
    "x-shipengine-rsa-sha256-signature",
    "x-shipengine-timestamp",
)
READ = ("API_TRACK", "TRACK_EVENT_V2")

STATUS = {
    "AC": Status.PICKED_UP,
    "IT": Status.IN_TRANSIT,
    "DE": Status.DELIVERED,
    "EX": Status.EXCEPTION,
    "UN": Status.UNKNOWN,
    "AT": Status.DELIVERY_ATTEMPT_FAILED,
    "NY": Status.LABEL_CREATED,
    "SP": Status.AVAILABLE_FOR_PICKUP,
}

CAUSE = {
    "PARCEL_DAMAGED": Cause.DAMAGED,
    "DELIVERED_DAMAGED": Cause.DAMAGED,
    "PARCEL_REPACKED": Cause.DAMAGED,
    "ADDRESS_QUERY": Cause.ADDRESS,
    "CUSTOMER_MOVED": Cause.ADDRESS,
    "NO_ACCESS_TO_RECIPIENTS_ADDRESS": Cause.ADDRESS,
    "REFUSED_BY_CUSTOMER": Cause.REFUSED,
    "CUSTOMER_CARDED": Cause.NOT_HOME,
    "NOT_COLLECTED_FROM_PICKUP_POINT": Cause.UNCLAIMED,
    "HELD_BY_CARRIER_FOR_CLEARANCE_PRE_PROCESSING": Cause.CUSTOMS,
    "HELD_BY_CUSTOMS": Cause.CUSTOMS,
    "HELD_BY_EXPORT_CUSTOMS": Cause.CUSTOMS,
    "HELD_BY_IMPORT_CUSTOMS": Cause.CUSTOMS,
    "MISSORTED": Cause.MISROUTED,
    "ROUTING_ERROR": Cause.MISROUTED,
    "CANCELLED": Cause.CANCELLED,
    "CANCELLED_BEFORE_DESPATCH": Cause.CANCELLED,
}
"""By the detail code of the status."""


class _NotSigned(SignatureInvalid):
    """A header of the signature is missing."""


class _Stale(SignatureInvalid):
    """The signed timestamp cannot be read, or is too far from now."""


def verify(push: Push, secrets: Secrets, now: datetime) -> None:
    """The timestamp is judged first: a repeat is signed anew, so an old signature is a replay."""
    if not all(push.headers.get(name) for name in (KEY_ID, SIGNATURE, TIMESTAMP)):
        raise _NotSigned("The headers of the signature are needed.")
    stamp = push.headers[TIMESTAMP]
    at = moment(stamp)
    try:
        require_recent(datetime.fromisoformat(at).timestamp() if at else float("nan"), now)
    except SignatureInvalid as stale:
        raise _Stale(stale.detail) from None
    from ordo.shipments.carriers.rsa_keys import is_signed  # here, since it loads `cryptography`

    message = as_bytes(stamp) + b"." + push.body
    if not is_signed(message, from_base64(push.headers[SIGNATURE]), push.headers[KEY_ID], secrets):
        raise SignatureInvalid("The signature is not that of these bytes with a key of ShipEngine's.")


def answer(push: Push, outcome: Outcome, now: datetime) -> Reply | None:
    """As for others, but what is not signed finds nothing here."""
    if outcome.fate is Fate.REFUSED and isinstance(outcome.error, _NotSigned):
        return Reply(404, "", "text/plain")
    if outcome.fate is Fate.REFUSED and isinstance(outcome.error, _Stale):
        return Reply(400, "", "text/plain")
    return plain_answer(push, outcome, now)


def read(push: Push, received_at: str) -> Reading:
    """A tracked number, its events under the names of 2019 or of today."""
    body = json_object(push.body)
    kind = word(body.get("resource_type"))
    if kind and kind not in READ:
        return Reading(ignored="not about tracking")
    data = table(body, "data")
    teller = Teller(push, received_at)
    code = number(data.get("tracking_number"))
    named = courier(data.get("carrier_code"))
    events = [each for scan in rows(data.get("events")) for each in _scan(teller, code, scan, named)]
    stated = teller.status(STATUS, word(data.get("status_code")).upper())
    at = moment(data.get("actual_delivery_date")) if stated is Status.DELIVERED else None
    expects, cause = _expected(data, push), _cause(data)
    teller.tell(code, stated, None if events else at, events, couriers=(named,), expects=expects, cause=cause)
    return teller.reading()


def _cause(said: dict[str, Any]) -> Cause | None:
    return cause_of(CAUSE, word(said.get("status_detail_code")).upper())


def _expected(data: dict[str, Any], push: Push) -> str | None:
    return expected(data.get("estimated_delivery_date"), push.zone)


def _scan(teller: Teller, code: str, scan: dict[str, Any], named: str) -> list[CarrierEvent]:
    zones = (zone_in(scan.get("country_code")), teller.push.zone)
    times = (moment(scan.get(name), *zones) for name in ("occurred_at", "event_date", "carrier_occurred_at"))
    return teller.event(
        code,
        STATUS.get(word(scan.get("status_code")).upper(), Status.UNKNOWN),
        next(filter(None, times), None),
        words=words(scan.get("description")),
        place=place(scan.get("city_locality"), scan.get("state_province"), scan.get("country_code")),
        couriers=(named,),
        cause=_cause(scan),
    )
