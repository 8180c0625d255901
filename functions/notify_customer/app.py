"""The CustomerMessages queue to customers: events of the bus, messages that are due, and bounces of mails."""

from __future__ import annotations

from typing import Any, NamedTuple

from ordo.catalog.repository import DynamoCatalogRepository
from ordo.kernel.clock import Clock, system_clock
from ordo.messages.inbox import work_off
from ordo.messages.wiring import messenger
from ordo.notifications.repository import DynamoEndpointStore
from ordo.notifications.sender import WebhookSender
from ordo.runtime.observability import logger
from ordo.runtime.settings import load_settings


class Settings(NamedTuple):
    """What this function needs of its environment. Without `mail_from` no mails go out, without `sms` no SMS."""

    orders_table: str
    catalog_table: str
    customers_table: str
    secret_id: str
    link_secret_id: str
    public_url: str
    mail_configuration: str
    mail_from: str = ""
    sms: bool = False
    sms_sender_id: str = ""
    allow_private_webhooks: bool = False


settings = load_settings(Settings)
clock: Clock = system_clock
catalog = DynamoCatalogRepository(settings.catalog_table, settings.customers_table)
endpoints = DynamoEndpointStore(settings.catalog_table)
sender = WebhookSender(
    clock, settings.allow_private_webhooks, tell=lambda facts: logger.warning("webhook not delivered", extra=facts)
)


def failed(message_id: str, error: Exception) -> None:
    """Log a message that is brought again."""
    facts = {"subject": message_id, "error": type(error).__name__}
    logger.exception("customer message failed", exc_info=error, extra=facts)


def lambda_handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Lambda's entry."""
    again = work_off(event["Records"], messenger(settings, clock, catalog, endpoints, sender), failed)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in again]}
