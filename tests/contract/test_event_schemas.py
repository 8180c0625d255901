"""What is published is what `events/schemas/` says. Refresh with `python -m tests.contract.test_event_schemas`."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import get_args

from ordo.inventory.requirements import EventType
from ordo.notifications.event_schemas import FACTS, json_schemas
from ordo.notifications.events import EVENT_TYPES
from ordo.payments.service import EVENTS as PAYMENT_EVENTS
from ordo.shipments.claims import EVENTS as CLAIM_EVENTS
from ordo.shipments.model import WORKABLE

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "events" / "schemas"


def rendered() -> dict[str, str]:
    """File name to text of every schema."""
    return {
        f"{type_}.json": json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        for type_, schema in json_schemas().items()
    }


def test_every_published_type_has_a_fresh_schema_and_there_is_no_other() -> None:
    stored = {path.name: path.read_text() for path in FOLDER.glob("*.json")}
    assert stored == rendered()


def test_every_type_has_its_facts_described() -> None:
    assert set(FACTS) == set(EVENT_TYPES)


def _decided(path: Path) -> set[str]:
    """Event types that a module decides: texts like `order.placed` in calls of `Decision`, and what they imply."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Decision":
            given = [*node.args[:1], *(word.value for word in node.keywords if word.arg in ("type", "implies"))]
            texts = [inner.value for part in given for inner in ast.walk(part) if isinstance(inner, ast.Constant)]
            found |= {text for text in texts if isinstance(text, str) and "." in text and not text.endswith(".")}
    return found


def test_every_type_that_a_context_decides_is_published_and_none_else() -> None:
    modules = [path for context in ("orders", "payments", "shipments", "complaints") for path in _modules(context)]
    decided = set.union(*map(_decided, modules))
    decided |= set(PAYMENT_EVENTS.values())
    decided |= {f"fulfilment.{state}" for state in WORKABLE[1:]}
    decided |= set(CLAIM_EVENTS)
    decided |= set.union(*map(_named_returns, _modules("aftersales")))
    decided |= {"order.released"}  # implied by whatever makes an order ready: orders/commit
    decided |= {"refund.requested"}  # implied by whatever makes a refund due: payments/planning
    decided |= set(get_args(EventType))  # of stock: inventory/requirements
    assert decided == set(EVENT_TYPES)


def _named_returns(path: Path) -> set[str]:
    """Event types of returns that a module names, wherever it does."""
    texts = (node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant))
    return {text for text in texts if isinstance(text, str) and re.fullmatch(r"return\.[a-z_]+", text)}


def _modules(context: str) -> list[Path]:
    return sorted((ROOT / "layers" / "shared" / "ordo" / context).glob("*.py"))


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in rendered().items():
        (FOLDER / name).write_text(text)
