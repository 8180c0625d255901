"""What a function's cold start costs, next to the least that any function with boto3 needs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from statistics import median

from tests.support.blueprint import REGION, ROOT, blueprint
from tools.figures.line import figure

ROUNDS = 7
PLACING = ("authorize_client", "create_order", "price_order", "check_stock", "allocate_order", "commit_order")
BARE = 'import boto3; boto3.client("dynamodb")'
FIRST_CLIENT = '; from ordo.runtime.clients import client; client("dynamodb")'
HOW = (
    "CPU (user + system) of a fresh interpreter that imports functions/<function>/app.py, divided by the same of "
    f"`{BARE}`; interleaved"
)
LATER = "as import.ratio, and the DynamoDB client made, which functions do in their first call"


def import_figures(rounds: int = ROUNDS) -> Iterator[dict[str, object]]:
    """`import.ratio.<function>` for every function, and the bare import itself in milliseconds."""
    functions = sorted(blueprint().environments)
    bare: list[float] = []
    spent: dict[str, list[float]] = {name: [] for name in functions}
    ready: dict[str, list[float]] = {name: [] for name in PLACING}
    for _ in range(rounds):
        for place, name in enumerate(functions):
            if place % 3 == 0:
                bare.append(cpu_ms(BARE, {}))
            spent[name].append(cpu_ms(_loading(name), blueprint().environments[name]))
            if name in ready:
                ready[name].append(cpu_ms(_loading(name) + FIRST_CLIENT, blueprint().environments[name]))
    base = median(bare)
    yield figure("import.bare_ms", bare, "ms", f"CPU of a fresh interpreter that runs `{BARE}`", digits=0)
    for name, values in spent.items():
        yield figure(f"import.ratio.{name}", [value / base for value in values], "ratio", HOW)
    for name, values in ready.items():
        yield figure(f"import.ratio_with_client.{name}", [value / base for value in values], "ratio", LATER)


def cpu_ms(code: str, environment: Mapping[str, str]) -> float:
    """User and system milliseconds of a Python process that runs `code`; raises `RuntimeError` when it fails."""
    account = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_DEFAULT_REGION": REGION}
    path = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT / "layers" / "shared")}
    process = subprocess.Popen([sys.executable, "-c", code], env={**account, **path, **environment})
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"exit {process.returncode}: {code}")
    return (used.ru_utime + used.ru_stime) * 1000


def _loading(function: str) -> str:
    return f"import sys; sys.path.insert(0, {str(ROOT / 'functions' / function)!r}); import app"
