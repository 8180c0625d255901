"""The page over HTTP: what a browser asks becomes a visit, and what was seen becomes its answer."""

from __future__ import annotations

from typing import Any

from ordo.kernel.errors import OrdoError
from ordo.runtime.body import parse_json, raw_bytes
from ordo.runtime.observability import logger
from ordo.runtime.pages import MAX_FORM_BYTES, PageAnswer, PageRequest
from ordo.shipments.proof_schemas import UploadView
from ordo.tracking.pages import style
from ordo.tracking.service import PHOTOS, Seen, TrackingService, Visit, problem
from ordo.tracking.words import language_of

UNSUBSCRIBE = "/unsubscribe/{token}"


def answer_visit(event: dict[str, Any], service: TrackingService) -> dict[str, Any]:
    """API Gateway's answer to its event. Whatever fails is told as a page, and logged by the kind of its error only."""
    try:
        request = PageRequest.of(event)
    except OrdoError:  # more than any of our forms sends
        return _answer(problem("refused", _visit(PageRequest.of({**event, "body": None}))))
    try:
        visit = _visit(request, event)
        seen = service.unsubscribe(visit) if event.get("resource") == UNSUBSCRIBE else service.visit(visit)
        return _answer(seen)
    except Exception as error:  # noqa: BLE001  a customer gets a page, whatever happens
        logger.exception("tracking page failed", extra={"error": type(error).__name__})
        return _answer(problem("broken", visit))


def _visit(request: PageRequest, event: dict[str, Any] | None = None) -> Visit:
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
        content_type=_photo_type(event) if event and request.path.get("action") in PHOTOS else "",
    )


def _photo_type(event: dict[str, Any]) -> str:
    """The type of a photo that is about to be uploaded; empty for a body that does not say one."""
    try:
        said = parse_json(raw_bytes(event, MAX_FORM_BYTES))
    except OrdoError:
        return ""
    return str(said.get("content_type", "")) if isinstance(said, dict) else ""


def _answer(seen: Seen) -> dict[str, Any]:
    if seen.upload is not None:
        text = UploadView.of(seen.upload).model_dump_json()
        headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
        return {"statusCode": seen.status, "headers": headers, "body": text, "isBase64Encoded": False}
    again = {"Retry-After": "5"} if seen.problem == "broken" else {}
    sheet = seen.style or style()
    page = PageAnswer(seen.status, seen.html, seen.language, sheet, seen.location, again, seen.scripts, seen.connect)
    return page.as_event()
