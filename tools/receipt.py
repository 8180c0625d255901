"""A quote as a person reads it: a receipt, and why it costs that."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ordo.kernel.money import format_minor
from tools.show import JsonObject, name_of

SAYS: dict[str, dict[str, str]] = {
    "items": {"en": "Items", "zh": "商品"},
    "discount": {"en": "Discounts", "zh": "优惠"},
    "shipping": {"en": "Shipping and charges", "zh": "运费及附加费"},
    "tax_more": {"en": "Tax", "zh": "税"},
    "tax_within": {"en": "of it tax", "zh": "其中税"},
    "total": {"en": "Total", "zh": "合计"},
    "gift": {"en": "gift", "zh": "赠品"},
    "instead": {"en": "instead of {price} each", "zh": "原价每件 {price}"},
    "each": {"en": "each pays {shares}", "zh": "每件实付 {shares}"},
    "rate": {
        "en": "{rate} % tax: {net} net + {tax} tax = {gross}",
        "zh": "税率 {rate}%：净额 {net} + 税 {tax} = {gross}",
    },
    "gave": {"en": "Applied", "zh": "已享优惠"},
    "gave_line": {"en": "{name}: −{amount} of {base}", "zh": "{name}：{base} 减 {amount}"},
    "gave_gift": {"en": "{name}: a gift worth {amount}", "zh": "{name}：赠品价值 {amount}"},
    "because": {"en": " ({reason})", "zh": "（{reason}）"},
    "not_gave": {"en": "Not applied", "zh": "未享优惠"},
    "exact": {
        "en": "The best of all combinations of {competing} promotions",
        "zh": "{competing} 项优惠的最优组合",
    },
    "by_rule": {
        "en": "The best combination found of {competing} promotions, by the stated rule",
        "zh": "{competing} 项优惠按既定规则得到的组合",
    },
    "coupons": {"en": "Coupons", "zh": "优惠码"},
    "coupon_used": {"en": "{code}: applies", "zh": "{code}：已生效"},
    "coupon_idle": {"en": "{code}: has no effect here", "zh": "{code}：此处无效果"},
    "left": {"en": ", {left} uses left", "zh": "，剩余 {left} 次"},
    "mine": {"en": ", {used} of {limit} by this customer", "zh": "，该顾客已用 {used}/{limit} 次"},
    "methods": {"en": "Shipping", "zh": "配送方式"},
    "method": {"en": "{name}: {gross}, total {total}", "zh": "{name}：{gross}，合计 {total}"},
    "margin": {"en": "Margin {margin} = {net} net − {cost} cost", "zh": "毛利 {margin} = 净额 {net} − 成本 {cost}"},
    "unknown": {"en": " (without lines {lines}: their cost is not known)", "zh": "（不含成本未知的行 {lines}）"},
    "until": {
        "en": "Priced {now} UTC; by the clock alone it stays so until {until} UTC",
        "zh": "报价时间 {now} UTC；若商家不作改动，有效至 {until} UTC",
    },
    "open": {
        "en": "Priced {now} UTC; nothing that it hangs on has an end",
        "zh": "报价时间 {now} UTC；所用价格与优惠均无截止时间",
    },
}


def say(key: str, lang: str, **facts: object) -> str:
    """A text in a language; raises `KeyError` for a key that is not there."""
    return SAYS[key][lang].format(**facts)


def receipt(quote: JsonObject, lang: str) -> RenderableType:
    """The whole receipt: lines with what was taken off them, sums, tax by rate, and why."""
    told = Text("\n".join(explained(quote, lang)))
    return Group(lines_and_sums(quote, lang), Text(), told)


def lines_and_sums(quote: JsonObject, lang: str) -> Table:
    """What is bought, with its adjustments under it, and the sums that follow from it."""
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column()
    for _ in range(3):
        table.add_column(justify="right", no_wrap=True)
    for line in quote["lines"]:
        for row in _line_rows(line, lang):
            table.add_row(*map(Text, row))
    for charge in quote["charges"]:
        table.add_row(name_of(charge["name"], lang), "", "", _plain(charge["price"]))
        if charge["discount"]["amount"]:
            table.add_row(f"  {say('discount', lang)}", "", "", _minus(charge["discount"]))
    table.add_section()
    totals = quote["totals"]
    tax = "tax_within" if quote["tax_mode"] == "inclusive" else "tax_more"
    table.add_row("─" * 20, "", "", "")
    table.add_row(say("items", lang), "", "", _plain(totals["items"]))
    table.add_row(say("discount", lang), "", "", _minus(totals["discount"]))
    table.add_row(say("shipping", lang), "", "", _plain(totals["shipping"]))
    sums = [
        (say(tax, lang), _plain(totals["tax"])),
        (say("total", lang), f"{_plain(totals['total'])} {quote['currency']}"),
    ]
    for name, amount in sums if tax == "tax_more" else reversed(sums):
        bold = "bold" if name == say("total", lang) else ""
        table.add_row(Text(name, bold), "", "", Text(amount, bold))
    return table


def _line_rows(line: JsonObject, lang: str) -> Iterator[tuple[str, str, str, str]]:
    options = ", ".join(line["options"].values())
    name = name_of(line["name"], lang) + (f" ({options})" if options else "")
    listed = {**line["price"], "amount": line["price"]["amount"] * line["quantity"]}
    gift = f"  [{say('gift', lang)}]" if line["gift_of"] else ""
    yield name + gift, f"{line['quantity']} ×", _plain(line["price"]), _plain(listed)
    if line["list_price"]["amount"] > line["price"]["amount"]:
        yield f"  {say('instead', lang, price=_plain(line['list_price']))}", "", "", ""
    for adjustment in line["adjustments"]:
        yield f"  {name_of(adjustment['name'], lang)}", "", "", _minus(adjustment["amount"])
    if line["adjustments"] and line["quantity"] > 1 and not line["gift_of"]:
        yield f"  {say('each', lang, shares=_shares(line))}", "", "", ""


def _shares(line: JsonObject) -> str:
    """`2 × 83.33, 83.34`: what units pay, equal ones told once."""
    counts: dict[str, int] = {}
    for run in line["unit_runs"]:
        pays = _plain(run["gross"])
        counts[pays] = counts.get(pays, 0) + run["count"]
    return ", ".join(f"{count} × {pays}" if count > 1 else pays for pays, count in counts.items())


def explained(quote: JsonObject, lang: str) -> list[str]:
    """Tax by rate, what each promotion gave, which did not and why, coupons, ways to ship, margin, until when."""
    found = [_rate(rate, lang) for rate in quote["tax_rates"]]
    trace = quote["trace"]
    for title, texts in (
        ("gave", [*_applied(trace, lang)]),
        ("not_gave", [rule["text"][lang] for rule in trace["not_applied"]]),
        ("coupons", [_coupon(coupon, lang) for coupon in quote["coupons"]]),
        ("methods", [_method(method, lang) for method in quote["shipping_methods"]]),
    ):
        if texts and not (title == "methods" and len(texts) == 1):
            found += [say(title, lang), *(f"  {text}" for text in texts)]
    if quote["margin"]:
        found.append(_margin(quote["margin"], lang))
    now, until = _minute(quote["quoted_at"]), quote["valid_until"]
    found.append(say("until", lang, now=now, until=_minute(until)) if until else say("open", lang, now=now))
    return found


def _rate(rate: JsonObject, lang: str) -> str:
    return say(
        "rate", lang, rate=rate["rate_percent"], **{name: _plain(rate[name]) for name in ("net", "tax", "gross")}
    )


def _applied(trace: JsonObject, lang: str) -> Iterator[str]:
    for rule in trace["applied"]:
        only_gift = rule["gift_lines"] and not rule["lines"]
        facts = {"name": name_of(rule["name"], lang), "amount": _plain(rule["amount"]), "base": _plain(rule["base"])}
        reason = say("because", lang, reason=rule["reason"]) if rule["reason"] else ""
        yield say("gave_gift" if only_gift else "gave_line", lang, **facts) + reason
    combined = trace["combined"]
    if combined:
        yield say("exact" if combined["exact"] else "by_rule", lang, competing=combined["competing"])


def _coupon(coupon: JsonObject, lang: str) -> str:
    text = say("coupon_used" if coupon["applied"] else "coupon_idle", lang, code=coupon["code"])
    if coupon["left"] is not None:
        text += say("left", lang, left=coupon["left"])
    if coupon["used_by_customer"] is not None:
        text += say("mine", lang, used=coupon["used_by_customer"], limit=coupon["per_customer_limit"])
    return text


def _method(method: JsonObject, lang: str) -> str:
    facts = {name: _plain(method[name]) for name in ("gross", "total")}
    mark = "●" if method["chosen"] else "○"
    return f"{mark} " + say("method", lang, name=name_of(method["name"], lang), **facts)


def _margin(margin: JsonObject, lang: str) -> str:
    text = say("margin", lang, **{name: _plain(margin[name]) for name in ("margin", "net", "cost")})
    lines = margin["unknown_lines"]
    return text + (say("unknown", lang, lines=", ".join(lines)) if lines else "")


def _plain(view: JsonObject) -> str:
    return format_minor(view["amount"], view["currency"])


def _minus(view: JsonObject) -> str:
    return f"−{_plain(view)}" if view["amount"] else _plain(view)


def _minute(moment: str) -> str:
    return moment[:16].replace("T", " ")
