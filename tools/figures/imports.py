"""What a function's cold start costs, next to the least that any function with boto3 needs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from statistics import median

from tests.support.blueprint import REGION, ROOT, blueprint
from tools.figures.line import figure

ROUNDS = 9
BARE = 'import boto3; boto3.client("dynamodb")'
HOW = (
    "CPU (user + system) of a fresh interpreter that imports functions/<function>/app.py, with the SDK clients that it "
    f"makes at import, divided by the same of `{BARE}`; interleaved"
)


def import_figures(rounds: int = ROUNDS) -> Iterator[dict[str, object]]:
    """`import.ratio.<function>` for every function, and the bare import itself in milliseconds."""
    functions = sorted(blueprint().environments)
    bare: list[float] = []
    spent: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name in functions:
            bare.append(cpu_ms(BARE, {}))
            spent[name].append(cpu_ms(_loading(name), blueprint().environments[name]))
    yield figure("import.bare_ms", bare, "ms", f"CPU of a fresh interpreter that runs `{BARE}`", digits=0)
    base = median(bare)
    for name, values in spent.items():
        yield figure(f"import.ratio.{name}", [value / base for value in values], "ratio", HOW)


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
