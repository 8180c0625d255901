"""The generic carrier, and whoever signs as the Standard Webhooks specification says: `tracking.updated`.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md . Who speaks this to Ordo is
told plainly what is wrong with a push: it gets problems, as every client of the API does, and 202 for what waits.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import ValidationError

from ordo.kernel.errors import Code, OrdoError
from ordo.runtime.body import parse_json
from ordo.shipments.carrier_events import CarrierEvent
from ordo.shipments.carriers.port import Fate, Outcome, Push, Reading, Reply, Secrets, Told, Unreadable
from ordo.shipments.carriers.telling import merged
from ordo.shipments.schemas import TRACKING_UPDATED, TrackingPush
from ordo.shipments.signatures import check


def verify(push: Push, secrets: Secrets, now: datetime) -> None:
    """`v1` with a shared secret, or `v1a` with a public key; the timestamp within five minutes."""
    check(push.body, push.headers, secrets, now)


def answer(push: Push, outcome: Outcome, now: datetime) -> Reply | None:
    """202 for what was not recorded yet; a push that cannot be read is a problem, though we keep it."""
    if not outcome.is_good or outcome.fate is Fate.KEPT:
        return None
    return Reply(202 if outcome.waiting or outcome.fate is Fate.QUEUED else 200, outcome.counts())


def read(push: Push, received_at: str) -> Reading:
    """The events of a tracking update; other types are ignored."""
    if not push.body:
        raise Unreadable("A push needs a body.", code=Code.INVALID_REQUEST, pointer="")
    parse_json(push.body)
    try:
        told = TrackingPush.model_validate_json(push.body)
    except ValidationError as error:
        raise _refused(error) from None
    if told.type != TRACKING_UPDATED:
        return Reading(ignored="not a tracking update")
    numbers: dict[str, list[CarrierEvent]] = {}
    for event in told.events(received_at):
        numbers.setdefault(event.tracking_number, []).append(event)
    return Reading(tuple(Told(number, merged(events), tuple(events)) for number, events in numbers.items()))


def _refused(error: ValidationError) -> Unreadable:
    """Everything that is wrong, each with its pointer; nothing of the values, which may be personal."""
    found = [_problem(str(each["msg"]), each["loc"]) for each in error.errors(include_input=False, include_url=False)]
    refusal = Unreadable(found[0].detail, code=Code.INVALID_REQUEST, pointer=found[0].pointer)
    refusal.errors = tuple(found)
    return refusal


def _problem(detail: str, path: tuple[int | str, ...]) -> OrdoError:
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in path)
    return OrdoError(detail, code=Code.INVALID_REQUEST, pointer="".join(f"/{part}" for part in parts))
