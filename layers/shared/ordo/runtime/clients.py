"""boto3 clients, made once per container, with their time-outs and tries in this one place."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

CONFIG = Config(
    connect_timeout=1,
    read_timeout=3,
    retries={"total_max_attempts": 3, "mode": "standard"},
)
"""1 s to connect, 3 s to read, 3 tries. Synchronous workflows have an address of their own on AWS (`sync-states`), so
the host prefix stays on; the embedded cloud switches it off by `AWS_DISABLE_HOST_PREFIX_INJECTION`."""

WORKFLOW_CONFIG = CONFIG.merge(Config(read_timeout=22, retries={"total_max_attempts": 1}))
"""A synchronous workflow may take its whole 20 s, and starting it twice would only do the work twice."""


@cache
def session() -> Any:
    """The one boto3 session; tests register botocore hooks on its `events` before a client is made."""
    return boto3.Session(region_name=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"))


@cache
def client(service: str) -> Any:
    """The low-level client of an AWS service such as `dynamodb`; the same object on every call."""
    config = WORKFLOW_CONFIG if service == "stepfunctions" else CONFIG
    return session().client(service, config=config)


def forget() -> None:
    """Drop the session and clients (tests that change region, endpoint or hooks)."""
    client.cache_clear()
    session.cache_clear()
