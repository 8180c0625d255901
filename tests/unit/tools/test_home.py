"""What is remembered of an instance between commands."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tools.errors import ToolError
from tools.home import Home, Record


def test_a_record_reads_back_as_written(tmp_path: Path) -> None:
    home = Home(tmp_path / "ordo")
    record = Record(port=4566, pid=7, digest="d", keys={"tools": "k"})
    home.write(record)
    assert home.read() == record
    assert home.pid_file.read_text() == "7\n"


def test_a_stopped_instance_has_no_pid_file(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.write(Record(port=1, pid=7))
    home.write(Record(port=1))
    assert not home.pid_file.exists()


def test_nobody_else_can_read_the_record(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.write(Record(port=1))
    assert stat.S_IMODE((tmp_path / "cloud.json").stat().st_mode) == 0o600


def test_an_instance_that_was_never_started_has_no_record(tmp_path: Path) -> None:
    assert Home(tmp_path / "none").read() is None


def test_a_damaged_record_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "cloud.json").write_text("{")
    with pytest.raises(ToolError, match="cannot be read"):
        Home(tmp_path).read()


def test_two_commands_do_not_work_on_one_instance_at_once(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with home.lock(), pytest.raises(ToolError, match="Another ordo command"), home.lock():
        pass


def test_the_environment_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDO_HOME", str(tmp_path / "mine"))
    assert Home.of_environment().path == tmp_path / "mine"
