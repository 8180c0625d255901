"""Which Ordo a command talks to: the embedded one of this folder, or a stack on AWS."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from tools import server, stack
from tools.aws import Aws
from tools.errors import ToolError
from tools.home import Home, Record

STAGE = "live"


@dataclass
class Target:
    """A deployed stack and how to reach it. `home` is there for an embedded one only."""

    aws: Aws
    stack_name: str = stack.STACK
    home: Home | None = None

    @cached_property
    def names(self) -> dict[str, str]:
        """Physical names by logical id, nested stacks included."""
        return stack.resources(self.aws, self.stack_name)

    def name(self, logical_id: str) -> str:
        """One physical name; raises `ToolError` when this stack has no such resource."""
        try:
            return self.names[logical_id]
        except KeyError:
            raise ToolError(
                f"The stack {self.stack_name} has no {logical_id}", todo="Deploy the present template first."
            ) from None

    @property
    def api_url(self) -> str:
        """The API's base, stage included, without a slash at its end. Paths begin with /v1."""
        api = self.name("OrdoApi")
        if self.aws.port is None:
            return f"https://{api}.execute-api.{self.aws.region}.amazonaws.com/{STAGE}"
        return f"{server.endpoint(self.aws.port)}/_aws/execute-api/{api}/{STAGE}"

    def own_key(self) -> str:
        """The key that `ordo up` made for the tools on this instance."""
        record = self.home.read() if self.home else None
        if record is None or "tools" not in record.keys:
            raise ToolError(
                "No API key is known for this stack",
                todo="Set ORDO_KEY, or make one: `ordo keys create --client NAME --channels web --scopes all`.",
            )
        return record.keys["tools"]


def embedded(home: Home) -> Target:
    """The running embedded cloud of this folder; raises `ToolError` when it does not run or does not answer."""
    return Target(Aws(_running(home).port), home=home)


def on_aws(stack_name: str, region: str | None) -> Target:
    """A stack of the AWS account that the environment's credentials name."""
    return Target(Aws(region=region), stack_name)


def _running(home: Home) -> Record:
    record = home.read()
    if record is None or not server.is_running(record):
        raise ToolError("The embedded cloud is not running", todo="Start it with `ordo up`.")
    if not server.is_healthy(record.port):
        raise ToolError(
            f"The embedded cloud (pid {record.pid}) does not answer on port {record.port}",
            todo=f"Restart it with `ordo down` and `ordo up`; its log is {home.log_file}.",
        )
    return record
