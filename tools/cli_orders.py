"""`ordo seed`, `place`, `watch`, `redrive`: what is done with orders, through the public API."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from tools import show
from tools.console import note, out, print_json, step
from tools.errors import ToolError
from tools.looking import Look
from tools.options import AsJson, Lang, Region, Stack, choose_target, open_api
from tools.outbox import invoke
from tools.redrive import NAMES, PARKED, look, redrive
from tools.seed import SAMPLE_SHOP, read_shop, seed
from tools.timeline import read_timeline

CLOSED = frozenset({"completed", "cancelled"})


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    for command in (seed_shop, place, watch, redrive_queue, resume_cases):
        app.command(_NAMES.get(command.__name__))(command)


_NAMES = {"seed_shop": "seed", "redrive_queue": "redrive", "resume_cases": "resume"}


def seed_shop(
    folder: Annotated[Path, typer.Argument(help="A folder of shop JSON files.")] = SAMPLE_SHOP,
    as_json: AsJson = False,
    stack: Stack = None,
    region: Region = None,
) -> None:
    """Put the sample shop (products, promotions, nodes, stock) in. Doing it twice changes nothing."""
    api = open_api(choose_target(stack, region))
    with step("Seeding the sample shop"):
        counts = seed(api, read_shop(folder))
    if as_json:
        print_json(counts)
    else:
        out.print(", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in counts.items()))


def place(
    file: Annotated[Path, typer.Argument(help="An order as JSON, such as samples/orders/three-tees.json.")],
    key: Annotated[str | None, typer.Option(help="Idempotency key; else a fresh one.")] = None,
    external_id: Annotated[str | None, typer.Option(help="Your own number for the order.")] = None,
    as_json: AsJson = False,
    lang: Lang = "en",
    stack: Stack = None,
    region: Region = None,
) -> None:
    """Place an order and show its total, trace, plan and promise."""
    order = _read_order(file) | ({"external_id": external_id} if external_id else {})
    api = open_api(choose_target(stack, region))
    with step("Placing the order"):
        placed = api.place(order, key)
    if as_json:
        print_json(placed)
        return
    out.print(f"Order [bold]{placed['order_id']}[/]  {placed['status']}, {placed['payment_status']}")
    show_order(placed, lang)


def show_order(order: dict[str, Any], lang: str) -> None:
    """Lines, total, trace, plan and promise."""
    out.print(show.lines_table(order, lang))
    for line in show.reading(order, lang):
        out.print(line, soft_wrap=True, markup=False)


def watch(
    order_id: str,
    once: Annotated[bool, typer.Option("--once", help="Show what has happened and end.")] = False,
    as_json: AsJson = False,
    stack: Stack = None,
    region: Region = None,
) -> None:
    """Follow an order: its events as they happen, until it is completed or cancelled (or Ctrl-C).

    With --json each event is one line.
    """
    api = open_api(choose_target(stack, region))
    seen = 0
    while True:
        timeline = read_timeline(api, order_id)
        for event in timeline.events[seen:]:
            _show_event(event.read(), as_json)
        seen = len(timeline.events)
        if once or (timeline.events and timeline.events[-1].read()["status"] in CLOSED):
            return
        time.sleep(1)


def _show_event(event: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(event, ensure_ascii=False))
    else:
        out.print(show.event_line(event), soft_wrap=True, markup=False)


def redrive_queue(
    queue: Annotated[str, typer.Argument(help=f"One of: {', '.join(NAMES)}.")],
    limit: Annotated[int, typer.Option(help="At most so many messages.", min=1)] = 10_000,
    only_look: Annotated[bool, typer.Option("--look", help="Show what lies there, and move nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
    stack: Stack = None,
    region: Region = None,
) -> None:
    """Show what lies in a dead-letter queue, or was parked: how much, since when, why, of what; then, once its cause is
    mended and you say so, send it on its way again.
    """
    if queue not in NAMES:
        raise ToolError(f"There is no queue {queue!r}", todo=f"Choose from: {', '.join(NAMES)}.")
    there = choose_target(stack, region)
    if not (as_json and yes):
        found = look(there, queue)
        print_json(found.as_json()) if as_json else _show_look(found)
        if only_look or as_json or not found.count:
            return
    if not yes and not typer.confirm(f"Send {min(limit, found.count)} on their way again?"):
        return
    with step(f"Redriving {queue}"):
        report = redrive(there, queue, limit)
    if as_json:
        print_json(report.as_json())
    else:
        left = "" if queue == PARKED else f", {report.left} left in the dead-letter queue"
        out.print(f"{report.moved} sent again{left}")
        for problem in report.problems:
            note(problem)
    if report.problems:
        raise typer.Exit(1)


def _show_look(found: Look) -> None:
    out.print(f"{found.count} in {found.queue}" + (f", the oldest since {found.oldest}" if found.oldest else ""))
    for reason, count in found.reasons.items():
        out.print(f"  {count} x {reason}", markup=False)
    for each in found.ids:
        out.print(f"    {each}", markup=False, soft_wrap=True)


def resume_cases(
    only_look: Annotated[bool, typer.Option("--look", help="Show what is stuck, and begin nothing.")] = False,
    as_json: AsJson = False,
    stack: Stack = None,
    region: Region = None,
) -> None:
    """Look at every open case for an execution that is missing, dead or silent, and begin it anew."""
    there = choose_target(stack, region)
    with step("Looking at open cases"):
        report = invoke(there, "SignalCaseFunction", {"look": only_look})
    if as_json:
        print_json(report)
        return
    for each in report["stuck"]:
        out.print(f"{each['case_id']} ({each['kind']}): {each['why']}", markup=False)
    out.print(f"{len(report['stuck'])} stuck, {report['resumed']} begun anew")


def _read_order(file: Path) -> dict[str, Any]:
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ToolError(f"There is no file {file}") from None
    except OSError as error:
        raise ToolError(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ToolError(f"{file} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise ToolError(f"{file} does not hold one order")
    return value
