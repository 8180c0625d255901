"""Options that several commands share."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from tools.api import Api
from tools.errors import ToolError
from tools.home import Home
from tools.narration import LANGUAGES
from tools.target import Target, embedded, on_aws


def _known_language(lang: str) -> str:
    if lang not in LANGUAGES:
        raise ToolError(f"There are no texts in {lang!r}", todo=f"Choose from: {', '.join(LANGUAGES)}.")
    return lang


AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Stack = Annotated[
    str | None,
    typer.Option("--stack", envvar="ORDO_STACK", help="A stack on AWS (your credentials); else the embedded cloud."),
]
Lang = Annotated[
    str,
    typer.Option("--lang", callback=_known_language, help="Labels, names of products and promotions: en or zh."),
]
Region = Annotated[str | None, typer.Option("--region", help="AWS region of --stack.")]


def choose_target(stack_name: str | None, region: str | None = None) -> Target:
    """A stack on AWS when one is named, else this folder's embedded cloud."""
    return on_aws(stack_name, region) if stack_name else embedded(Home.of_environment())


def open_api(there: Target) -> Api:
    """The API with the key of `ORDO_KEY`, else the tools' own key of the embedded cloud."""
    return Api(there.api_url, os.environ.get("ORDO_KEY") or there.own_key())
