"""Where an embedded cloud keeps itself: one folder per instance, so that several can live side by side."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from tools.errors import ToolError

PROJECT_ROOT = Path(__file__).resolve().parents[1]
"""The clone: the folder that holds template.yaml."""
LOCK_WAIT_S = 2.0


@dataclass(frozen=True)
class Record:
    """What is remembered of an instance between commands."""

    port: int
    pid: int | None = None
    started_at: str = ""
    digest: str = ""
    """Of the deployment (template, code, parameters); empty until one has succeeded."""
    keys: dict[str, str] = field(default_factory=dict)
    """API keys that the tools made for themselves on this instance, by purpose."""


@dataclass(frozen=True)
class Home:
    """The folder of one instance (`.ordo/` of the clone, or `ORDO_HOME`)."""

    path: Path

    @classmethod
    def of_environment(cls) -> Home:
        """`ORDO_HOME` when set, else `.ordo` in the clone."""
        return cls(Path(os.environ.get("ORDO_HOME") or PROJECT_ROOT / ".ordo").resolve())

    @property
    def state_dir(self) -> Path:
        return self.path / "state"

    @property
    def s3_dir(self) -> Path:
        return self.path / "s3"

    @property
    def tmp_dir(self) -> Path:
        return self.path / "tmp"

    @property
    def log_file(self) -> Path:
        return self.path / "logs" / "cloud.log"

    @property
    def pid_file(self) -> Path:
        return self.path / "cloud.pid"

    @property
    def _record_file(self) -> Path:
        return self.path / "cloud.json"

    def read(self) -> Record | None:
        """The record of this instance; `None` when it was never started."""
        try:
            return Record(**json.loads(self._record_file.read_text()))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError) as error:
            raise ToolError(
                f"{self._record_file} cannot be read: {error}",
                todo="Delete it and run `ordo up` again, or `ordo down --wipe` to start from nothing.",
            ) from error

    def write(self, record: Record) -> None:
        """Keep the record; readable only by its owner, since it holds keys."""
        self.path.mkdir(parents=True, exist_ok=True)
        fresh = self._record_file.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(asdict(record), indent=2) + "\n")
        fresh.replace(self._record_file)
        if record.pid is None:
            self.pid_file.unlink(missing_ok=True)
        else:
            self.pid_file.write_text(f"{record.pid}\n")

    def wipe(self) -> None:
        """Remove everything of this instance. The instance must be stopped."""
        shutil.rmtree(self.path, ignore_errors=True)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """One command at a time may start, stop or deploy an instance; a second one is told so after a moment.

        The moment is for a process that another thread has just forked: until it runs its own program, it holds a
        copy of a lock that was let go.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "lock").open("w") as handle:
            if not _locked(handle):
                raise ToolError(
                    f"Another ordo command is working on {self.path}",
                    todo="Wait until it has finished, or set ORDO_HOME to another folder.",
                )
            yield


def _locked(handle: IO[str]) -> bool:
    until = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                return False
            time.sleep(0.05)
        else:
            return True
