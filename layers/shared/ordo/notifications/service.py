"""Webhook endpoints: created, changed, rotated and removed by the merchant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlsplit

from ordo.kernel.clock import Clock, to_iso
from ordo.kernel.errors import Conflict, NotFound, OrdoError
from ordo.notifications.addresses import is_address, is_public
from ordo.notifications.model import Endpoint
from ordo.notifications.ports import EndpointStore, StaleEndpoint
from ordo.runtime.retry import with_jitter


@dataclass(frozen=True, slots=True)
class EndpointDraft:
    """What the merchant wants of an endpoint."""

    url: str
    event_types: tuple[str, ...]
    channels: tuple[str, ...]
    state: Literal["active", "disabled"]
    rotate_secret: bool = False


@dataclass(frozen=True, slots=True)
class EndpointService:
    """`new_secret` mints a `whsec_` secret; `wake` asks for the lanes of an enabled endpoint to go on."""

    store: EndpointStore
    clock: Clock
    new_secret: Callable[[], str]
    wake: Callable[[str], None]
    allow_private: bool

    def put(self, endpoint_id: str, draft: EndpointDraft, may_use: Callable[[str], bool]) -> tuple[Endpoint, bool]:
        """Create or replace an endpoint; gives it, and whether its secret is new (and may be shown, this once).

        `may_use` tells the channels of the caller's key. Raises `channel_not_allowed`, `not_found` when the endpoint
        is another's, `invalid_request` for a URL that webhooks cannot go to.
        """
        check_url(draft.url, self.allow_private)
        minted = self.new_secret()
        written, fresh = with_jitter(
            lambda: self._put(endpoint_id, draft, may_use, minted), on=(StaleEndpoint, Conflict)
        )
        if written.active and written.revision > 1:
            self.wake(endpoint_id)
        return written, fresh

    def _put(
        self, endpoint_id: str, draft: EndpointDraft, may_use: Callable[[str], bool], minted: str
    ) -> tuple[Endpoint, bool]:
        held = self.store.get(endpoint_id)
        if held is not None and not visible(held, may_use):
            raise NotFound(f"There is no webhook endpoint {endpoint_id}.")
        if held is not None and held.secret == minted:  # written already, its answer was lost
            return held, True
        now = to_iso(self.clock())
        fresh = held is None or draft.rotate_secret
        wanted = Endpoint(
            endpoint_id=endpoint_id,
            url=draft.url,
            event_types=draft.event_types,
            channels=draft.channels,
            state=draft.state,
            disabled_reason="by_request" if draft.state == "disabled" else None,
            secret=held.secret if held and not fresh else minted,
            created_at=held.created_at if held else now,
            previous_secret=(held.secret if fresh else held.previous_secret) if held else None,
            rotated_at=(now if fresh else held.rotated_at) if held else None,
            revision=held.revision if held else 0,
        )
        if held and held.active and wanted.active and held.url == wanted.url:
            wanted = replace(wanted, failures=held.failures, failing_since=held.failing_since)
        return self.store.put(wanted), fresh

    def get(self, endpoint_id: str, may_use: Callable[[str], bool]) -> Endpoint:
        """The endpoint; raises `not_found`, also for one of channels that the caller's key is not bound to."""
        held = self.store.get(endpoint_id)
        if held is None or not visible(held, may_use):
            raise NotFound(f"There is no webhook endpoint {endpoint_id}.")
        return held

    def delete(self, endpoint_id: str, may_use: Callable[[str], bool]) -> None:
        """Remove it: nothing more is sent, and what waited is forgotten. Raises `not_found`."""
        self.get(endpoint_id, may_use)
        self.store.delete(endpoint_id)


def visible(endpoint: Endpoint, may_use: Callable[[str], bool]) -> bool:
    """Whether a key may see an endpoint: it is bound to all of the endpoint's channels."""
    return all(may_use(channel) for channel in endpoint.channels)


def check_url(url: str, allow_private: bool) -> None:
    """Refuse what a webhook can never be sent to; where a name leads is checked at each delivery."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _bad_url("This is not a URL.") from None
    if parts.scheme != "https" and not (allow_private and parts.scheme == "http"):
        raise _bad_url("The URL must begin with https://.")
    if not host or port == 0 or not url.isascii() or any(sign.isspace() or not sign.isprintable() for sign in url):
        raise _bad_url("The URL must name a host, in ASCII (use the punycode form of international names).")
    if parts.username or parts.password or parts.fragment:
        raise _bad_url("The URL must not hold credentials or a fragment.")
    if not allow_private and (host == "localhost" or (is_address(host) and not is_public(host))):
        raise _bad_url("Webhooks are not delivered to private addresses.")


def _bad_url(detail: str) -> OrdoError:
    return OrdoError(detail, pointer="/url")
