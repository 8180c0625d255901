"""What the API itself says: its refusals are problem+json with our codes, and every route is stated and guarded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ordo.kernel.errors import Code
from tools.checks.estate import Estate, Finding

SIGNING = frozenset({"/sign/{token}", "/sign/{token}/uploads", "/sign/{token}/proof"})
COMPLAINTS = frozenset({"/complain/{token}", "/complaints/{token}", "/complaints/{token}/{action}"})
PAGES = frozenset({"/track/{token}", "/track/{token}/{action}", "/unsubscribe/{token}"}) | SIGNING | COMPLAINTS
"""What people open in a browser, and what these pages send: outside /v1, since it is no part of the API's contract."""
OPEN_ROUTES = frozenset({"/v1/carriers/{carrier}/events", "/v1/payments/{provider}/events"}) | PAGES
"""Routes without an API key: what comes in is verified by its own signature."""
EXPECTED = frozenset(
    {
        "DEFAULT_4XX",
        "DEFAULT_5XX",
        "UNAUTHORIZED",
        "ACCESS_DENIED",
        "AUTHORIZER_FAILURE",
        "MISSING_AUTHENTICATION_TOKEN",
        "RESOURCE_NOT_FOUND",
        "REQUEST_TOO_LARGE",
        "THROTTLED",
        "INTEGRATION_FAILURE",
        "INTEGRATION_TIMEOUT",
    }
)
"""Responses of API Gateway that a client of this API can get."""


def gateway_refusals_are_problems(estate: Estate) -> Iterator[Finding]:
    """Each is problem+json whose code, status and title are a member of the closed set."""
    for place, api in estate.of_type("AWS::ApiGateway::RestApi"):
        responses = api["Properties"]["Body"].get("x-amazon-apigateway-gateway-responses", {})
        for kind in sorted(EXPECTED - responses.keys()):
            yield Finding(place[1], f"has no gateway response for {kind}")
        for kind, response in responses.items():
            yield from (Finding(f"{place[1]}.{kind}", text) for text in _problem_faults(response))


def _problem_faults(response: dict[str, Any]) -> Iterator[str]:
    parameters = response.get("responseParameters", {})
    if parameters.get("gatewayresponse.header.Content-Type") != "'application/problem+json'":
        yield "is not application/problem+json"
    try:
        body = json.loads(response.get("responseTemplates", {}).get("application/json", ""))
        code = Code.of(body["code"])
    except (ValueError, KeyError):
        yield "has no body with a code of the closed set"
        return
    if str(response.get("statusCode")) != str(code.status):
        yield f"answers {response.get('statusCode')}, but {code.code} is {code.status}"
    wanted = {"type": f"urn:ordo:problem:{code.code}", "title": code.title, "status": code.status, "code": code.code}
    if {key: body.get(key) for key in wanted} != wanted or not body.get("detail"):
        yield f"does not say what {code.code} says elsewhere"
    if code.status == 503 and "gatewayresponse.header.Retry-After" not in parameters:
        yield "does not say when to try again (Retry-After)"


def routes_are_stated_and_guarded(estate: Estate) -> Iterator[Finding]:
    """Every method is named, under /v1, and needs an API key unless it is verified otherwise."""
    for _, api in estate.of_type("AWS::ApiGateway::RestApi"):
        if api["Properties"].get("BinaryMediaTypes") != ["*/*"]:
            yield Finding("API", "does not pass bodies as the bytes that were sent (BinaryMediaTypes)")
        for path, methods in api["Properties"]["Body"]["paths"].items():
            if not path.startswith("/v1/") and path not in PAGES:
                yield Finding(path, "is outside /v1")
            for method, operation in methods.items():
                guarded = any("ApiKey" in scheme for scheme in operation.get("security", []))
                if method not in {"get", "put", "post", "delete", "patch"}:
                    yield Finding(path, f"does not state its method ({method})")
                elif guarded == (path in OPEN_ROUTES):
                    yield Finding(path, "is open to everyone" if not guarded else "needs a key that its callers lack")
