"""`ordo up`, `down`, `status`, `deploy`: the cloud itself."""

from __future__ import annotations

from typing import Annotated

import typer

from tools import aws_deploy, cloud
from tools.console import note, out, print_json
from tools.errors import ToolError
from tools.home import Home
from tools.options import AsJson
from tools.target import on_aws

_WHAT_WAS_DONE = {
    "created": "The template was deployed for the first time.",
    "updated": "What had changed was deployed.",
    "unchanged": "The files changed, but nothing that is deployed.",
    "skipped": "Nothing had changed since the last deployment.",
}


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command()(up)
    app.command()(down)
    app.command()(status)
    app.command()(deploy)


def up(
    port: Annotated[int | None, typer.Option(help="Port on 127.0.0.1; 0 takes any free one.", min=0, max=65535)] = None,
    as_json: AsJson = False,
) -> None:
    """Start the embedded cloud and deploy what changed. Its state outlives `ordo down`."""
    report = cloud.up(Home.of_environment(), port)
    if as_json:
        print_json(report.as_json())
        return
    out.print(f"Ordo is up at [bold]{report.api_url}[/] ({report.seconds:.1f} s)", soft_wrap=True)
    out.print(_WHAT_WAS_DONE[report.deployed])
    out.print(f"AWS endpoint {report.endpoint}; state and logs in {report.home}", soft_wrap=True)


def down(
    wipe: Annotated[bool, typer.Option("--wipe", help="Also delete its state: orders, stock, keys, logs.")] = False,
    as_json: AsJson = False,
) -> None:
    """Stop the embedded cloud and keep its state."""
    home = Home.of_environment()
    stopped = cloud.down(home, wipe)
    if as_json:
        print_json({"stopped": stopped, "wiped": wipe, "home": str(home.path)})
        return
    kept = "its state is deleted" if wipe else f"its state is kept in {home.path}"
    out.print(f"Stopped; {kept}." if stopped else "It was not running" + ("; its state is deleted." if wipe else "."))


def status(as_json: AsJson = False) -> None:
    """Is it running, does it answer, where. Exit code 1 when it is not up."""
    found = cloud.status(Home.of_environment())
    if as_json:
        print_json(found)
    else:
        for name, value in found.items():
            out.print(f"{name:12} {value}", soft_wrap=True)
        if not found["running"]:
            note("Start it with `ordo up`.")
    if not found["healthy"]:
        raise typer.Exit(1)


def deploy(
    stack: Annotated[str, typer.Option(help="Name of the stack on AWS.")] = "ordo",
    region: Annotated[str | None, typer.Option(help="AWS region; else the one of your AWS configuration.")] = None,
    parameter: Annotated[list[str] | None, typer.Option(help="NAME=VALUE of a template parameter (repeat).")] = None,
    guided: Annotated[bool, typer.Option("--guided", help="Let sam ask for what it needs.")] = False,
    build_only: Annotated[bool, typer.Option("--build-only", help="Build, do not deploy.")] = False,
) -> None:
    """Build with SAM and deploy to your AWS account. Until it is used it costs about $4 a month (alarms, secrets)."""
    chosen = dict(_name_and_value(text) for text in parameter or [])
    note("sam build: the layer is built for Lambda")
    aws_deploy.sam_build()
    if build_only:
        return
    note(f"sam deploy: stack {stack}")
    aws_deploy.sam_deploy(stack, region, chosen, guided)
    there = on_aws(stack, region)
    out.print(f"Deployed: [bold]{there.api_url}[/]", soft_wrap=True)
    out.print(f"Next: ordo keys create --stack {stack} --client NAME --channels web --scopes all", soft_wrap=True)


def _name_and_value(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not found or not name:
        raise ToolError(f"{text!r} is not NAME=VALUE")
    return name, value
