"""HTTP at the edge: the resolver, problem+json (RFC 9457), and who is calling."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Body as Body  # noqa: PLC0414  (see Path)
from aws_lambda_powertools.event_handler.openapi.params import Path as Path  # noqa: PLC0414  for routes of contexts, which do not
from aws_lambda_powertools.event_handler.openapi.params import Query as Query  # noqa: PLC0414  import Powertools
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel, StringConstraints

from ordo.kernel.errors import Code, NotFound, OrdoError
from ordo.kernel.frozen import Model
from ordo.runtime.body import MAX_ANSWER_BYTES, MAX_BODY_BYTES, parse_json, raw_bytes
from ordo.runtime.dynamo import Conflict
from ordo.runtime.observability import logger

HttpApi = APIGatewayRestResolver
"""What `http_api` makes, for modules that add their routes to one."""

PROBLEM_JSON = "application/problem+json"
_AS_SENT = "ordo_body"
"""Where an event keeps the bytes that were sent, for routes that take them as they are."""
IdempotencyKey = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[!-~]+$")]
"""What a client may send as Idempotency-Key: printable ASCII without spaces."""
_CODES = {member.code for member in Code}


class FieldProblem(Model):
    """One thing that is wrong, where (a JSON pointer into the body) and as which code."""

    code: str
    detail: str
    pointer: str | None = None
    parameter: str | None = None


class Problem(Model):
    """RFC 9457 problem details; branch on `code`, never on texts."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    pointer: str | None = None
    facts: dict[str, Any] | None = None
    errors: list[FieldProblem] | None = None


def problems(*statuses: int, good: int = 200) -> dict[int, Any]:
    """OpenAPI responses: `good` with what the handler returns, and the problems that the route can give, no others.

    A contract test reaches each of them. Failures of ours (500, 503) can happen to every route.
    """
    right: dict[str, Any] = {"description": HTTPStatus(good).phrase}
    if good == HTTPStatus.NO_CONTENT:
        right["content"] = {}
    return {good: right} | {
        status: {"description": HTTPStatus(status).phrase, "content": {PROBLEM_JSON: {"model": Problem}}}
        for status in sorted({*statuses, 500, 503})
    }


def keyed(*statuses: int, good: int = 200) -> dict[int, Any]:
    """`problems` of a route that needs an API key with a scope."""
    return problems(401, 403, *statuses, good=good)


def answer(status: int, model: type[BaseModel], description: str) -> dict[int, Any]:
    """A second good answer of a route, for its OpenAPI responses."""
    return {status: {"description": description, "content": {"application/json": {"model": model}}}}


@dataclass(frozen=True, slots=True)
class Caller:
    """The API client behind a request, as the authorizer found it."""

    client_id: str
    channels: frozenset[str]
    scopes: frozenset[str]

    def may_use(self, channel: str) -> bool:
        """Whether the key is bound to the channel (`*`: to all)."""
        return channel in self.channels or "*" in self.channels

    def require_channel(self, channel: str, pointer: str = "/channel") -> None:
        """Raise `channel_not_allowed` unless the key is bound to the channel."""
        if not self.may_use(channel):
            raise OrdoError(
                f"This key is not bound to channel {channel!r}.", code=Code.CHANNEL_NOT_ALLOWED, pointer=pointer
            )

    def require_scope(self, scope: str) -> None:
        """Raise `missing_scope`, naming it, unless the key has the scope."""
        if scope not in self.scopes:
            raise OrdoError(f"This needs the scope {scope!r}.", code=Code.MISSING_SCOPE, facts={"scope": scope})


def problem_body(error: OrdoError, errors: Sequence[FieldProblem] = ()) -> dict[str, Any]:
    """The problem document of a refusal."""
    told = [FieldProblem(code=each.code.code, detail=each.detail, pointer=each.pointer) for each in error.errors]
    problem = Problem(
        type=f"urn:ordo:problem:{error.code.code}",
        title=error.code.title,
        status=error.code.status,
        code=error.code.code,
        detail=error.detail,
        pointer=error.pointer,
        facts=error.facts or None,
        errors=list(errors) or told or None,
    )
    return problem.model_dump(exclude_none=True)


def _answer(error: OrdoError, errors: Sequence[FieldProblem] = ()) -> Response[str]:
    headers: dict[str, str | list[str]] = {}
    if error.code.status == 503:
        headers["Retry-After"] = str(error.retry_after_s or 2)
    body = json.dumps(problem_body(error, errors), ensure_ascii=False)
    return Response(status_code=error.code.status, content_type=PROBLEM_JSON, body=body, headers=headers)


def http_api() -> APIGatewayRestResolver:
    """A resolver with validation whose every refusal is problem+json; use `handle` as the Lambda's entry."""
    app = APIGatewayRestResolver(enable_validation=True)

    app.exception_handler(OrdoError)(_answer)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(NotFoundError)(lambda _: _answer(NotFound("There is no such route.")))
    app.exception_handler(Exception)(_broken)
    return app


def no_content() -> Response[None]:
    """204, without a body."""
    return Response(204)


def handle(
    app: APIGatewayRestResolver,
    event: dict[str, Any],
    context: Any,
    *,
    limit: int = MAX_BODY_BYTES,
    as_sent: str | None = None,
) -> dict[str, Any]:
    """Decode the body once and check its limits, then resolve; the body then is plain text for the resolver.

    An answer that Lambda cannot hand over becomes `body_too_large`. Routes that begin with `as_sent` take any bytes,
    and get them by `sent_bytes`.
    """
    try:
        raw = raw_bytes(event, limit)
        if as_sent and str(event.get("resource")).startswith(as_sent):
            event = {**event, "body": None, "isBase64Encoded": False, _AS_SENT: raw}
        elif raw:
            parse_json(raw)
            headers = {**(event.get("headers") or {}), "content-type": "application/json"}
            event = {**event, "body": raw.decode(), "isBase64Encoded": False, "headers": headers}
    except OrdoError as error:
        return _early(_answer(error))
    except Exception as error:  # noqa: BLE001  a failing check is told as any other failure
        return _early(_broken(error))
    answer = app.resolve(event, context)
    body = answer.get("body") or ""  # no gateway but AWS's takes null for no content
    size = _answer_bytes(body)
    return _early(_answer(_too_long(size))) if size > MAX_ANSWER_BYTES else {**answer, "body": body}


def sent_bytes(app: APIGatewayRestResolver) -> bytes:
    """The body of the present request as it was sent, of a route that `handle` was told to leave alone."""
    raw: bytes = app.current_event.raw_event[_AS_SENT]
    return raw


def _answer_bytes(body: str) -> int:
    """What Lambda makes of the body: a text in JSON, with quotes escaped."""
    if len(body) < MAX_ANSWER_BYTES // 6:  # however it is escaped
        return len(body)
    return len(json.dumps(body, ensure_ascii=False).encode())


def _too_long(size: int) -> OrdoError:
    """Told instead of the gateway's 502 for what Lambda does not hand over."""
    return OrdoError(
        "The answer is too long to be sent; ask for less at once. What the request changed, if anything, is done.",
        code=Code.BODY_TOO_LARGE,
        facts={"limit_bytes": MAX_ANSWER_BYTES, "bytes": size},
    )


def _early(answer: Response[str]) -> dict[str, Any]:
    return {
        "statusCode": answer.status_code,
        "headers": {"Content-Type": PROBLEM_JSON, **answer.headers},
        "body": answer.body,
        "isBase64Encoded": False,
    }


def require_scope(app: APIGatewayRestResolver, scope: str) -> Caller:
    """The caller, who must have `scope`; raises `missing_scope` naming it."""
    found = caller(app)
    found.require_scope(scope)
    return found


def caller(app: APIGatewayRestResolver) -> Caller:
    """The caller as `authorize_client` described it in the request context."""
    context: Mapping[str, Any] = app.current_event.raw_event["requestContext"].get("authorizer") or {}
    if not context.get("client_id"):
        raise OrdoError("No API client was recognised.", code=Code.UNAUTHENTICATED)
    return Caller(
        client_id=str(context["client_id"]),
        channels=frozenset(str(context.get("channels", "")).split(",")) - {""},
        scopes=frozenset(str(context.get("scopes", "")).split()),
    )


def _invalid(error: RequestValidationError) -> Response[str]:
    found = [_field_problem(entry) for entry in error.errors()]
    first = found[0]
    refusal = OrdoError(first.detail, code=Code.of(first.code), pointer=first.pointer)
    return _answer(refusal, found)


def _field_problem(entry: Mapping[str, Any]) -> FieldProblem:
    where, *path = entry["loc"]
    kind = str(entry["type"])
    code = _code_of(kind, where, path)
    if code == Code.IDEMPOTENCY_KEY_MISSING.code:
        detail = "Send an Idempotency-Key header: a new one for each new thing, the same one to ask again."
        return FieldProblem(code=code, detail=detail, parameter="Idempotency-Key")
    if where != "body":
        return FieldProblem(code=code, detail=str(entry["msg"]), parameter=str(path[0]) if path else str(where))
    pointer = "".join(f"/{_escape(str(part))}" for part in path if part != "[key]")  # pydantic's word for a wrong key
    return FieldProblem(code=code, detail=str(entry["msg"]), pointer=pointer)


def _code_of(kind: str, where: str, path: Sequence[Any]) -> str:
    """A pydantic error type that is one of our codes stands for itself; a missing key header has its own code."""
    if where == "header" and kind == "missing" and str(path[0]).lower() == "idempotency-key":
        return Code.IDEMPOTENCY_KEY_MISSING.code
    return kind if kind in _CODES else Code.INVALID_REQUEST.code


def _escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


def _broken(error: Exception) -> Response[str]:
    """Ours or AWS's failure: say so without a word about the inside, and let the caller try again."""
    logger.exception("unhandled", extra={"error": type(error).__name__})
    if isinstance(error, (ClientError, BotoCoreError, Conflict)):
        return _answer(OrdoError("A service Ordo needs did not answer.", code=Code.UNAVAILABLE, retry_after_s=2))
    return _answer(OrdoError("An unexpected failure; it was logged.", code=Code.INTERNAL))
