"""`make bench`: what pricing and imports cost, what a placement asks of AWS, how fast the API is. A JSON line each."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

from tools.figures.api import api_figures
from tools.figures.carriers import carrier_figures
from tools.figures.changing import change_figures
from tools.figures.hot_sku import hot_sku_figures
from tools.figures.imports import import_figures
from tools.figures.journey import journey_figures
from tools.figures.line import show
from tools.figures.placement import placement_figures
from tools.figures.quotes import quote_figures
from tools.figures.signing import signing_figures
from tools.figures.sourcing import sourcing_figures
from tools.figures.stock_lines import stock_line_figures
from tools.figures.tracking import tracking_figures

PARTS: dict[str, Callable[[], Iterator[dict[str, object]]]] = {
    "quote": quote_figures,
    "sourcing": sourcing_figures,
    "placement": placement_figures,
    "hot_sku": hot_sku_figures,
    "stock_lines": stock_line_figures,
    "track": tracking_figures,
    "sign": signing_figures,
    "carriers": carrier_figures,
    "change": change_figures,
    "journey": journey_figures,
    "import": import_figures,
    "api": api_figures,
}


def main() -> None:
    """Print every figure, or those of the named parts."""
    parser = argparse.ArgumentParser(prog="bench", description="Ordo's figures as JSON lines.")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="only these")
    for part in parser.parse_args().parts or PARTS:
        for line in PARTS[part]():
            show(line)


if __name__ == "__main__":
    main()
