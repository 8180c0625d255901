"""Deploy to an AWS account with the SAM command line: build the layer for Lambda, then deploy the same template."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tools.errors import ToolError
from tools.home import PROJECT_ROOT

RUNTIME = "3.13"
"""The Python that the template's functions run on; `sam build` needs the same one to choose their wheels."""


def sam_build(root: Path = PROJECT_ROOT) -> None:
    """`sam build` of the template; raises `ToolError` when sam or Python 3.13 is missing, or the build fails."""
    _run([find_sam(root), "build", "--template-file", "template.yaml"], root, build_environment(find_python()))


def sam_deploy(
    stack: str, region: str | None, parameters: Mapping[str, str], guided: bool, root: Path = PROJECT_ROOT
) -> None:
    """`sam deploy` of what was built, to the account that the environment's credentials name."""
    command = [find_sam(root), "deploy", "--stack-name", stack, "--resolve-s3", "--no-fail-on-empty-changeset"]
    command += ["--capabilities", "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
    command += ["--region", region] if region else []
    command += ["--guided"] if guided else []
    if parameters:
        command += ["--parameter-overrides", *(f"{name}={value}" for name, value in parameters.items())]
    _run(command, root, dict(os.environ))


def find_sam(root: Path = PROJECT_ROOT) -> str:
    """The SAM command line: of the clone's own environment for it, else of the PATH."""
    own = root / ".venv-sam" / "bin" / "sam"
    found = str(own) if own.exists() else shutil.which("sam")
    if not found:
        raise ToolError(
            "The SAM command line (sam) was not found",
            todo="Run `make sam-build` once: it installs sam in an environment of its own.",
        )
    return found


def find_python() -> Path:
    """A Python 3.13 that really runs (a pyenv shim without the version behind it does not)."""
    name = f"python{RUNTIME}"
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    on_path = [Path(found) for found in [shutil.which(name)] if found]
    for candidate in [*on_path, *sorted(pyenv.glob(f"versions/{RUNTIME}*/bin/{name}"), reverse=True)]:
        if _works(candidate):
            return candidate
    raise ToolError(
        f"Python {RUNTIME} was not found: `sam build` needs it to build the layer for Lambda",
        todo=f"Install it (`pyenv install {RUNTIME}`, `uv python install {RUNTIME}`, or a package), then try again.",
    )


def build_environment(python: Path) -> dict[str, str]:
    """The present environment with this Python's folder last on the PATH, where sam looks for it by name."""
    return {**os.environ, "PATH": f"{os.environ.get('PATH', '')}{os.pathsep}{python.parent}"}


def _works(python: Path) -> bool:
    try:
        answer = subprocess.run([python, "--version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and RUNTIME in answer.stdout


def _run(command: list[str], root: Path, environment: dict[str, str]) -> None:
    """Run with its output shown as it comes."""
    done = subprocess.run(command, cwd=root, env=environment, check=False)
    if done.returncode != 0:
        raise ToolError(
            f"`sam {command[1]}` failed with exit code {done.returncode}",
            todo="Its own messages above say why; nothing later was run.",
        )
