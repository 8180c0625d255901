"""How sources are written: handlers short and apart, contexts in their rooms, metrics alarmed, files clean."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tools.checks.estate import Estate, Finding

HANDLER_LINES = 60
_UNSUITABLE = {
    "an address of a package registry": re.compile(
        r'"resolved": *"http|registry *= *"http|--(?:extra-)?index' + "-url"
    ),
    "a path of one machine": re.compile(r"(?<![\w.])/(?:home|root|Users)/[\w.-]+/|(?<![\w.])/work/(?:main|shared)\b"),
    "a private key": re.compile("BEGIN [A-Z ]*PRIVATE" + " KEY"),
}


def handlers_are_short_and_apart(estate: Estate) -> Iterator[Finding]:
    """At most 60 lines, and nothing from another function's folder."""
    for path in sorted(estate.root.glob("functions/*/*.py")):
        where, text = str(path.relative_to(estate.root)), path.read_text()
        if (count := len(text.splitlines())) > HANDLER_LINES:
            yield Finding(where, f"has {count} lines, more than {HANDLER_LINES}: move what decides into its context")
        for module in imported(text):
            if module.partition(".")[0] in {"functions", "app"}:
                yield Finding(where, f"imports another function ({module})")
            if module.partition(".")[0] in {"boto3", "botocore"}:
                yield Finding(where, f"imports {module}: only ordo.runtime does")


def contexts_keep_to_their_rooms(estate: Estate) -> Iterator[Finding]:
    """A context reaches another through its service, model and errors, never through its repository."""
    package = estate.root / "layers" / "shared" / "ordo"
    for path in sorted(package.rglob("*.py")):
        context = path.relative_to(package).parts[0]
        for module in imported(path.read_text()):
            _, other, *rooms = [*module.split("."), ""]
            if module.startswith("ordo.") and other != context and rooms[0] == "repository":
                yield Finding(str(path.relative_to(estate.root)), f"uses the repository of another context ({module})")


def counted_metrics_have_an_alarm(estate: Estate) -> Iterator[Finding]:
    """What the code counts is watched, and what is watched is counted somewhere."""
    watched = {
        str(alarm["Properties"]["MetricName"])
        for _, alarm in estate.of_type("AWS::CloudWatch::Alarm")
        if alarm["Properties"].get("Namespace") == "Ordo"
    }
    counted, texts = set(), set()
    for folder in ("functions", "layers/shared/ordo"):
        for path in (estate.root / folder).rglob("*.py"):
            tree = ast.parse(path.read_text())
            counted |= _counted(tree)
            texts |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    for name in sorted(counted - watched):
        yield Finding(name, "is a metric that the code counts and no alarm watches")
    for name in sorted(watched - texts):
        yield Finding(name, "is a metric that an alarm watches and no code names")


def files_are_fit_to_publish(estate: Estate) -> Iterator[Finding]:
    """No registry addresses, no paths of a machine, no keys in what git tracks."""
    for path in _tracked(estate.root):
        try:
            text = path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, OSError):
            continue
        for what, pattern in _UNSUITABLE.items():
            if found := pattern.search(text):
                line = text.count("\n", 0, found.start()) + 1
                yield Finding(f"{path.relative_to(estate.root)}:{line}", f"holds {what}")


def imported(text: str) -> set[str]:
    """The modules that a source imports, with `from x import y` also as `x.y`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{name.name}" for name in node.names}
    return found


def _counted(tree: ast.AST) -> set[str]:
    """Names of metrics that are given to `count` as they are (others travel as constants)."""
    return {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "count"
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def _tracked(root: Path) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=False)
    return [root / name for name in listed.stdout.split("\0") if name]
