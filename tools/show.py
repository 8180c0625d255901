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
    for title in ("product", "", "list", "pays", "units"):
        table.add_column(
            say(title, lang) if title else "", justify="left" if title in ("product", "units") else "right"
        )
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
        ("total", [total_line(order, lang)]),
        ("trace", trace_lines(order, lang)),
        ("plan", plan_lines(order, lang)),
        ("promise", [promise_line(order, lang)]),
    ):
        lines += [set_cell_size(say(label, lang), 8) + text for text in texts]
    return lines


def total_line(order: JsonObject, lang: str) -> str:
    """The sums in one line."""
    names = ("total", "items", "discount", "shipping", "tax")
    return say("sums", lang, **{name: money(order["totals"][name]) for name in names})


def trace_lines(order: JsonObject, lang: str) -> list[str]:
    """Which promotions gave what, and which did not and why."""
    price, currency = order["price"], order["currency"]
    lines = [
        say(
            "applied",
            lang,
            name=name_of(rule["name"], lang),
            amount=format_minor(rule["amount"], currency),
            base=format_minor(rule["base"], currency),
        )
        for rule in price.get("applied", [])
    ]
    for rule in price.get("not_applied", []):
        name = name_of(rule.get("name") or {"": rule["promotion_id"]}, lang)
        lines.append(say("not_applied", lang, name=name, reason=rule["reason"] + _shortfall(rule, currency, lang)))
    return lines or [say("no_promotion", lang)]


def _shortfall(rule: JsonObject, currency: str, lang: str) -> str:
    if rule.get("missing"):
        return say("missing", lang, amount=format_minor(rule["missing"], currency))
    return say("by", lang, by=rule["by"]) if rule.get("by") else ""


def plan_lines(order: JsonObject, lang: str) -> list[str]:
    """Who fulfils what from how far, and why not the others."""
    plan = order["plan"]
    lines = []
    for part in plan["fulfilments"]:
        goods = ", ".join(f"{share['quantity']} × {share['sku']}" for share in part["lines"])
        lines.append(say("fulfilment", lang, node=part["node_id"], km=part["km"] or "?", goods=goods))
    others = [node for node in plan["candidates"] if not node["chosen"]]
    return lines + [say("not_node", lang, node=node["node_id"], reason=_why_not(node, lang)) for node in others]


def _why_not(node: JsonObject, lang: str) -> str:
    if node.get("removed"):
        return str(node["removed"])
    far, lacks = node["km"] or "?", ", ".join(node.get("lacks") or ())
    return say("away_lacks", lang, km=far, skus=lacks) if lacks else say("away", lang, km=far)


def promise_line(order: JsonObject, lang: str) -> str:
    """When it should be ready and delivered."""
    ready, delivered = (_minute(order["promise"][name]) for name in ("ready_by", "deliver_by"))
    return say("dates", lang, ready=ready, delivered=delivered)


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
