"""Exceptions that carry stored items keep them out of their texts: a traceback goes to the log (law 9)."""

from __future__ import annotations

import traceback

import pytest
from pydantic import BaseModel, ValidationError

from ordo.catalog.schemas import CustomerDocument
from ordo.orders.change_schemas import ChangeRequest
from ordo.orders.errors import ClaimTaken
from ordo.orders.schemas import PlaceOrderRequest
from ordo.runtime.dynamo import TransactionRefused
from ordo.runtime.retry import with_jitter
from ordo.shipments.carrier_events import CarrierEvent
from ordo.shipments.schemas import TrackingPush

PROFILE = {"pk": "customer#c-1", "body": '{"name": "示例顾客", "phone": "+8613800000000"}'}


@pytest.mark.parametrize("refused", [TransactionRefused({1: PROFILE}), ClaimTaken("idem", PROFILE)])
def test_what_breaks_while_a_refused_write_is_tried_again_logs_nothing_of_the_item(refused: Exception) -> None:
    answers: list[Exception] = [refused, RuntimeError("out of reach")]

    def attempt() -> None:
        raise answers.pop(0)

    with pytest.raises(RuntimeError) as broken:
        with_jitter(attempt, on=(type(refused),), sleep=lambda _: None)
    text = "".join(traceback.format_exception(broken.value))
    assert "out of reach" in text
    assert "示例顾客" not in text
    assert "13800000000" not in text


def test_the_text_still_says_which_writes_were_refused() -> None:
    assert "1, 3" in str(TransactionRefused({3: None, 1: PROFILE}))
    assert "idem" in str(ClaimTaken("idem", PROFILE))


@pytest.mark.parametrize("model", [PlaceOrderRequest, ChangeRequest, CustomerDocument, TrackingPush, CarrierEvent])
def test_a_model_that_does_not_fit_says_where_and_not_what(model: type[BaseModel]) -> None:
    secret = {"name": "示例顾客", "phone": "+8613800000000"}
    given = dict.fromkeys(model.model_fields, secret) | {"unknown": secret}
    with pytest.raises(ValidationError) as wrong:
        model.model_validate(given)
    assert "示例顾客" not in str(wrong.value)
    assert "13800000000" not in str(wrong.value)
