"""`ordo verify`: was anything of an order's history or files changed since?"""

from __future__ import annotations

from typing import Annotated

import typer

from tools.console import out, print_json, step
from tools.errors import ToolError
from tools.options import AsJson, Region, Stack, choose_target, open_api
from tools.verification import Report, Verdict, verify_all, verify_one


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(verify)


def verify(
    order_id: Annotated[str | None, typer.Argument(help="The order.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every order, and the anchors themselves.")] = False,
    as_json: AsJson = False,
    stack: Stack = None,
    region: Region = None,
) -> None:
    """Check an order's events, files, proofs and anchor; what was changed is named. Exit code 1 when anything was.

    The chain is checked here, from what the API answers. --all reads the whole table with your own rights.
    """
    if every == (order_id is not None):
        raise ToolError("Say which order to verify, or --all", todo="`ordo verify ord_…`, or `ordo verify --all`.")
    there = choose_target(stack, region)
    if order_id is not None:
        verdict = verify_one(open_api(there), order_id)
        _show(verdict, as_json)
        whole = not verdict.findings
    else:
        with step("Verifying every order"):
            report = verify_all(there, open_api(there))
        _show_all(report, as_json)
        whole = report.is_whole
    if not whole:
        raise typer.Exit(1)


def _show(verdict: Verdict, as_json: bool) -> None:
    if as_json:
        print_json(verdict.as_json())
    elif verdict.findings:
        _show_findings(verdict)
    else:
        anchor = f", anchored {verdict.anchor['anchored_at'][:10]}" if verdict.anchor else ", not anchored yet"
        out.print(
            f"[green]✓[/] {verdict.events} events, unbroken up to the head {verdict.head_hash[:16]}…"
            f"{anchor}; {verdict.files} files as they were"
        )


def _show_findings(verdict: Verdict) -> None:
    out.print(f"[bold red]The history of {verdict.order_id} was changed[/]")
    for finding in verdict.findings:
        out.print(f"  [red]•[/] {finding.kind}: {finding.detail}")


def _show_all(report: Report, as_json: bool) -> None:
    if as_json:
        print_json(report.as_json())
        return
    for verdict in report.broken:
        _show_findings(verdict)
    for finding in report.anchors:
        out.print(f"  [red]•[/] anchor: {finding}", markup=True)
    out.print(f"{report.orders} orders and {report.files} files verified, {len(report.broken)} changed")
