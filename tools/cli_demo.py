"""`ordo demo` and `ordo run`."""

from __future__ import annotations

import shutil
import signal
import sys
import threading
from typing import Annotated, Any

import typer

from tools import cloud
from tools.api import Api
from tools.aws import Aws
from tools.carrier import Carrier, carrier_secret
from tools.console import note, out, print_json, progress, show_failure, step
from tools.demo import DemoReport, run_demo
from tools.drive import drive_samples
from tools.home import Home
from tools.narration import say
from tools.options import AsJson, Lang
from tools.seed import read_shop, seed
from tools.target import Target


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command()(demo)
    app.command()(run)


def demo(
    lang: Lang = "en",
    keep: Annotated[bool, typer.Option("--keep", help="Leave the instance's state for a look.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show one order's whole life, every step checked, on a fresh instance that is removed afterwards."""
    home = Home(Home.of_environment().path / "demo")
    report = run_demo(home, lang, quiet=as_json, keep=keep)
    if as_json:
        print_json(report.as_json())
    else:
        _verdict(report, home, lang)
    if report.failure:
        raise typer.Exit(1)


def _verdict(report: DemoReport, home: Home, lang: str) -> None:
    if report.failure is None:
        out.print(f"\n[bold green]{say('passed', lang, checks=report.checks, seconds=report.seconds)}[/]")
        return
    progress.print(f"\n[bold red]{say('failed', lang, step=say(report.steps[-1].name, lang))}[/]")
    show_failure(report.failure)
    note(f"The instance's logs and state are left in {home.path}")


def run(
    port: Annotated[int | None, typer.Option(help="Port on 127.0.0.1; 0 takes any free one.", min=0, max=65535)] = None,
) -> None:
    """Start everything, seed a shop, drive sample orders, print addresses and keys; stays until Ctrl-C."""
    home = Home.of_environment()
    report = cloud.up(home, port)
    there = Target(Aws(report.port), home=home)
    api = Api(there.api_url, there.own_key())
    try:
        with step("Seeding the sample shop"):
            seed(api, read_shop())
        with step("Driving sample orders"):
            orders = drive_samples(api, Carrier(Api(there.api_url, ""), carrier_secret(there)))
        _show_addresses(report, there, orders)
        _wait_for_the_end()
    finally:
        cloud.down(home)


def _show_addresses(report: cloud.UpReport, there: Target, orders: list[dict[str, Any]]) -> None:
    out.print(f"\nAPI       [bold]{report.api_url}/v1[/]", soft_wrap=True)
    out.print(f"key       {there.own_key()}", soft_wrap=True)
    out.print(f"AWS       {report.endpoint}  (access key and secret: test)", soft_wrap=True)
    for number, order in enumerate(orders):
        title = "orders" if number == 0 else ""
        out.print(f"{title:9} {order['order_id']}  {order['status']}, {order['payment_status']}", soft_wrap=True)
    last = orders[-1]["order_id"]
    out.print("\nTry, in another terminal:")
    out.print(f"  {_program()} place samples/orders/three-tees.json", soft_wrap=True)
    out.print(f"  {_program()} watch {last}", soft_wrap=True)
    curl = f'curl -H "Authorization: Bearer {there.own_key()}"'
    out.print(f"  {curl} {report.api_url}/v1/orders/{last}", soft_wrap=True)
    out.print(
        f'  {curl} -H "Content-Type: application/json" -H "Idempotency-Key: try-1"'
        f" -d @samples/orders/three-tees.json {report.api_url}/v1/orders",
        soft_wrap=True,
    )
    out.print("\nCtrl-C stops it; its state is kept for the next time.")


def _program() -> str:
    """What to type for `ordo` here: the clone's environment need not be on the PATH."""
    return "ordo" if shutil.which("ordo") else sys.argv[0]


def _wait_for_the_end() -> None:
    """Until Ctrl-C or a termination signal."""
    ended = threading.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, lambda *_: ended.set())
    while not ended.wait(1):
        pass
