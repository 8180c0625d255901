"""SDK clients, made once per container, with their time-outs and tries in this one place.

They are botocore's own, as boto3's are; without boto3's resources and transfers a cold start is shorter by a tenth.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.loaders import Loader

CONFIG = Config(
    connect_timeout=1,
    read_timeout=3,
    retries={"total_max_attempts": 3, "mode": "standard"},
    s3={"addressing_style": "path"},  # names of buckets are no host names on a laptop
    request_checksum_calculation="when_required",  # else bodies travel in chunks, which not every S3 reads
)
"""1 s to connect, 3 s to read, 3 tries. Synchronous workflows have an address of their own on AWS (`sync-states`), so
the host prefix stays on; the embedded cloud switches it off by `AWS_DISABLE_HOST_PREFIX_INJECTION`."""

WORKFLOW_CONFIG = CONFIG.merge(Config(read_timeout=22, retries={"total_max_attempts": 1}))
"""A synchronous workflow may take its whole 20 s, and starting it twice would only do the work twice."""

ONCE_CONFIG = CONFIG.merge(Config(read_timeout=8, retries={"total_max_attempts": 1}))
"""Mails and SMS have no token that tells a repeat: a second try of the SDK could be a second message."""

FILES_CONFIG = CONFIG.merge(Config(signature_version="s3v4"))
"""Forms and links are signed as every region takes it; the SDK's own choice is the old way that newer ones refuse."""

_CONFIGS = {"stepfunctions": WORKFLOW_CONFIG, "s3": FILES_CONFIG, "sesv2": ONCE_CONFIG, "sns": ONCE_CONFIG}

SERVICES = ("dynamodb", "events", "s3", "secretsmanager", "sesv2", "sns", "sqs", "stepfunctions")
"""Every service that Ordo calls."""


class _OwnServices(Loader):
    """Knows the services that Ordo calls; botocore's own looks through the folders of all 400 for each client."""

    def list_available_services(self, type_name: str) -> list[str]:
        return list(SERVICES)


class Sdk(botocore.session.Session):
    """The one session; tests register hooks on its `events` before a client is made."""

    @property
    def events(self) -> Any:
        """The emitter of botocore's hooks."""
        return self.get_component("event_emitter")


@cache
def session() -> Sdk:
    """The session, made once."""
    made = Sdk()
    made.register_component("data_loader", _OwnServices())
    made.set_config_variable("region", os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"))
    return made


@cache
def client(service: str) -> Any:
    """The low-level client of one of `SERVICES`; the same object on every call."""
    return session().create_client(service, config=_CONFIGS.get(service, CONFIG))


def forget() -> None:
    """Drop the session and clients (tests that change region, endpoint or hooks)."""
    client.cache_clear()
    session.cache_clear()
