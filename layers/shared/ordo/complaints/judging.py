"""How severe a complaint is and whose, by the channel's rules, with why of each rule (law 5). Pure.

Severity is raised, never lowered: what the customer stated is the least that it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ordo.catalog.complaint_terms import SEVERITIES, ComplaintTerms, RouteRule, Severity, SeverityRule
from ordo.complaints.model import JudgedRule, RuleCondition
from ordo.kernel.clock import to_iso

WITHOUT_SPACES = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
"""Scripts that write words without spaces between them."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules are asked about. `text` is all that was said (personal; nothing of it is kept here); `earlier` are
    the times of the customer's other complaints, `amount` is what its order costs
    now, after what was cancelled or came back.
    """

    text: str
    category: str
    stated: Severity
    amount: int | None = None
    currency: str | None = None
    segment: str | None = None
    earlier: tuple[str, ...] = ()
    nodes: frozenset[str] = frozenset()
    product_kinds: frozenset[str] = frozenset()


def worse(one: Severity, other: Severity) -> Severity:
    """The higher of two."""
    return max(one, other, key=SEVERITIES.index)


def judge(terms: ComplaintTerms, facts: Facts, now: datetime) -> tuple[Severity, tuple[JudgedRule, ...]]:
    """The severity, at least what was stated, and every rule with what it wanted and found."""
    severity = facts.stated
    judged = []
    for rule in terms.severity:
        because = tuple(_severity_conditions(rule, facts, now))
        fired = all(each.met for each in because)
        judged.append(JudgedRule(rule_id=rule.rule_id, fired=fired, gives=rule.severity, because=because))
        severity = worse(severity, rule.severity) if fired else severity
    return severity, tuple(judged)


def route(terms: ComplaintTerms, facts: Facts, severity: Severity) -> tuple[RouteRule | None, tuple[JudgedRule, ...]]:
    """The first route that fits (None: the channel's usual department), and those that were asked, the last one it."""
    asked = []
    for rule in terms.routes:
        because = tuple(_route_conditions(rule, facts, severity))
        fits = all(each.met for each in because)
        asked.append(JudgedRule(rule_id=rule.rule_id, fired=fits, gives=rule.department, because=because))
        if fits:
            return rule, tuple(asked)
    return None, tuple(asked)


def says(text: str, word: str) -> bool:
    """Whether the word is in the text, in whatever case and width it is written.

    One in letters stands by itself unless it ends with `*`; one in Chinese or Japanese may be anywhere.
    """
    wanted, said = _plain(word), _plain(text)
    if WITHOUT_SPACES.search(wanted):
        return wanted in said
    begins = wanted.endswith("*")
    pattern = rf"(?<!{_LETTER}){re.escape(wanted.removesuffix('*'))}" + ("" if begins else rf"(?!{_LETTER})")
    return re.search(pattern, said) is not None


_LETTER = "[^\\W\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
"""What goes on a word in letters: not a Chinese character, so that `wifi` is in `房间wifi很慢`."""


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _severity_conditions(rule: SeverityRule, facts: Facts, now: datetime) -> Iterator[RuleCondition]:
    if rule.words:
        yield _words(rule.words, facts.text)
    if rule.amount:
        least = rule.amount.get(facts.currency or "")
        met = least is not None and facts.amount is not None and facts.amount >= least
        wanted = ", ".join(f"{currency} {amount}" for currency, amount in sorted(rule.amount.items()))
        found = f"{facts.currency} {facts.amount}" if facts.amount is not None else "no order"
        yield RuleCondition(condition="amount", met=met, wanted=wanted, found=found)
    if rule.segments:
        yield _one_of("segment", rule.segments, [facts.segment] if facts.segment else [])
    if rule.repeats:
        since = to_iso(now - timedelta(days=rule.repeats.days))
        count = sum(1 for moment in facts.earlier if moment >= since)
        wanted = f"{rule.repeats.count} in {rule.repeats.days} days"
        yield RuleCondition(condition="repeats", met=count >= rule.repeats.count, wanted=wanted, found=str(count))
    if rule.categories:
        yield _one_of("category", rule.categories, [facts.category])


def _route_conditions(rule: RouteRule, facts: Facts, severity: Severity) -> Iterator[RuleCondition]:
    if rule.categories:
        yield _one_of("category", rule.categories, [facts.category])
    if rule.words:
        yield _words(rule.words, facts.text)
    if rule.nodes:
        yield _one_of("node", rule.nodes, facts.nodes)
    if rule.product_kinds:
        yield _one_of("product_kind", rule.product_kinds, facts.product_kinds)
    if rule.severity_from:
        met = worse(severity, rule.severity_from) == severity
        yield RuleCondition(condition="severity", met=met, wanted=rule.severity_from, found=severity)


def _words(words: tuple[str, ...], text: str) -> RuleCondition:
    """`found` are words of the rule, never the customer's."""
    found = [word for word in words if says(text, word)]
    return RuleCondition(condition="words", met=bool(found), wanted=", ".join(words[:10]), found=", ".join(found[:10]))


def _one_of(condition: str, wanted: tuple[str, ...], found: Iterable[str]) -> RuleCondition:
    there = sorted(found)
    fields = {"wanted": ", ".join(wanted), "found": ", ".join(there), "met": not set(there).isdisjoint(wanted)}
    return RuleCondition.model_validate({"condition": condition, **fields})
