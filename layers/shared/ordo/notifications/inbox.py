"""What the Webhooks queue brings, and one batch of it done: lanes side by side, none delays another."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from ordo.notifications.delivery import Delivery, GoOn
from ordo.notifications.events import subject_in
from ordo.notifications.model import Job

WORKERS = 8


@dataclass(frozen=True, slots=True)
class Announced:
    """The bus says that an event happened. `order_id` is its subject (`ordo.notifications.events`)."""

    order_id: str
    seq: int
    type: str
    channel: str
    timestamp: str


@dataclass(frozen=True, slots=True)
class Resume:
    """An endpoint was enabled again: its lanes go on."""

    endpoint_id: str


def read_message(text: str) -> Announced | Job | Resume:
    """A message: an event of the bus, `{"endpoint_id", "order_id"}` (wake a lane) or `{"endpoint_id"}` (resume).

    Raises `KeyError`, `TypeError` or `ValueError` for anything else.
    """
    body = json.loads(text)
    if "detail" in body:
        detail = body["detail"]
        of_stock = "sku" in detail  # of no channel: for endpoints that want every one
        return Announced(
            subject_in(detail),
            int(detail["seq"]),
            str(detail["type"]),
            "" if of_stock else str(detail["channel"]),
            str(detail["timestamp"]),
        )
    if "order_id" in body:
        return Job(str(body["endpoint_id"]), str(body["order_id"]))
    return Resume(str(body["endpoint_id"]))


def work_off(
    records: Iterable[dict[str, Any]],
    delivery: Delivery,
    go_on: GoOn,
    failed: Callable[[str, Exception], None],
    workers: int = WORKERS,
) -> list[str]:
    """Do a batch; gives the ids of messages to bring again. `failed` hears of each failure (to log it)."""
    delivery.endpoints.all()  # the first AWS call is made before there are threads
    again: set[str] = set()
    sources: dict[Job, set[str]] = {}
    for record in records:
        message_id = record["messageId"]
        try:
            for job in _jobs(read_message(record["body"]), delivery):
                sources.setdefault(job, set()).add(message_id)
        except Exception as error:  # noqa: BLE001  one bad message must not hold up the others
            failed(message_id, error)
            again.add(message_id)
    lanes = _by_lane(sources)

    def run(jobs: list[Job]) -> None:
        try:
            delivery.run(max(jobs, key=lambda job: job.seq or 0), go_on)
        except Exception as error:  # noqa: BLE001  the same
            for job in jobs:
                again.update(sources[job])
            failed(jobs[0].order_id, error)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(run, lanes))
    return sorted(again)


def _jobs(message: Announced | Job | Resume, delivery: Delivery) -> list[Job]:
    if isinstance(message, Resume):
        delivery.resume(message.endpoint_id)
        return []
    if isinstance(message, Job):
        return [message]
    return delivery.jobs(message.order_id, message.seq, message.type, message.channel, message.timestamp)


def _by_lane(jobs: Iterable[Job]) -> list[list[Job]]:
    """Jobs of one lane together: it is walked once."""
    lanes: dict[tuple[str, str], list[Job]] = {}
    for job in jobs:
        lanes.setdefault((job.endpoint_id, job.order_id), []).append(job)
    return list(lanes.values())
