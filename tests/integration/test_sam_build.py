"""The template builds for AWS: real wheels for Lambda's Python and processor, in an environment of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tools.aws_deploy import find_python
from tools.errors import ToolError
from tools.home import PROJECT_ROOT

WANTED = os.environ.get("CI") or os.environ.get("ORDO_PROOF") == "full"


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(
    not WANTED, reason="sam build takes half a minute: run in CI, with ORDO_PROOF=full, or `make sam-build`"
)
def test_sam_builds_every_function_and_the_layer_for_arm64() -> None:
    try:
        find_python()
    except ToolError as missing:
        pytest.skip(missing.what)
    built = PROJECT_ROOT / ".aws-sam" / "build"
    shutil.rmtree(built, ignore_errors=True)

    done = subprocess.run(["make", "sam-build"], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    layer = built / "SharedLayer" / "python"
    assert (layer / "ordo" / "kernel" / "money.py").exists()
    assert [path.name for path in layer.glob("pydantic_core/*-aarch64-linux-gnu.so")], "no arm64 wheel in the layer"
    assert _handlers(built) == {path.parent.name for path in PROJECT_ROOT.glob("functions/*/app.py")}


def _handlers(built: Path) -> set[str]:
    """Folders of `functions/` whose handler is among what was built, told by their equal text."""
    texts = {path.read_text() for path in built.glob("*Function/app.py")}
    return {path.parent.name for path in PROJECT_ROOT.glob("functions/*/app.py") if path.read_text() in texts}
