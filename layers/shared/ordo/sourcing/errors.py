"""What sourcing refuses."""

from __future__ import annotations

from ordo.kernel.errors import Code, OrdoError
from ordo.sourcing.model import NoPlan

_DETAILS = {
    "no_node_serves_channel": "No active node serves this channel.",
    "short": "The nodes have changed since stock was checked.",
    "max_fulfilments": "The order would need more fulfilments than the channel allows.",
    "no_order_split": "No single node has the whole order.",
    "ship_together": "No single node has all that must ship together.",
    "no_line_split": "No single node has the whole of a line.",
    "max_distance": "Nodes that have it are too far away.",
    "preferred": "The preferred nodes do not have it.",
    "closed": "Nodes that have it are closed.",
    "capability": "Nodes that have it cannot do what it requires.",
    "capacity": "Nodes that have it can take no more work.",
}
NODES_NAMED = 20


class NoNode(OrdoError):
    """No combination of nodes fulfils the order within the channel's policy; the facts say what removed each node."""

    code = Code.NO_NODE

    def __init__(self, none: NoPlan) -> None:
        candidates = [candidate.to_dict() for candidate in none.candidates[:NODES_NAMED]]
        super().__init__(_DETAILS[none.reason], facts={"reason": none.reason, **none.facts, "candidates": candidates})
