"""The embedded cloud's process: what it inherits, and how it is told from others."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from tools import server
from tools.errors import ToolError
from tools.home import Home, Record


def test_the_server_inherits_no_credentials_and_no_endpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://elsewhere")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    monkeypatch.setenv("AWS_PROFILE", "production")
    environment = server.server_environment(Home(tmp_path), 4566)
    assert not {"AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN", "AWS_PROFILE"} & environment.keys()
    assert "real" not in environment.values()


def test_the_server_listens_on_loopback_only_and_enforces_roles(tmp_path: Path) -> None:
    environment = server.server_environment(Home(tmp_path), 4566)
    assert environment["BIND_HOST"] == "127.0.0.1"
    assert environment["AUTH"] == "true"
    assert environment["IOT_MTLS_ENABLED"] == "0"


def test_a_taken_port_is_told_with_the_way_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ToolError, match="is taken") as failure:
            server.start(Home(tmp_path), taken.getsockname()[1])
    assert "--port" in failure.value.todo


def test_another_programs_process_is_not_taken_for_the_cloud() -> None:
    assert not server.is_running(Record(port=1, pid=os.getpid()))


def test_a_process_that_is_gone_does_not_run() -> None:
    assert not server.is_running(Record(port=1, pid=2**22 + 1))


def test_nothing_is_healthy_where_nothing_listens() -> None:
    assert not server.is_healthy(server.free_port(), timeout_s=0.5)
