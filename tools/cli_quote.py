"""`ordo quote`: what a cart costs, and why; in this process, or asked of a running API."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from ordo.kernel.clock import from_iso, system_clock
from tools.api import Api
from tools.console import out, print_json
from tools.errors import ToolError
from tools.options import AsJson, Lang
from tools.quoting import quote_here, read_cart
from tools.receipt import receipt
from tools.seed import SAMPLE_SHOP, read_shop


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(quote)


def quote(
    file: Annotated[Path, typer.Argument(help="A cart or an order as JSON, such as samples/orders/three-tees.json.")],
    shop: Annotated[Path, typer.Option(help="The folder of the shop that sells it.")] = SAMPLE_SHOP,
    customer: Annotated[str | None, typer.Option(help="Customer id; else the file's.")] = None,
    coupon: Annotated[list[str] | None, typer.Option(help="A coupon code, beside the file's (repeat).")] = None,
    now: Annotated[str | None, typer.Option(help="Price it as of then: 2026-11-11T00:00:00+08:00.")] = None,
    costs: Annotated[bool, typer.Option("--costs", help="With the merchant's costs and margins.")] = False,
    url: Annotated[str | None, typer.Option(help="Ask this API instead; its address ends with the stage.")] = None,
    key: Annotated[str | None, typer.Option(help="The API key for --url (or ORDO_KEY).")] = None,
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:
    """Show what a cart costs: a receipt, every promotion that applies, and what is missing for the others.

    Needs no cloud: the shop is read from its folder, and nothing is kept. With --url it asks a running API.
    """
    body = _cart(file, customer, coupon or [])
    if url is not None:
        answer = _asked(url, key, body, now)
    else:
        answer = quote_here(body, read_shop(shop), _moment(now), costs=costs)
    if as_json:
        print_json(answer)
    else:
        out.print(receipt(answer, lang))


def _cart(file: Path, customer: str | None, coupons: list[str]) -> dict[str, Any]:
    body = read_cart(file)
    if customer is not None:
        body["customer"] = {"customer_id": customer}
    given = body.get("coupons") or []
    if coupons and isinstance(given, list):
        body["coupons"] = [*given, *(code for code in coupons if code not in given)]
    return body


def _asked(url: str, key: str | None, body: dict[str, Any], now: str | None) -> dict[str, Any]:
    if now is not None:
        raise ToolError("A running API prices by its own clock", todo="Leave out --now, or leave out --url.")
    key = key or os.environ.get("ORDO_KEY")
    if not key:
        raise ToolError("No API key for --url", todo="Give one with --key, or set ORDO_KEY; see `ordo keys create`.")
    return Api(url.rstrip("/"), key).post("/v1/quotes", body)


def _moment(text: str | None) -> datetime:
    if text is None:
        return system_clock()
    try:
        return from_iso(text)
    except (ValueError, OverflowError):
        todo = "Write it as 2026-11-11T00:00:00+08:00, with its offset from UTC (Z: none)."
        raise ToolError(f"{text!r} is no time", todo=todo) from None
