"""`ordo preview-message`: how a message to customers reads, made of a sample order; needs no cloud."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from ordo.catalog.message_terms import MessageKind
from tools.console import print_json
from tools.options import AsJson, Lang
from tools.previewing import sample_message


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(preview_message)


def preview_message(
    kind: Annotated[MessageKind, typer.Argument(help="What is told.")],
    way: Annotated[Literal["email", "html", "sms"], typer.Option(help="A mail's text or HTML, or an SMS.")] = "email",
    sender: Annotated[str, typer.Option(help="The shop's name.")] = "Aurora",
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:
    """Show a message as a customer would get it, from the templates that are deployed."""
    written = sample_message(kind, "zh" if lang == "zh" else "en", sender)
    texts = {"email": f"{written.title}\n\n{written.text}", "html": written.html, "sms": written.short}
    if as_json:
        print_json({"kind": kind, "language": written.language, "title": written.title, way: texts[way]})
    else:
        typer.echo(texts[way])
