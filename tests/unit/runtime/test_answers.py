"""What a function hands to API Gateway."""

from __future__ import annotations

from aws_lambda_powertools.event_handler import Response

from ordo.runtime.http import handle, http_api, no_content
from tests.support.events import api_event
from tests.support.lambdas import lambda_context


def test_an_answer_without_content_has_an_empty_text_as_its_body() -> None:
    app = http_api()

    @app.delete("/v1/things/<name>", status_code=204)
    def remove(name: str) -> Response[None]:
        return no_content()

    event = api_event("DELETE", "/v1/things/one", "/v1/things/{name}", {"name": "one"}, {}, None)
    answer = handle(app, event, lambda_context("things"))
    assert (answer["statusCode"], answer["body"]) == (204, "")
