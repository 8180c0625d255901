"""Takes out one condition expression of the product after the other, in a copy: each must make a test fail.

`make mutate` prints a row for each: where, which condition, killed by which test or SURVIVED. Exits 1 if one survived.
`python -m tools.mutate orders/` takes only conditions of files whose path has that text.
"""

from __future__ import annotations

import argparse
import ast
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.home import PROJECT_ROOT

PACKAGE = Path("layers/shared/ordo")
COPIED = ("layers", "functions", "infrastructure", "samples", "tests", "tools", "events", "docs")
FILES = ("template.yaml", "pyproject.toml")
ALWAYS = " OR attribute_exists(pk) OR attribute_not_exists(pk)"
"""Makes any condition true, and still names its values (DynamoDB refuses values that no expression uses)."""

_CONDITION = re.compile(r"attribute_(not_)?exists\(|(>=|<=|<>|=|>|<) :\w+|(>=|<=|=) \{|(>=|<=|=) $")
_NO_CONDITION = re.compile(r"(^| )(SET|ADD|REMOVE|DELETE) |#pk = :pk| BETWEEN ")
NEEDS = {"require_available", "require_reserved", "require_on_hand"}
"""What a stock move needs: the counters' conditions are written from these."""

QUICK: dict[str, tuple[str, ...]] = {
    "capacity": ("tests/integration/shipments",),
    "casework": ("tests/integration/shipments",),
    "complaints": ("tests/integration/complaints",),
    "catalog": ("tests/integration/catalog",),
    "inventory": (
        "tests/contract/test_backlog.py",
        "tests/integration/inventory",
        "tests/proof/test_contention.py",
        "tests/proof/test_large_turns.py",
    ),
    "messages": ("tests/integration/messages", "tests/unit/messages"),
    "notifications": ("tests/integration/notifications", "tests/unit/notifications"),
    "orders": ("tests/proof/test_conditions.py", "tests/integration/orders", "tests/proof/test_contention.py"),
    "payments": ("tests/contract/test_credit_store.py", "tests/integration/payments"),
    "shipments": ("tests/integration/shipments",),
}
"""Tests that are asked first, by context."""
THOROUGH = ("tests/proof", "tests/integration", "tests/workflow")
"""Asked when the quick ones found nothing."""
TIMEOUT_S = 900


@dataclass(frozen=True)
class Mutant:
    """One condition taken out: the text between two places of a file, and what stands there instead."""

    path: Path
    line: int
    condition: str
    start: int
    end: int
    replacement: str

    @property
    def context(self) -> str:
        """The package's folder, such as `orders`."""
        return self.path.relative_to(PACKAGE).parts[0]

    def applied(self, source: str) -> str:
        """The file's text without the condition."""
        return source[: self.start] + self.replacement + source[self.end :]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutate", description=__doc__.splitlines()[0])
    parser.add_argument("only", nargs="?", default="", help="a part of the path of the files to take conditions from")
    parser.add_argument("--list", action="store_true", help="only list the conditions")
    wanted = parser.parse_args(arguments)
    mutants = [mutant for mutant in find(PROJECT_ROOT) if wanted.only in str(mutant.path)]
    if wanted.list:
        for mutant in mutants:
            print(_row(mutant, ""))
        return 0
    with tempfile.TemporaryDirectory(prefix="ordo-mutate-") as folder:
        return run(mutants, copy_project(Path(folder)))


def run(mutants: Sequence[Mutant], copy: Path) -> int:
    """Check that the tests pass as they are, then take the conditions out one at a time."""
    for tests in sorted({QUICK[mutant.context] for mutant in mutants}):
        failed = failing_test(copy, tests)
        if failed:
            print(f"Before any change {failed} fails: mend that first.", file=sys.stderr)
            return 2
    survivors = 0
    for mutant in mutants:
        started = time.monotonic()
        killer = _killer(copy, mutant)
        survivors += killer is None
        verdict = f"killed by {killer}" if killer else "SURVIVED"
        print(_row(mutant, f"{verdict} ({time.monotonic() - started:.0f} s)"), flush=True)
    print(f"{len(mutants)} conditions taken out, {len(mutants) - survivors} noticed, {survivors} survived")
    return 1 if survivors else 0


def _killer(copy: Path, mutant: Mutant) -> str | None:
    file = copy / mutant.path
    source = file.read_text(encoding="utf-8")
    file.write_text(mutant.applied(source), encoding="utf-8")
    try:
        killer = failing_test(copy, QUICK[mutant.context])
        slow = None if killer else failing_test(copy, THOROUGH)
    finally:
        file.write_text(source, encoding="utf-8")
    # The thorough tests were not run before any change: one that fails without it too has noticed nothing.
    return killer or (slow if slow and failing_test(copy, [slow]) is None else None)


def failing_test(copy: Path, tests: Sequence[str]) -> str | None:
    """The first test of these that fails in the copy, or None; those that need the embedded cloud are left out."""
    there = [name for name in tests if (copy / name.partition("::")[0]).exists()]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-m", "not cloud", "-p", "no:cacheprovider", *there]
    ended = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    if ended.returncode in (0, 5):
        return None
    found = re.search(r"^(?:FAILED|ERROR) (\S+)", ended.stdout, re.MULTILINE)
    return found[1] if found else f"pytest's exit {ended.returncode}"


def copy_project(folder: Path) -> Path:
    """What the tests need of the project, in `folder`."""
    ignored = shutil.ignore_patterns("__pycache__", ".aws-sam")
    for name in COPIED:
        if (PROJECT_ROOT / name).exists():
            shutil.copytree(PROJECT_ROOT / name, folder / name, ignore=ignored)
    for name in FILES:
        shutil.copy(PROJECT_ROOT / name, folder / name)
    return folder


def find(root: Path) -> list[Mutant]:
    """Every condition of the product, in the order of files and lines."""
    found = []
    for file in sorted((root / PACKAGE).rglob("*.py")):
        relative = file.relative_to(root)
        if relative.parts[len(PACKAGE.parts)] != "runtime":
            found += list(_mutants(relative, file.read_text(encoding="utf-8")))
    return found


def _mutants(path: Path, source: str) -> Iterator[Mutant]:
    tree = ast.parse(source)
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    inside -= {id(node) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)}
    for node in ast.walk(tree):
        if id(node) in documentation or id(node) in inside:
            continue
        text = _text(node)
        if text is not None and _CONDITION.search(text) and not _NO_CONDITION.search(text):
            yield from _clauses(path, source, node, text)
        elif path.name == "writes.py" and isinstance(node, ast.Call) and _name(node) in NEEDS:
            yield _replaced(path, source, node, f"{_name(node)}()", "0")


def _text(node: ast.AST) -> str | None:
    """A string's text; of an f-string with `{}` where values stand."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def _clauses(path: Path, source: str, node: ast.AST, text: str) -> Iterator[Mutant]:
    """One mutant for each part of a plain `a AND b`; else one for the whole."""
    segment = ast.get_source_segment(source, node) or ""
    parts = text.split(" AND ")
    if len(parts) == 1 or "(" in text or isinstance(node, ast.JoinedStr):
        yield _replaced(path, source, node, text, f'("(" {segment} "{ALWAYS})")')
        return
    for part in parts:
        rest = " AND ".join(f"({each}{ALWAYS})" if each == part else each for each in parts)
        yield _replaced(path, source, node, part, repr(rest))


def _replaced(path: Path, source: str, node: ast.AST, condition: str, replacement: str) -> Mutant:
    segment = ast.get_source_segment(source, node) or ""
    line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
    before = source.splitlines(keepends=True)
    start = sum(map(len, before[: line - 1])) + len(before[line - 1].encode()[:column].decode())
    return Mutant(path, line, condition, start, start + len(segment), replacement)


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _row(mutant: Mutant, verdict: str) -> str:
    place = f"{mutant.path.relative_to(PACKAGE)}:{mutant.line}"
    return f"{place:<34} {mutant.condition:<52} {verdict}".rstrip()


if __name__ == "__main__":
    sys.exit(main())
