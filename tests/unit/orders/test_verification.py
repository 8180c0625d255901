"""Whatever is done to a stored timeline or its files is found and named; what is untouched never is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ordo.kernel.canonical import canonical_json, sha256_hex
from ordo.orders.timeline import GENESIS, StoredEvent
from ordo.orders.verification import Anchor, verify_anchor, verify_chain, verify_files


@dataclass(frozen=True)
class Chain:
    """A timeline as the tables keep it."""

    events: tuple[StoredEvent, ...]
    head_seq: int
    head_hash: str

    def named(self) -> set[tuple[str, int | None]]:
        """What is found, by kind and number."""
        return {(each.kind, each.seq) for each in verify_chain(self.events, self.head_seq, self.head_hash)}

    def with_event(self, event: StoredEvent) -> Chain:
        """Another event in the place of the one of its number."""
        return replace(self, events=tuple(event if each.seq == event.seq else each for each in self.events))


def chained(facts: list[Any]) -> Chain:
    """A whole chain of events that say these things."""
    events, previous = [], GENESIS
    for seq, fact in enumerate(facts, start=1):
        body = canonical_json({"seq": seq, "prev_hash": previous, "type": "order.changed", "data": fact})
        previous = sha256_hex(body)
        events.append(StoredEvent(seq, body, previous))
    return Chain(tuple(events), len(events), previous)


FACTS = st.dictionaries(st.text(max_size=3), st.integers() | st.text(max_size=5), max_size=2)
CHAINS = st.lists(FACTS, min_size=1, max_size=9).map(chained)


@given(CHAINS)
def test_what_is_untouched_is_never_found(chain: Chain) -> None:
    assert chain.named() == set()
    for event in chain.events:
        anchor = Anchor("ord_1", event.seq, event.hash, "2026-11-22")
        assert verify_anchor(chain.events, anchor) == []


@given(CHAINS, st.data())
def test_any_changed_body_is_named_whether_or_not_its_hash_is_made_anew(chain: Chain, data: st.DataObject) -> None:
    event = data.draw(st.sampled_from(chain.events))
    other = data.draw(st.text(max_size=20) | FACTS.map(canonical_json) | st.just(_renumbered(event)))
    fresh = data.draw(st.booleans())
    changed = StoredEvent(event.seq, other, sha256_hex(other) if fresh else event.hash)
    assert chain.with_event(changed).named() == {("changed", event.seq)}


@given(CHAINS, st.data())
def test_one_changed_byte_is_named(chain: Chain, data: st.DataObject) -> None:
    event = data.draw(st.sampled_from(chain.events))
    place = data.draw(st.integers(0, len(event.body) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda letter: letter != event.body[place]))
    body = event.body[:place] + other + event.body[place + 1 :]
    assert chain.with_event(replace(event, body=body)).named() == {("changed", event.seq)}


@given(CHAINS, st.data())
def test_a_changed_hash_is_named(chain: Chain, data: st.DataObject) -> None:
    event = data.draw(st.sampled_from(chain.events))
    forged = replace(event, hash=data.draw(st.text(max_size=64).filter(lambda text: text != event.hash)))
    assert chain.with_event(forged).named() == {("changed", event.seq)}


@given(CHAINS, st.data())
def test_any_removed_event_is_named(chain: Chain, data: st.DataObject) -> None:
    gone = data.draw(st.integers(1, chain.head_seq))
    left = replace(chain, events=tuple(each for each in chain.events if each.seq != gone))
    kind = "truncated" if gone == chain.head_seq else "removed"
    assert left.named() == {(kind, gone)}


@given(CHAINS, st.data())
def test_any_end_that_is_cut_off_is_named_event_by_event(chain: Chain, data: st.DataObject) -> None:
    kept = data.draw(st.integers(0, chain.head_seq - 1))
    left = replace(chain, events=chain.events[:kept])
    assert left.named() == {("truncated", number) for number in range(kept + 1, chain.head_seq + 1)}


@given(st.lists(FACTS, min_size=2, max_size=9).map(chained), st.data())
def test_any_two_swapped_events_are_both_named(chain: Chain, data: st.DataObject) -> None:
    one, other = data.draw(st.lists(st.sampled_from(chain.events), min_size=2, max_size=2, unique=True))
    both = {one.seq: replace(other, seq=one.seq), other.seq: replace(one, seq=other.seq)}
    swapped = replace(chain, events=tuple(both.get(each.seq, each) for each in chain.events))
    assert swapped.named() == {("swapped", one.seq), ("swapped", other.seq)}


@given(CHAINS, st.data())
def test_an_event_that_is_put_over_another_is_named(chain: Chain, data: st.DataObject) -> None:
    one, other = data.draw(st.sampled_from(chain.events)), data.draw(st.sampled_from(chain.events))
    found = chain.with_event(replace(one, seq=other.seq)).named()
    assert found == (set() if one is other else {("changed", other.seq)})


@given(CHAINS, FACTS, st.integers(1, 3))
def test_any_appended_event_is_named_however_well_it_is_linked(chain: Chain, fact: Any, count: int) -> None:
    longer = chained([each.read()["data"] for each in chain.events] + [fact] * count)
    forged = replace(chain, events=longer.events)
    assert forged.named() == {("appended", chain.head_seq + more) for more in range(1, count + 1)}


@given(CHAINS, FACTS, st.data())
def test_a_chain_that_is_written_anew_with_its_header_is_told_by_the_anchor(
    chain: Chain, fact: Any, data: st.DataObject
) -> None:
    at = data.draw(st.integers(1, chain.head_seq))
    anchor = Anchor("ord_1", at, chain.events[at - 1].hash, "2026-11-22T03:00:00.000Z")
    facts = [each.read()["data"] for each in chain.events]
    place = data.draw(st.integers(0, at - 1))
    forged = chained([*facts[:place], {"forged": str(fact)}, *facts[place + 1 :]])
    assert forged.named() == set()
    assert [each.kind for each in verify_anchor(forged.events, anchor)] == ["rewritten"]
    shorter = chained(facts[: at - 1])
    assert [each.kind for each in verify_anchor(shorter.events, anchor)] == ["truncated"]


FILES = st.dictionaries(st.text(min_size=1, max_size=4), st.tuples(st.integers(1, 9), st.text(min_size=1, max_size=4)))


@given(FILES, st.data())
def test_any_file_that_is_missing_or_replaced_is_named_and_no_other(
    named: dict[str, tuple[int, str]], data: st.DataObject
) -> None:
    kept: dict[str, str | None] = {file_id: sha256 for file_id, (_, sha256) in named.items()}
    assert verify_files(named, kept) == []
    if named:
        victim = data.draw(st.sampled_from(sorted(named)))
        kept[victim] = data.draw(st.none() | st.text(max_size=4).filter(lambda text: text != named[victim][1]))
        (finding,) = verify_files(named, kept)
        kind = "file_missing" if kept[victim] is None else "file_replaced"
        assert (finding.kind, finding.seq, finding.subject) == (kind, named[victim][0], victim)


def test_two_changes_at_once_are_both_named() -> None:
    chain = chained([{}, {}, {}, {}])
    for one, other in ((0, 2), (1, 3)):
        events = list(chain.events)
        for place in (one, other):
            events[place] = replace(events[place], body=events[place].body.replace("changed", "placed"))
        assert replace(chain, events=tuple(events)).named() == {("changed", one + 1), ("changed", other + 1)}


def _renumbered(event: StoredEvent) -> str:
    return canonical_json({**event.read(), "seq": event.seq + 1})
