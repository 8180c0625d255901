"""What a function hands to API Gateway."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_lambda_powertools.event_handler import Response

from ordo.runtime import http
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


def told(text: str) -> dict[str, Any]:
    app = http_api()

    @app.get("/v1/things")
    def things() -> dict[str, str]:
        return {"things": text}

    return handle(app, api_event("GET", "/v1/things", "/v1/things", {}, {}, None), lambda_context("things"))


def test_an_answer_that_lambda_cannot_hand_over_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_ANSWER_BYTES", 1_000)
    answer = told("x" * 1_000)
    problem = json.loads(answer["body"])
    assert (answer["statusCode"], problem["code"]) == (413, "body_too_large")
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    assert problem["facts"] == {"limit_bytes": 1_000, "bytes": 1_000 + len('"{\\"things\\":\\"\\"}"')}


@pytest.mark.parametrize("letter", ["x", '"', "\\", "好", "\u0001", "😀"])
def test_what_is_counted_is_what_lambda_sends(letter: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = told(letter * 500)
    size = len(json.dumps(sent["body"], ensure_ascii=False).encode())
    monkeypatch.setattr(http, "MAX_ANSWER_BYTES", size)
    assert told(letter * 500)["statusCode"] == 200
    monkeypatch.setattr(http, "MAX_ANSWER_BYTES", size - 1)
    assert told(letter * 500)["statusCode"] == 413
