"""A return is asked for: what may be, and the record of it with every rule that spoke. Pure decisions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ordo.aftersales.arrived import Came, come
from ordo.aftersales.books import in_hours, with_return
from ordo.aftersales.eligibility import Case, findings_of, verdict_of, worth_of
from ordo.aftersales.model import (
    MIXED,
    Exchange,
    Finding,
    NewLine,
    Return,
    ReturnTerms,
    Verdict,
    Wanted,
    return_id,
    words_slot,
)
from ordo.catalog.return_policies import FAULTS, Outcome, ReturnPolicy, ReturnReason, Way
from ordo.inventory.demand import demand_key
from ordo.kernel.clock import to_iso
from ordo.kernel.errors import Code, NotAllowedNow, OrdoError
from ordo.orders.decision import Claim, ContactWrite, Decision
from ordo.orders.model import OrderHeader, OrderState
from ordo.shipments.proof_model import KeptFile, personal_hash

MAX_RETURNS = 50
"""Returns of one order."""
MAX_PHOTOS = 6
CLAIMS = FAULTS
"""Reasons for which something may be asked for without sending anything back."""


@dataclass(frozen=True, slots=True)
class Units:
    """Units of a line, or of one part of a bundle's line, that are to come back; without `part` all parts of
    bundles.
    """

    line_id: str
    quantity: int
    part: int | None = None
    opened: bool | None = None


@dataclass(frozen=True, slots=True)
class RequestReturn:
    """The command. `policy` is the channel's, `classes` those of the products by SKU, `personal` what the customer
    wrote with its salt. `store_credit`: so much of the refund at most as credit in the shop, in minor units.
    `approved`: staff have approved it with the request, whatever the policy says.
    """

    units: tuple[Units, ...]
    reason: ReturnReason
    outcome: Outcome
    policy: ReturnPolicy
    classes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    requested_by: str = "client"
    way: Way = "own"
    without_goods: bool = False
    reship: bool = False
    approved: bool = False
    exchange: tuple[NewLine, ...] = ()
    advance: bool = False
    store_credit: int = 0
    files: tuple[KeptFile, ...] = ()
    personal: Mapping[str, Any] | None = None
    claim: Callable[[str, int], Claim] | None = field(default=None, compare=False)
    """The claim of the request's key, by the return's id and the order's version by it."""


def request_return(command: RequestReturn) -> Callable[[OrderState, datetime], Decision]:
    """Record the request. Whether it is approved is decided after it, by the rules that it keeps or by hand.

    Raises `NotAllowedNow` where nothing has come, `unknown_line`, `invalid_quantity`, and what its form contradicts.
    """

    def decide(state: OrderState, now: datetime) -> Decision:
        lines = require_requestable(state, command)
        found = judged(state, command, lines, now)
        wanted = Return(
            return_id=return_id(state.header.order_id, len(state.returns) + 1),
            order_id=state.header.order_id,
            state="requested",
            outcome=command.outcome,
            reason=command.reason,
            requested_by=command.requested_by,
            requested_at=to_iso(now),
            changed_at=to_iso(now),
            deadline=in_hours(now, command.policy.answer_hours),
            lines=lines,
            verdict=effective(verdict_of(found), command),
            findings=found,
            terms=kept_terms(command, state.header, sealed_by(found, lines)),
            way="own" if command.without_goods else command.way,
            without_goods=command.without_goods,
            reship=command.reship,
            worth=worth_of(state, lines),
            credit_wanted=command.store_credit,
            files=command.files,
            personal_hash=personal_hash(command.personal) if command.personal else None,
            exchange=Exchange(lines=command.exchange, advance=command.advance) if command.exchange else None,
        )
        return _decision(state, wanted, command)

    return decide


def judged(state: OrderState, command: RequestReturn, lines: tuple[Wanted, ...], now: datetime) -> tuple[Finding, ...]:
    """What the rules say of the request; staff's word is one of them, and the last."""
    case = Case(command.policy, lines, come(state), command.reason, command.classes, command.outcome)
    found = findings_of(state, case, now)
    if command.approved:
        found = (*found, Finding(rule="staff", verdict="automatic", facts={"policy": verdict_of(found)}))
    return found


def effective(verdict: Verdict, command: RequestReturn) -> Verdict:
    """What is done: staff's word goes before the policy's, and what it excludes may be left to people."""
    if command.approved:
        return "automatic"
    return "by_hand" if verdict == "refused" and not command.policy.refuse_alone else verdict


def require_requestable(state: OrderState, command: RequestReturn) -> tuple[Wanted, ...]:
    """The units that are meant, parts of bundles by themselves; raises what `request_return` does."""
    came = come(state)
    if not any(each.left for each in came.values()):
        raise NotAllowedNow("Nothing of the order can come back now.", facts={"status": state.header.status})
    if len(state.returns) >= MAX_RETURNS:
        raise NotAllowedNow(f"An order has at most {MAX_RETURNS} returns.", facts={"limit": MAX_RETURNS})
    _require_form(command)
    found: dict[str, Wanted] = {}
    for place, each in enumerate(command.units):
        for wanted in _of(state, each, f"/lines/{place}"):
            _require_left(came, wanted, wanted.quantity + _had(found, wanted.key), f"/lines/{place}")
            before = found.get(wanted.key)
            quantity = wanted.quantity + (before.quantity if before else 0)
            found[wanted.key] = wanted.model_copy(update={"quantity": quantity})
    if not found:
        raise OrdoError("Say what is to come back.", pointer="/lines")
    return tuple(found.values())


def _had(found: Mapping[str, Wanted], key: str) -> int:
    return found[key].quantity if key in found else 0


def _require_form(command: RequestReturn) -> None:
    if command.without_goods and command.reason not in CLAIMS:
        raise OrdoError("Without sending something back only a fault can be claimed.", pointer="/reason")
    if command.without_goods and command.outcome in ("exchange", "repair"):
        raise OrdoError("A claim without goods is refunded or sent again.", pointer="/outcome")
    if command.reship and not command.without_goods:
        raise OrdoError("Only a claim without goods is sent again; else ask for an exchange.", pointer="/reship")
    if command.store_credit and command.outcome not in MIXED:
        raise OrdoError("Only a refund can be part money and part credit.", pointer="/store_credit")
    if (command.outcome == "exchange") != bool(command.exchange):
        raise OrdoError("An exchange says what goes out for what comes back.", pointer="/exchange")
    if command.advance and not command.policy.advance:
        raise OrdoError("The channel sends nothing in advance.", code=Code.NOT_ALLOWED_NOW, pointer="/exchange/advance")
    if command.way not in command.policy.ways and not command.without_goods:
        facts = {"may": list(command.policy.ways)}
        raise OrdoError("The channel does not offer this way.", pointer="/way", facts=facts)


def _of(state: OrderState, units: Units, where: str) -> tuple[Wanted, ...]:
    line = next((each for each in state.lines if each.line_id == units.line_id), None)
    if line is None or (units.part is not None and not 0 <= units.part < len(line.parts)):
        raise OrdoError(f"The order has no line {units.line_id!r}.", code=Code.UNKNOWN_LINE, pointer=f"{where}/line_id")
    if units.quantity < 1:
        raise OrdoError("A quantity is at least one.", code=Code.INVALID_QUANTITY, pointer=f"{where}/quantity")
    skus: list[tuple[int | None, str, int]]
    if not line.parts:
        skus = [(None, line.stock_sku, units.quantity)]
    elif units.part is not None:
        skus = [(units.part, line.parts[units.part].stock_sku, units.quantity)]
    else:
        skus = [(place, each.stock_sku, units.quantity * each.quantity) for place, each in enumerate(line.parts)]
    return tuple(
        Wanted(line_id=line.line_id, sku=sku, quantity=count, part=part, opened=units.opened)
        for part, sku, count in skus
    )


def _require_left(came: Mapping[str, Came], wanted: Wanted, quantity: int, where: str) -> None:
    key = demand_key(wanted.line_id, wanted.part)
    left = came[key].left if key in came else 0
    if quantity > left:
        detail = f"{left} units of line {key!r} have come and may be asked for."
        raise OrdoError(detail, code=Code.INVALID_QUANTITY, pointer=f"{where}/quantity", facts={"left": left})


def sealed_by(findings: Sequence[Finding], lines: Sequence[Wanted]) -> dict[str, str]:
    """By line or part, the rule that counts once it was unsealed."""
    rules = {each.line_id: each.rule for each in findings if "opened" in each.facts}
    return {line.key: rules[line.line_id] for line in lines if line.line_id in rules}


def kept_terms(command: RequestReturn, header: OrderHeader, sealed: Mapping[str, str]) -> ReturnTerms:
    """What of the policy goes on to count for this return."""
    policy, is_fault = command.policy, command.reason in FAULTS
    pays = command.way != "own" and not policy.merchant_pays(command.reason)
    return ReturnTerms(
        preset=policy.preset,
        unanswered=policy.unanswered,
        send_days=policy.send_days,
        arrive_days=policy.arrive_days,
        settle_hours=policy.settle_hours,
        fee=policy.fee and not is_fault,
        label_fee=policy.label_fee.get(header.currency, 0) if pays else 0,
        label_account=policy.label_account if command.way != "own" else None,
        deductions={} if is_fault else {name: share.text for name, share in policy.deductions.items()},
        sealed=dict(sealed),
    )


def _decision(state: OrderState, wanted: Return, command: RequestReturn) -> Decision:
    name = wanted.return_id
    return Decision(
        "return.requested",
        with_return(state.header, wanted),
        {
            **wanted.told(),
            "verdict": wanted.verdict,
            "rules": [each.rule for each in wanted.findings if each.verdict == wanted.verdict],
            "files": [each.told() for each in wanted.files],
        },
        records=(wanted,),
        claims=(command.claim(name, state.header.seq + 1),) if command.claim else (),
        contacts=(ContactWrite(words_slot(name), dict(command.personal)),) if command.personal else (),
    )
