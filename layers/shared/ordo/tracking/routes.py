"""The page over HTTP: what a browser asks becomes a visit, and what was seen becomes its answer."""

from __future__ import annotations

from typing import Any

from ordo.kernel.errors import OrdoError
from ordo.runtime.observability import logger
from ordo.runtime.pages import PageAnswer, PageRequest
from ordo.tracking.pages import style
from ordo.tracking.service import Seen, TrackingService, Visit, problem
from ordo.tracking.words import language_of


def answer_visit(event: dict[str, Any], service: TrackingService) -> dict[str, Any]:
    """API Gateway's answer to its event. Whatever fails is told as a page, and logged by the kind of its error only."""
    try:
        request = PageRequest.of(event)
    except OrdoError:  # more than any of our forms sends
        return _answer(problem("refused", _visit(PageRequest.of({**event, "body": None}))))
    visit = _visit(request)
    try:
        return _answer(service.visit(visit))
    except Exception as error:  # noqa: BLE001  a customer gets a page, whatever happens
        logger.exception("tracking page failed", extra={"error": type(error).__name__})
        return _answer(problem("broken", visit))


def _visit(request: PageRequest) -> Visit:
    asked = request.query.get("lang")
    language = language_of(asked, request.headers.get("accept-language"))
    return Visit(
        token=request.path.get("token", ""),
        language=language,
        asked=language if asked == language else None,
        action=request.path.get("action"),
        pressed=request.method == "POST",
        own=request.is_own,
        notice=request.query.get("notice"),
        form=dict(request.form),
    )


def _answer(seen: Seen) -> dict[str, Any]:
    again = {"Retry-After": "5"} if seen.problem == "broken" else {}
    page = PageAnswer(seen.status, seen.html, seen.language, style(), seen.location, again)
    return page.as_event()
