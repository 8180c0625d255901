"""HTML at the edge: what a browser sends, and pages that nothing else can be done with but read and press."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from ordo.runtime.body import raw_bytes

MAX_FORM_BYTES, MAX_FIELDS = 16 * 1024, 40


@dataclass(frozen=True, slots=True)
class PageRequest:
    """One request of a browser. Header names are in lower case; of what is sent twice the first counts."""

    method: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    form: Mapping[str, str]

    @staticmethod
    def of(event: dict[str, Any]) -> PageRequest:
        """Read API Gateway's event; raises `body_too_large` for a form above `MAX_FORM_BYTES`."""
        raw = raw_bytes(event, MAX_FORM_BYTES)
        fields = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True)[:MAX_FIELDS] if raw else []
        return PageRequest(
            method=event["httpMethod"],
            path=event.get("pathParameters") or {},
            query=event.get("queryStringParameters") or {},
            headers={name.lower(): str(value) for name, value in (event.get("headers") or {}).items()},
            form=dict(reversed(fields)),
        )

    @property
    def is_own(self) -> bool:
        """Whether a form was sent from a page of this host, as far as the browser tells.

        Our pages send no referrer, so that `Origin` is `null` from them; `Sec-Fetch-Site` is what browsers of this
        decade send. Of one that sends neither only who knows the page's secret address can have made the request.
        """
        site, origin = self.headers.get("sec-fetch-site"), self.headers.get("origin", "null")
        if site is not None:
            return site == "same-origin"
        return origin == "null" or origin.partition("://")[2] == self.headers.get("host")


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """A page, or with `location` the way to one (303, relative to the request's own address)."""

    status: int
    html: str = ""
    language: str = "en"
    style: str = ""
    """The page's one style sheet: the only one that its browser will use."""
    location: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    scripts: tuple[str, ...] = ()
    """The page's scripts, as they stand in it: the only ones that its browser will run."""
    connect: tuple[str, ...] = ()
    """Addresses that the page's scripts may speak to, beside its own host."""
    permissions: str = "camera=(), geolocation=(), microphone=(), payment=()"

    def as_event(self) -> dict[str, Any]:
        """For API Gateway. Nothing is kept, framed, indexed, run or fetched from elsewhere; no address is passed on."""
        headers = {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Language": self.language,
            "Cache-Control": "no-store",
            "Content-Security-Policy": content_policy(self.style, self.scripts, self.connect),
            "Referrer-Policy": "no-referrer",
            "X-Robots-Tag": "noindex, nofollow",
            "X-Content-Type-Options": "nosniff",
            "Strict-Transport-Security": "max-age=31536000",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": self.permissions,
            "Vary": "Accept-Language",
            **self.headers,
        }
        if self.location is not None:
            headers["Location"] = self.location
        return {"statusCode": self.status, "headers": headers, "body": self.html, "isBase64Encoded": False}


def content_policy(style: str, scripts: Sequence[str] = (), connect: Sequence[str] = ()) -> str:
    """A Content-Security-Policy under which a page has one style sheet and its scripts by their hashes, and nothing
    remote but `connect`. A page without scripts can run none.
    """
    run = ""
    if scripts:
        hashes = " ".join(f"'sha256-{_digest(each)}'" for each in scripts)
        reached = " ".join(("'self'", *connect))
        run = f"script-src {hashes}; connect-src {reached}; "
    return (
        f"default-src 'none'; {run}style-src 'sha256-{_digest(style)}'; img-src data:{' blob:' if scripts else ''}; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
