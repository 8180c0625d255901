"""`ordo stock verify`: do ledger, counters and live reservations agree?"""

from __future__ import annotations

from typing import Any

import typer

from tools.console import out, print_json, step
from tools.options import AsJson, Region, Stack, choose_target
from tools.outbox import invoke
from tools.target import Target

app = typer.Typer(help="Stock: what can be looked at beside the API.", no_args_is_help=True)


@app.callback()
def stock() -> None:
    """Stock: what can be looked at beside the API."""


@app.command()
def verify(as_json: AsJson = False, stack: Stack = None, region: Region = None) -> None:
    """Compare ledger, counters and live reservations of every SKU and node; exit code 1 when something differs."""
    there = choose_target(stack, region)
    with step("Verifying stock"):
        report = verified(there)
    if as_json:
        print_json(report)
    else:
        for each in report["differences"]:
            out.print(
                f"{each['sku']} at {each['node']}: {each['what']} {each['counters']}, expected {each['expected']}"
            )
            if each["correction"]:
                out.print(f"  would be corrected by the movement {each['correction']}", markup=False)
        out.print(f"{report['places']} SKUs at nodes looked at, {len(report['differences'])} differences")
    if report["differences"]:
        raise typer.Exit(1)


def verified(there: Target) -> dict[str, Any]:
    """Runs of the nightly function until it has seen everything, as one report."""
    report: dict[str, Any] = invoke(there, "VerifyStockFunction", {})
    while not report["finished"] and report["after"]:
        more = invoke(there, "VerifyStockFunction", {"after": report["after"]})
        more["places"] += report["places"]
        more["differences"] = report["differences"] + more["differences"]
        report = more
    return report
