"""`ordo keys`: who may call the API."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from ordo.catalog.clients import SCOPES
from tools import keys
from tools.console import out, print_json
from tools.options import AsJson, Region, Stack, choose_target

app = typer.Typer(help="API keys: create, list, revoke.", no_args_is_help=True)


@app.command()
def create(
    client: Annotated[str, typer.Option(help="A name for who will use the key, such as 'Web shop'.")],
    channels: Annotated[list[str], typer.Option(help="Channels that the key is bound to (comma or repeat).")],
    scopes: Annotated[list[str], typer.Option(help="What the key may do (comma or repeat; `all`).")],
    as_json: AsJson = False,
    stack: Stack = None,
    region: Region = None,
) -> None:
    """Make a client with a key. The key is shown once."""
    made, key = keys.create(choose_target(stack, region), client, channels, scopes)
    if as_json:
        print_json({"client_id": made.client_id, "key": key, "channels": made.channels, "scopes": made.scopes})
        return
    out.print(f"Client [bold]{made.client_id}[/]: channels {', '.join(made.channels)}; scopes {', '.join(made.scopes)}")
    out.print("Its key, shown only now:")
    out.print(key, soft_wrap=True, markup=False)


@app.command("list")
def list_(as_json: AsJson = False, stack: Stack = None, region: Region = None) -> None:
    """Who has a key. The keys themselves are kept nowhere."""
    clients = keys.list_clients(choose_target(stack, region))
    if as_json:
        print_json([client.model_dump(mode="json", by_alias=True, exclude={"key_hash"}) for client in clients])
        return
    table = Table("client", "name", "state", "channels", "scopes", "created")
    for client in clients:
        scopes = "all" if set(client.scopes) == SCOPES else ", ".join(client.scopes)
        table.add_row(
            client.client_id, client.name, client.state, ", ".join(client.channels), scopes, client.created_at[:19]
        )
    out.print(table)


@app.command()
def revoke(client_id: str, as_json: AsJson = False, stack: Stack = None, region: Region = None) -> None:
    """Stop a client's key."""
    keys.revoke(choose_target(stack, region), client_id)
    if as_json:
        print_json({"client_id": client_id, "state": "revoked"})
    else:
        out.print(f"Revoked {client_id}. Answers already cached run out within {keys.CACHE_S} s.")
