"""The console script `ordo`."""

from __future__ import annotations

import sys

import httpx
import typer
from botocore.exceptions import BotoCoreError, ClientError

from tools import cli_cloud, cli_demo, cli_keys, cli_messages, cli_orders, cli_quote, cli_stock, cli_verify
from tools.console import print_json, show_failure
from tools.errors import ToolError

app = typer.Typer(
    name="ordo",
    help="Ordo on a laptop: the embedded cloud, sample data, the demo; and the way to AWS.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
cli_cloud.register(app)
cli_orders.register(app)
cli_quote.register(app)
cli_messages.register(app)
cli_demo.register(app)
cli_verify.register(app)
app.add_typer(cli_keys.app, name="keys")
app.add_typer(cli_stock.app, name="stock")


def main() -> None:
    """Run a command; a failure is told in plain words, with exit code 1."""
    try:
        app()
    except ToolError as error:
        _fail(error)
    except (BotoCoreError, ClientError, httpx.HTTPError) as error:
        _fail(
            ToolError(
                f"The cloud did not do as asked: {type(error).__name__}",
                todo="See `ordo status` and the cloud's log in .ordo/logs.",
                details=[str(error)],
            )
        )
    except KeyboardInterrupt:
        sys.exit(130)


def _fail(error: ToolError) -> None:
    show_failure(error)
    if "--json" in sys.argv:
        print_json({"error": error.as_json()})
    sys.exit(1)


if __name__ == "__main__":
    main()
