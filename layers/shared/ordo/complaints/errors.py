"""What can go wrong between deciding about a complaint and writing it."""

from __future__ import annotations

from ordo.kernel.errors import Code, NotFound, OrdoError


class ComplaintNotFound(NotFound):
    """No such complaint, or not one of the caller's channels: both look the same."""

    def __init__(self, complaint_id: str) -> None:
        super().__init__(f"There is no complaint {complaint_id}.")


class ComplaintMoved(OrdoError):
    """The caller decided on a version that is no longer the present one."""

    code = Code.VERSION_CONFLICT

    def __init__(self, expected: int, actual: int) -> None:
        super().__init__(
            f"The complaint is at version {actual}, not {expected}.",
            pointer="/version",
            facts={"expected": expected, "version": actual},
        )


class StaleComplaint(Exception):
    """Another commit moved the complaint between reading and writing; read again and decide again."""
