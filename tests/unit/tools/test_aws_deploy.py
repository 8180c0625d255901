"""`ordo deploy` says what is missing before it starts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tools import aws_deploy
from tools.errors import ToolError


def program(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_without_sam_the_way_out_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match="sam") as failure:
        aws_deploy.find_sam(tmp_path)
    assert "make sam-build" in failure.value.todo


def test_the_clones_own_sam_goes_before_that_of_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "bin", "sam", "true")
    own = program(tmp_path / ".venv-sam" / "bin", "sam", "true")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert aws_deploy.find_sam(tmp_path) == str(own)


def test_a_shim_without_its_python_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "python3.13", "echo not installed >&2; exit 127")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "none"))
    with pytest.raises(ToolError, match=r"Python 3\.13 was not found"):
        aws_deploy.find_python()


def test_a_python_of_pyenv_is_found_behind_its_shim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "python3.13", "exit 127")
    real = program(tmp_path / "pyenv" / "versions" / "3.13.1" / "bin", "python3.13", "echo Python 3.13.1")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    assert aws_deploy.find_python() == real
    assert aws_deploy.build_environment(real)["PATH"].endswith(str(real.parent))
