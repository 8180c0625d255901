"""Request headers as handlers declare them, so that they stand in the OpenAPI document."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Header

from ordo.runtime.http import IdempotencyKey

KeyHeader = Annotated[IdempotencyKey, Header(alias="Idempotency-Key")]
"""Required on POSTs that create; missing, it is refused as `idempotency_key_missing`."""
