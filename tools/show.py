"""Orders as a person reads them in a terminal. Names of products and promotions are shown in the chosen language."""

from __future__ import annotations

from typing import Any

from rich.cells import set_cell_size
from rich.table import Table

from ordo.kernel.money import format_minor
from tools.narration import say

JsonObject = dict[str, Any]


def money(view: JsonObject) -> str:
    """`{"amount": 25000, "currency": "CNY"}` -> `250.00 CNY`."""
    return f"{format_minor(view['amount'], view['currency'])} {view['currency']}"


def name_of(names: JsonObject, lang: str) -> str:
    """The name in this language, else in any."""
    return str(names.get(lang) or next(iter(names.values()), ""))


def lines_table(order: JsonObject, lang: str) -> Table:
    """What was ordered, at which price, with unit shares where units differ."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title, justify in (("product", "left"), ("", "right"), ("list", "right"), ("pays", "right"), ("units", "left")):
        table.add_column(title, justify="right" if justify == "right" else "left")
    for line in order["lines"]:
        options = ", ".join(line["options"].values())
        product = name_of(line["name"], lang) + (f" ({options})" if options else "")
        listed, pays = (format_minor(line[key]["amount"], line[key]["currency"]) for key in ("list_price", "total"))
        table.add_row(product, f"{line['quantity']} ×", listed, pays, unit_shares(line))
    return table


def unit_shares(line: JsonObject) -> str:
    """`2 × 83.33 (−16.67), 83.34 (−16.66)`: what each unit pays and what was taken off it."""
    if line["quantity"] == 1:
        return ""
    shares: dict[str, int] = {}
    for run in line["unit_runs"]:
        pays, off = (format_minor(run[key]["amount"], run[key]["currency"]) for key in ("gross", "discount"))
        share = f"{pays} (−{off})"
        shares[share] = shares.get(share, 0) + run["count"]
    return ", ".join(f"{count} × {share}" if count > 1 else share for share, count in shares.items())


def reading(order: JsonObject, lang: str) -> list[str]:
    """Total, trace, plan and promise, each line under its label."""
    lines = []
    for label, texts in (
        ("total", [total_line(order)]),
        ("trace", trace_lines(order, lang)),
        ("plan", plan_lines(order)),
        ("promise", [promise_line(order)]),
    ):
        lines += [set_cell_size(say(label, lang), 8) + text for text in texts]
    return lines


def total_line(order: JsonObject) -> str:
    """The sums in one line."""
    parts = [f"{name} {money(order['totals'][name])}" for name in ("items", "discount", "shipping", "tax")]
    return f"{money(order['totals']['total'])}  ({', '.join(parts)})"


def trace_lines(order: JsonObject, lang: str) -> list[str]:
    """Which promotions gave what, and which did not and why."""
    price, currency = order["price"], order["currency"]
    lines = [
        f"+ {name_of(rule['name'], lang)}: −{format_minor(rule['amount'], currency)} of "
        f"{format_minor(rule['base'], currency)}"
        for rule in price.get("applied", [])
    ]
    for rule in price.get("not_applied", []):
        name = name_of(rule.get("name") or {"": rule["promotion_id"]}, lang)
        lines.append(f"- {name}: {rule['reason']}{_shortfall(rule, currency)}")
    return lines or ["no promotion was in question"]


def _shortfall(rule: JsonObject, currency: str) -> str:
    if rule.get("missing"):
        return f" ({format_minor(rule['missing'], currency)} more is needed)"
    return f" ({rule['by']})" if rule.get("by") else ""


def plan_lines(order: JsonObject) -> list[str]:
    """Who fulfils what from how far, and why not the others."""
    plan = order["plan"]
    lines = []
    for part in plan["fulfilments"]:
        goods = ", ".join(f"{share['quantity']} × {share['sku']}" for share in part["lines"])
        lines.append(f"{part['node_id']} ({part['km'] or '?'} km): {goods}")
    return lines + [f"not {node['node_id']}: {_why_not(node)}" for node in plan["candidates"] if not node["chosen"]]


def _why_not(node: JsonObject) -> str:
    if node.get("removed"):
        return str(node["removed"])
    distance = f"{node['km'] or '?'} km away"
    return f"{distance}, lacks {', '.join(node['lacks'])}" if node.get("lacks") else distance


def promise_line(order: JsonObject) -> str:
    """When it should be ready and delivered."""
    promise = order["promise"]
    return f"ready by {_minute(promise['ready_by'])}, delivered by {_minute(promise['deliver_by'])} UTC"


def event_line(event: JsonObject) -> str:
    """One event of a timeline."""
    also = f" (+ {', '.join(event['implies'])})" if event.get("implies") else ""
    actor = event.get("actor") or {}
    return (
        f"{event['seq']:>3}  {event['occurred_at'][11:19]}  {event['type']}{also}  "
        f"→ {event['status']}, {event['payment_status']}  by {actor.get('type', '?')}"
    )


def short_lines(problem: JsonObject) -> list[str]:
    """Per line, what an `out_of_stock` refusal says was asked for and is there."""
    lines = (problem.get("facts") or {}).get("lines") or []
    return [
        f"line {each['line_id']}, {each['sku']}: wanted {each['requested']}, has {each['available']}" for each in lines
    ]


def _minute(moment: str) -> str:
    return moment[:16].replace("T", " ")
