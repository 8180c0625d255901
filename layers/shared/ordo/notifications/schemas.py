"""Webhook endpoints as the API takes and gives them."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, field_validator

from ordo.kernel.frozen import Model
from ordo.notifications.events import EVENT_TYPES
from ordo.notifications.model import ANY, Endpoint
from ordo.notifications.service import EndpointDraft

EndpointId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", max_length=64)]
_Channel = Annotated[str, StringConstraints(pattern=r"^(\*|[A-Za-z0-9][A-Za-z0-9._-]{0,63})$", max_length=64)]
_EventType = Annotated[str, Field(json_schema_extra={"enum": [ANY, *EVENT_TYPES]})]


class EndpointRequest(Model):
    """Where events are to be sent. `*` stands for all types or all channels, also those of later versions."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "url": "https://shop.example/ordo-events",
                "event_types": ["order.placed", "order.cancelled"],
                "channels": ["web"],
            }
        },
    )

    url: str = Field(min_length=9, max_length=2048, description="https, a public host, no credentials, no fragment")
    event_types: list[_EventType] = Field(default=[ANY], min_length=1, max_length=100)
    channels: list[_Channel] = Field(min_length=1, max_length=100)
    state: Literal["active", "disabled"] = Field(default="active", description="`active` also resumes what waited")
    rotate_secret: bool = Field(
        default=False, description="mint a new secret; for 24 hours messages are signed with both"
    )

    @field_validator("event_types")
    @classmethod
    def _known(cls, types: list[str]) -> list[str]:
        unknown = sorted(set(types) - {ANY, *EVENT_TYPES})
        if unknown:
            raise ValueError(f"unknown event types: {', '.join(unknown)}")
        return list(dict.fromkeys(types))

    def draft(self) -> EndpointDraft:
        """The command that the request asks for."""
        channels = tuple(dict.fromkeys(self.channels))
        return EndpointDraft(self.url, tuple(self.event_types), channels, self.state, self.rotate_secret)


class EndpointAnswer(Model):
    """An endpoint. `secret` is there only in the answer that created or rotated it: keep it, it is not shown again."""

    endpoint_id: str
    url: str
    event_types: list[str]
    channels: list[str]
    state: Literal["active", "disabled"]
    disabled_reason: str | None = Field(
        default=None,
        description="`by_request`, `gone` (it answered 410), `exhausted` (a message had all its attempts) "
        "or `failing` (nothing was taken for five days)",
    )
    created_at: str
    rotated_at: str | None = None
    failures: int = Field(description="attempts in a row that failed")
    failing_since: str | None = None
    secret: str | None = Field(default=None, description="`whsec_` and base64, as Standard Webhooks libraries take it")

    @classmethod
    def of(cls, endpoint: Endpoint, *, show_secret: bool = False) -> Self:
        """The endpoint as it is shown."""
        return cls(
            endpoint_id=endpoint.endpoint_id,
            url=endpoint.url,
            event_types=list(endpoint.event_types),
            channels=list(endpoint.channels),
            state=endpoint.state,
            disabled_reason=endpoint.disabled_reason,
            created_at=endpoint.created_at,
            rotated_at=endpoint.rotated_at,
            failures=endpoint.failures,
            failing_since=endpoint.failing_since,
            secret=endpoint.secret if show_secret else None,
        )
