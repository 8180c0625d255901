"""`ordo quote`: what it prints in both languages, and how it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from rich.console import Console
from typer.testing import CliRunner

from tools import cli_quote
from tools.cli import app
from tools.errors import ToolError
from tools.home import PROJECT_ROOT
