"""The project as it is keeps every house rule; each source rule catches a source that breaks it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tools.checks import sources
from tools.checks.__main__ import RULES, Rule
from tools.checks.estate import Estate

BREAKING = [
    (
        sources.handlers_are_short_and_apart,
        "functions/long_one/app.py",
        "x = 1\n" * 61,
        "functions/long_one/app.py: has 61 lines, more than 60: move what decides into its context",
    ),
    (
        sources.handlers_are_short_and_apart,
        "functions/curious/app.py",
        "from functions.create_order import app\n",
        "functions/curious/app.py: imports another function (functions.create_order)",
    ),
    (
        sources.handlers_are_short_and_apart,
        "functions/direct/app.py",
        "import boto3\n",
        "functions/direct/app.py: imports boto3: only ordo.runtime does",
    ),
    (
        sources.contexts_keep_to_their_rooms,
        "layers/shared/ordo/pricing/service.py",
        "from ordo.catalog.repository import DynamoCatalogRepository\n",
        "layers/shared/ordo/pricing/service.py: uses the repository of another context (ordo.catalog.repository)",
    ),
    (
        sources.counted_metrics_have_an_alarm,
        "functions/eager/app.py",
        "count('NobodyWatchesThis')\n",
        "NobodyWatchesThis: is a metric that the code counts and no alarm watches",
    ),
    (
        sources.files_are_fit_to_publish,
        "package-lock.json",
        '{\n"resolved": ' + '"https://registry.invalid/x.tgz"}',
        "package-lock.json:2: holds an address of a package registry",
    ),
    (
        sources.files_are_fit_to_publish,
        "docs/note.md",
        "see /" + "home/somebody/notes\n",
        "docs/note.md:1: holds a path of one machine",
    ),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.__name__).replace("_", " "))
def test_the_project_keeps_the_rule(whole: Estate, rule: Rule) -> None:
    assert [str(finding) for finding in rule(whole)] == []


@pytest.mark.parametrize(("rule", "path", "text", "expected"), BREAKING, ids=[each[3] for each in BREAKING])
def test_a_source_that_breaks_a_rule_is_found(
    whole: Estate, tmp_path: Path, rule: Rule, path: str, text: str, expected: str
) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    git = shutil.which("git") or "git"
    subprocess.run([git, "init", "--quiet"], cwd=tmp_path, check=True)
    subprocess.run([git, "add", "--all"], cwd=tmp_path, check=True)
    estate = Estate(tmp_path, whole.source, whole.stacks, whole.workflows, whole.runbook)
    assert expected in [str(finding) for finding in rule(estate)]
