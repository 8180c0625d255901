"""Idempotency keys of commands on an order: one key, one body, one answer, however often it is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from ordo.kernel.canonical import sha256_hex
from ordo.kernel.errors import Code, OrdoError
from ordo.orders.decision import Claim, ClaimKind
from ordo.orders.errors import ClaimTaken, OrderNotFound

AnswerT = TypeVar("AnswerT")


@dataclass(frozen=True, slots=True)
class CommandKey:
    """A client's key for one command on one order. `body_hash` also covers the route, so that none can be mistaken."""

    client_id: str
    key: str
    order_id: str
    body_hash: str

    @staticmethod
    def of(client_id: str, key: str, operation: str, order_id: str, body_hash: str) -> CommandKey:
        """The key of `operation` with a body of this hash."""
        return CommandKey(client_id, key, order_id, sha256_hex(f"{operation}#{order_id}#{body_hash}"))

    def claim(self, **facts: Any) -> Claim:
        """The claim that the command's own commit writes, with what its answer is rebuilt from."""
        held = {"order_id": self.order_id, "body_hash": self.body_hash, **facts}
        return Claim("idem", (self.client_id, self.key), held)


class Claims(Protocol):
    """Where keys are kept: the repository of orders, or of complaints."""

    def claim(self, kind: ClaimKind, parts: tuple[str, ...]) -> dict[str, Any] | None:
        """What the holder of a claim stored, or None."""
        ...


def once(
    repository: Claims,
    key: CommandKey,
    command: Callable[[], AnswerT],
    replay: Callable[[dict[str, Any]], AnswerT],
) -> AnswerT:
    """Run the command, or give its first answer again.

    The key's record is read before any refusal is told, since the order may have moved on after the first answer was
    lost; so the usual case costs no read. Raises `idempotency_key_reused` when the key belongs to another request.
    """
    try:
        return command()
    except ClaimTaken as taken:
        return _again(key, taken.held, replay)
    except OrderNotFound:
        raise
    except OrdoError:
        held = repository.claim("idem", (key.client_id, key.key))
        if held is None or held["body_hash"] != key.body_hash:
            raise
        return replay(held)


def _again(key: CommandKey, held: dict[str, Any], replay: Callable[[dict[str, Any]], AnswerT]) -> AnswerT:
    if held["body_hash"] != key.body_hash:
        raise OrdoError(
            "This Idempotency-Key belongs to another request.",
            code=Code.IDEMPOTENCY_KEY_REUSED,
            facts={"order_id": held["order_id"]},
        )
    return replay(held)
