"""Whatever happens to an order, with crashes and messages that come twice, its money moves as its account says."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ordo.kernel.clock import to_iso
from ordo.orders.decision import Commit, Decision, NoChange
from ordo.orders.model import SYSTEM, OrderState
from ordo.orders.posting import posted, with_postings
from ordo.payments.instruction import InstructionState, Movement
from ordo.shipments.model import FulfilmentState
from tests.support.orders import ORDER
from tests.unit.payments.test_moving import CARD, TOTAL, Till

CREDIT = {"tender_id": "tnd_1", "provider": "store_credit", "amount": 9_000}
TENDERS = {
    "card": (CARD,),
    "late": ({**CARD, "capture": "on_dispatch"},),
    "both": (CREDIT, {**CARD, "tender_id": "tnd_2"}),
    "two": ({**CARD, "amount": 15_000}, {**CARD, "tender_id": "tnd_2", "capture": "on_dispatch"}),
}
moods = st.sampled_from(["ok", "ok", "decline", "deaf", "lost"])
steps = st.one_of(
    st.tuples(st.just("move"), st.lists(moods, max_size=3)),
    st.tuples(st.just("crash"), st.booleans()),
    st.tuples(st.just("wait"), st.sampled_from([1, 30, 61, 400, 1500])),
    st.tuples(st.just("goodwill"), st.integers(min_value=1, max_value=15_000)),
    st.tuples(st.just("dispatch"), st.just(0)),
    st.tuples(st.just("cancel"), st.just(0)),
)


class Crashed(Exception):
    """The worker died."""


def run(till: Till, what: str, how: Any) -> None:
    header = till.world.header()
    if what == "move":
        till.provider.moods.extend(how)
        till.move()
        till.move()  # the message comes twice
        till.provider.moods.clear()
    elif what == "crash":
        crash(till, after=how)
    elif what == "wait":
        till.world.wait(minutes=how)
        till.watch()
    elif what == "goodwill" and header.is_open:
        till.world.desk.change(ORDER, lambda state, now: goodwill(state, now, how), actor=SYSTEM)
    elif what == "dispatch" and header.released_at and header.is_open:
        till.world.work(FulfilmentState.DISPATCHED)
    elif what == "cancel" and header.is_open and not header.units.dispatched:
        till.cancel()


def goodwill(state: OrderState, now: Any, amount: int) -> Decision | NoChange:
    posting = posted(state, "goodwill", -min(amount, state.header.owed), to_iso(now))
    return Decision("order.changed", with_postings(state.header, (posting,)), records=(posting,))


def crash(till: Till, *, after: bool) -> None:
    """The worker dies at its first commit, before it or behind it."""
    repository, commit = till.world.repository, till.world.repository.commit

    def dying(made: Commit) -> None:
        if after:
            commit(made)
        raise Crashed

    repository.commit = dying  # type: ignore[method-assign, assignment]
    try:
        till.move()
    except Crashed:
        pass
    finally:
        repository.commit = commit  # type: ignore[method-assign]


def check(till: Till) -> None:
    funds, state = till.funds, till.world.state()
    for entry in till.provider.payments.values():
        assert 0 <= entry.refunded <= entry.captured <= entry.authorised
    asked = sum(each.left for each in state.instructions.values() if each.counts and each.movement is Movement.REFUND)
    assert asked <= max(funds.refund_due, asked if _overtaken(till) else 0)
    assert not [each.error for each in state.instructions.values() if each.error == "charge_already_refunded"]
    done = Counter(key.partition(".")[0] for key, answer in till.provider.answers.items() if answer.state == "done")
    assert max(done.values(), default=0) <= 1, "an instruction moves money once"


def _overtaken(till: Till) -> bool:
    """A refund that was begun is not called back when the order's account changes meanwhile."""
    return any(each.state in (InstructionState.SENT, InstructionState.UNKNOWN) for each in till.instructions)


@given(st.sampled_from(sorted(TENDERS)), st.lists(steps, max_size=14))
def test_money_moves_once_and_never_above_what_there_is(tenders: str, todo: list[tuple[str, Any]]) -> None:
    till = Till(*TENDERS[tenders])
    for what, how in todo:
        run(till, what, how)
        check(till)
    for _ in range(12):  # nothing goes wrong any more
        till.move()
        till.world.wait(hours=25)
        till.watch()
        check(till)
    header = till.world.header()
    captured = sum(each.captured for each in till.provider.payments.values())
    refunded = sum(each.refunded for each in till.provider.payments.values())
    assert (header.funds.captured, header.funds.refunded) == (captured, refunded)
    open_ones = [each for each in till.instructions if each.is_open]
    failed = [each for each in till.instructions if each.state is InstructionState.FAILED]
    assert open_ones == []
    if not failed:
        assert header.funds.refund_due == 0
        if header.units.cancelled == header.units.total:
            assert (header.funds.kept, header.funds.promised) == (0, 0)
        elif header.units.dispatched:
            assert header.funds.kept == header.owed
    assert captured <= TOTAL
