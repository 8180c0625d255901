"""The embedded cloud as a whole: up (start, deploy what changed, wait until it answers), down, status."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from ordo.catalog.clients import parse_key
from tools import keys, server, stack, target
from tools.artefacts import Package, build_package
from tools.aws import Aws
from tools.console import note, step
from tools.errors import ToolError
from tools.gateway import apply_gateway_responses
from tools.home import PROJECT_ROOT, Home, Record

MAIL_FROM = "shop@example.com"
WANTED_PARAMETERS = {"AllowPrivateWebhooks": "true", "MailFrom": MAIL_FROM, "SendSms": "true"}
"""Parameters for the laptop; those that the template does not have are left out."""
ANSWER_DEADLINE_S = 60.0
TOOLS_CHANNELS = ("*",)


@dataclass(frozen=True)
class UpReport:
    """What `up` did."""

    started: bool
    deployed: str
    """`created`, `updated`, `unchanged` (nothing in the template changed) or `skipped` (no file changed)."""
    port: int
    pid: int
    api_url: str
    endpoint: str
    home: str
    seconds: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def up(home: Home, port: int | None = None, template: Path = PROJECT_ROOT / "template.yaml") -> UpReport:
    """Bring the embedded Ordo up; does only what is needed. Raises `ToolError`."""
    began = time.monotonic()
    with home.lock():
        record, started = _ensure_started(home, port)
        aws = Aws(record.port)
        record, deployed = _ensure_deployed(home, record, aws, template)
        there = target.Target(aws, home=home)
        _ensure_key(home, there)
        with step("Waiting for the API to answer"):
            await_api(there)
    return UpReport(
        started=started,
        deployed=deployed,
        port=record.port,
        pid=record.pid or 0,
        api_url=there.api_url,
        endpoint=server.endpoint(record.port),
        home=str(home.path),
        seconds=round(time.monotonic() - began, 2),
    )


def down(home: Home, wipe: bool = False) -> bool:
    """Stop it (its state is kept unless `wipe`); False when it was not running."""
    if home.read() is None:
        return False
    with home.lock(), step("Stopping the embedded cloud"):
        stopped = server.stop(home)
    if wipe:
        home.wipe()
    return stopped


def status(home: Home) -> dict[str, Any]:
    """How the instance is: `running`, `healthy`, addresses, and the stack's state."""
    record = home.read()
    running = server.is_running(record)
    answer: dict[str, Any] = {"home": str(home.path), "running": running, "healthy": False}
    if record is None or not running:
        return answer
    answer |= {"pid": record.pid, "port": record.port, "started_at": record.started_at}
    answer["healthy"] = server.is_healthy(record.port)
    if answer["healthy"]:
        there = target.Target(Aws(record.port), home=home)
        answer |= {"endpoint": server.endpoint(record.port), "stack": stack.state(there.aws)}
        if record.digest:
            answer["api_url"] = there.api_url
    return answer


def await_api(there: target.Target) -> None:
    """Wait until the API answers an authorised read; raises `ToolError` with the last answer."""
    url = f"{there.api_url}/v1/orders?status=placed&limit=1"
    headers = {"Authorization": f"Bearer {there.own_key()}"}
    deadline, last = time.monotonic() + ANSWER_DEADLINE_S, "no answer"
    while time.monotonic() < deadline:
        try:
            response = httpx.get(url, headers=headers, timeout=30)
        except httpx.HTTPError as error:
            last = type(error).__name__
        else:
            if response.status_code == 200:
                return
            last = f"{response.status_code} {response.text[:300]}"
        time.sleep(0.3)
    raise ToolError(
        f"The API did not answer as it should within {ANSWER_DEADLINE_S:.0f} s",
        todo=f"See {there.home.log_file}." if there.home else "",
        details=[last],
    )


def _ensure_started(home: Home, port: int | None) -> tuple[Record, bool]:
    record = home.read()
    if record is not None and server.is_running(record):
        if not server.is_healthy(record.port, timeout_s=10):
            raise ToolError(
                f"The embedded cloud (pid {record.pid}) does not answer on port {record.port}",
                todo=f"Stop it with `ordo down`, then try again; its log is {home.log_file}.",
            )
        if port not in (None, 0, record.port):
            raise ToolError(f"It runs already, on port {record.port}", todo="`ordo down` first to change the port.")
        note(f"The embedded cloud runs already on port {record.port}")
        return record, False
    chosen = _choose_port(record, port)
    with step(f"Starting the embedded cloud on port {chosen}"):
        return server.start(home, chosen), True


def _choose_port(record: Record | None, wanted: int | None) -> int:
    """The one asked for (0: any free one), else the one it had, else the default."""
    if wanted == 0:
        return server.free_port()
    if wanted is not None:
        return wanted
    return record.port if record is not None else server.DEFAULT_PORT


def _ensure_deployed(home: Home, record: Record, aws: Aws, template: Path) -> tuple[Record, str]:
    with step("Packaging the template and code"):
        package = build_package(template)
        parameters = _parameters(aws, home, package)
        digest = package.digest(parameters)
    if digest == record.digest and stack.state(aws) in stack.GOOD:
        note("No file changed since the last deployment")
        return record, "skipped"
    with step("Deploying the template through CloudFormation"):
        outcome = _deploy(aws, package, parameters)
        complete = _parameters(aws, home, package)
        if complete != parameters:  # the address of an API is known once it is there
            stack.deploy(aws, package, complete)
    record = replace(record, digest=package.digest(complete))
    home.write(record)
    return record, outcome


def _parameters(aws: Aws, home: Home, package: Package) -> dict[str, str]:
    """Those of a laptop that the template has, with the API's address (which on AWS the template knows itself)."""
    there = package.template.get("Parameters", {})
    found = {name: value for name, value in WANTED_PARAMETERS.items() if name in there}
    if "PublicUrl" in there and stack.state(aws) in stack.GOOD:
        found["PublicUrl"] = target.Target(aws, home=home).api_url
    return found


def _deploy(aws: Aws, package: Package, parameters: dict[str, str]) -> str:
    stack.upload(aws, package)
    outcome = stack.deploy(aws, package, parameters)
    found = stack.resources(aws)
    stack.enable_ttl(aws, package, found)
    with suppress(aws.sesv2.exceptions.AlreadyExistsException):
        aws.sesv2.create_email_identity(EmailIdentity=MAIL_FROM)
    apply_gateway_responses(aws.apigateway, package, found)
    return outcome


def _ensure_key(home: Home, there: target.Target) -> None:
    """The tools have a key of their own with every scope; it opens this instance only."""
    record = home.read()
    if record is None:
        raise ToolError("The instance has no record", todo="Run `ordo up` again.")
    parsed = parse_key(record.keys.get("tools", ""))
    if parsed is not None and keys.may_everything(there, parsed.client_id):
        return
    _, key = keys.create(there, "tools", TOOLS_CHANNELS, ["all"])
    home.write(replace(record, keys={**record.keys, "tools": key}))
