"""The process of the embedded cloud: start, health, stop."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import httpx

from ordo.kernel.clock import system_clock, to_iso
from tools.errors import ToolError
from tools.home import Home, Record

HOST = "127.0.0.1"
DEFAULT_PORT = 4566
REGION = "us-east-1"
ACCOUNT_KEY = "test"
"""Access key and secret of the embedded account's root; it exists on loopback only and opens nothing else."""
START_DEADLINE_S = 60.0
STOP_DEADLINE_S = 60.0
"""Generous: a stop that is cut short loses the state since the start."""
LAUNCHER = Path(__file__).with_name("ministack_launcher.py")
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "VIRTUAL_ENV", "LD_LIBRARY_PATH")

_started: dict[int, subprocess.Popen[bytes]] = {}
"""Servers that this process has started, by process id."""


def endpoint(port: int) -> str:
    """The address of the embedded cloud's AWS APIs."""
    return f"http://{HOST}:{port}"


def server_environment(home: Home, port: int) -> dict[str, str]:
    """The server's whole environment.

    Every Lambda worker inherits it, so only harmless names pass: real credentials never, and never
    `AWS_ENDPOINT_URL`, which would send all handlers to another cloud.
    """
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return {
        **inherited,
        "AUTH": "true",
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(home.state_dir),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(home.s3_dir),
        "TMPDIR": str(home.tmp_dir),
        "MINISTACK_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCOUNT_KEY,
        "AWS_SECRET_ACCESS_KEY": ACCOUNT_KEY,
        "AWS_EC2_METADATA_DISABLED": "true",
        "LOG_LEVEL": "WARNING",
    }


def is_running(record: Record | None) -> bool:
    """True when the recorded process lives and is ours (a process id may have been given to another program)."""
    if record is None or record.pid is None:
        return False
    return "ministack" in _command_line(record.pid)


def is_healthy(port: int, timeout_s: float = 2.0) -> bool:
    """True when a cloud answers its health check on this port."""
    try:
        return httpx.get(f"{endpoint(port)}/_ministack/health", timeout=timeout_s).status_code == 200
    except httpx.HTTPError:
        return False


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def is_port_free(port: int) -> bool:
    """True when this port can be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def start(home: Home, port: int) -> Record:
    """Start the cloud on `port` and wait until it is healthy; raises `ToolError` naming what to do."""
    if not is_port_free(port):
        raise ToolError(
            f"Port {port} is taken by another program",
            todo="Stop that program, or choose another port: `ordo up --port 4570` (0 takes any free one).",
        )
    _prepare(home)
    with home.log_file.open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", str(LAUNCHER)],  # -P: the launcher's neighbours are no modules of the server
            env=server_environment(home, port),
            cwd=home.tmp_dir,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _started[process.pid] = process
    record = replace(home.read() or Record(port), port=port, pid=process.pid, started_at=to_iso(system_clock()))
    home.write(record)
    try:
        _await_health(home, process, port)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        home.write(replace(record, pid=None))
        raise
    return record


def stop(home: Home) -> bool:
    """Stop the cloud and let it write its state; False when it was not running."""
    record = home.read()
    if record is None:
        return False
    running = is_running(record)
    if running and record.pid is not None:
        _terminate(record.pid, home)
    home.write(replace(record, pid=None))
    _discard(home.tmp_dir)
    return running


def _prepare(home: Home) -> None:
    """Fresh scratch space (a killed server leaves its workers' folders), and the folders that last."""
    _discard(home.tmp_dir)
    for folder in (home.state_dir, home.s3_dir, home.tmp_dir, home.log_file.parent):
        folder.mkdir(parents=True, exist_ok=True)


def _discard(folder: Path) -> None:
    """Remove a folder of thousands of small files without waiting for it."""
    if not folder.exists():
        return
    gone = Path(tempfile.mkdtemp(prefix="ordo-gone-"))
    try:
        folder.rename(gone / folder.name)
    except OSError:  # another file system
        shutil.rmtree(folder, ignore_errors=True)
    os.posix_spawnp("rm", ["rm", "-rf", str(gone)], os.environ)


def _await_health(home: Home, process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_DEADLINE_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ToolError(
                f"The embedded cloud ended at once (exit code {process.returncode})",
                todo=f"Its whole log is in {home.log_file}.",
                details=_last_lines(home.log_file),
            )
        if is_healthy(port):
            return
        time.sleep(0.1)
    raise ToolError(
        f"The embedded cloud did not answer on port {port} within {START_DEADLINE_S:.0f} s",
        todo=f"See {home.log_file}; `ordo down` and `ordo up` starts it again.",
        details=_last_lines(home.log_file),
    )


def _terminate(pid: int, home: Home) -> None:
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_DEADLINE_S
    while time.monotonic() < deadline:
        if "ministack" not in _command_line(pid):
            if pid in _started:  # ours: collect its exit
                _started.pop(pid).wait(STOP_DEADLINE_S)
            return
        time.sleep(0.05)
    os.killpg(pid, signal.SIGKILL)
    raise ToolError(
        f"The embedded cloud (pid {pid}) did not end within {STOP_DEADLINE_S:.0f} s and was killed",
        todo="Its last state may be lost: `ordo up` starts from the one before.",
        details=_last_lines(home.log_file),
    )


def _command_line(pid: int) -> str:
    """The command of a living process; empty for one that is gone or a zombie."""
    _reap(pid)
    proc = Path(f"/proc/{pid}/cmdline")
    if proc.parent.parent.joinpath("self").exists():
        try:
            return proc.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            return ""
    listed = subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False)
    return listed.stdout


def _reap(pid: int) -> None:
    """Collect the exit of our own child, so that it does not stay as a zombie."""
    if pid in _started and _started[pid].poll() is not None:
        del _started[pid]


def _last_lines(path: Path, count: int = 8) -> list[str]:
    try:
        return path.read_text(errors="replace").splitlines()[-count:]
    except FileNotFoundError:
        return []
