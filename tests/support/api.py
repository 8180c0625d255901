"""The API as clients of the world in process see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ordo.catalog.clients import SCOPES


@dataclass(frozen=True)
class Answer:
    """What a client of the API gets. `body` is the JSON, or None."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> str:
        """The problem code of a refusal, else ``."""
        return str(self.body.get("code", "")) if isinstance(self.body, dict) and self.status >= 400 else ""


@dataclass(frozen=True)
class Client:
    """An API client, as the authorizer describes it to the functions."""

    client_id: str = "shop"
    channels: tuple[str, ...] = ("web",)
    scopes: tuple[str, ...] = tuple(sorted(SCOPES))

    def context(self) -> dict[str, str]:
        """The authorizer's context."""
        return {"client_id": self.client_id, "channels": ",".join(self.channels), "scopes": " ".join(self.scopes)}
