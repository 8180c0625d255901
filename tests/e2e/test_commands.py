"""The console script as a person or a script types it: what it prints where, and its exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cloud import Cloud
from tools.home import PROJECT_ROOT

SAMPLES = PROJECT_ROOT / "samples" / "orders"


def ordo(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ORDO_HOME": str(home), "COLUMNS": "200", "PYTHONWARNINGS": "ignore"}
    environment["PYTHONPATH"] = os.pathsep.join([str(PROJECT_ROOT / "layers" / "shared"), str(PROJECT_ROOT)])
    command = [sys.executable, "-m", "tools.cli", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def home_of(cloud: Cloud) -> Path:
    assert cloud.target.home is not None
    return cloud.target.home.path


@pytest.mark.cloud
def test_an_order_is_placed_watched_and_verified(cloud: Cloud) -> None:
    home = home_of(cloud)
    placed = ordo(home, "place", str(SAMPLES / "three-tees.json"), "--json")
    assert placed.returncode == 0, placed.stderr
    order_id = json.loads(placed.stdout)["order_id"]
    watched = ordo(home, "watch", order_id, "--once")
    assert "order.placed" in watched.stdout
    verified = ordo(home, "verify", order_id, "--json")
    assert (verified.returncode, json.loads(verified.stdout)["verified"]) == (0, True)


@pytest.mark.cloud
def test_an_order_is_shown_with_total_trace_plan_and_promise(cloud: Cloud) -> None:
    shown = ordo(home_of(cloud), "place", str(SAMPLES / "three-garments-299-99.json"), "--lang", "zh")
    assert shown.returncode == 0, shown.stderr
    for part in (
        "299.99 CNY",
        "服饰满300减50：threshold_not_reached（还差 0.01）",
        "hangzhou",
        "前送达",
    ):
        assert part in shown.stdout


@pytest.mark.cloud
def test_a_refusal_is_told_with_its_code_and_pointer(cloud: Cloud) -> None:
    refused = ordo(home_of(cloud), "place", str(SAMPLES / "wrong-option.json"), "--json")
    assert refused.returncode == 1
    error = json.loads(refused.stdout)["error"]
    assert "422 invalid_option" in error["what"]
    assert "/lines/0/options" in error["details"][0]
    assert "invalid_option" in refused.stderr


@pytest.mark.cloud
def test_an_order_that_does_not_exist_cannot_be_verified(cloud: Cloud) -> None:
    missing = ordo(home_of(cloud), "verify", "ord_none")
    assert missing.returncode == 1
    assert "not_found" in missing.stderr


@pytest.mark.cloud
def test_status_tells_where_it_is(cloud: Cloud) -> None:
    told = ordo(home_of(cloud), "status", "--json")
    assert told.returncode == 0
    assert json.loads(told.stdout)["api_url"] == cloud.api_url


@pytest.mark.parametrize("command", [["place", str(SAMPLES / "three-tees.json")], ["keys", "list"], ["seed"]])
def test_without_a_running_cloud_the_way_out_is_told(tmp_path: Path, command: list[str]) -> None:
    told = ordo(tmp_path, *command)
    assert told.returncode == 1
    assert "not running" in told.stderr
    assert "ordo up" in told.stderr
    assert "Traceback" not in told.stderr


def test_status_without_a_cloud_is_a_failure_that_scripts_can_read(tmp_path: Path) -> None:
    told = ordo(tmp_path, "status", "--json")
    assert told.returncode == 1
    assert json.loads(told.stdout)["running"] is False


def test_an_unknown_queue_is_told_with_those_there_are(tmp_path: Path) -> None:
    told = ordo(tmp_path, "redrive", "nothing")
    assert told.returncode == 1
    assert (
        "webhooks, customer-messages, payments, cases, complaints, returns, carrier-events, stream, schedule"
        in told.stderr
    )
