"""How functions come to the messenger: what the stack is set up for, and where things are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from ordo.catalog.channels import ChannelPolicy
from ordo.catalog.documents import Document, Kind
from ordo.catalog.message_terms import MessageTerms, Way
from ordo.kernel.clock import Clock, system_clock
from ordo.messages.consent import Consent
from ordo.messages.repository import DynamoMessageStore
from ordo.orders.contacts import sought
from ordo.runtime.secrets import lookup_hash

if TYPE_CHECKING:
    from ordo.messages.ports import Send as SendMessage
    from ordo.messages.ports import Senders
    from ordo.messages.senders import ByWebhook
    from ordo.messages.service import Messenger
    from ordo.notifications.ports import EndpointStore, Send


class MessageSettings(Protocol):
    """What the environment says. Without `mail_from` no mails go out, without `sms` no SMS."""

    @property
    def orders_table(self) -> str: ...
    @property
    def customers_table(self) -> str: ...
    @property
    def link_secret_id(self) -> str: ...
    @property
    def public_url(self) -> str: ...
    @property
    def mail_from(self) -> str: ...
    @property
    def mail_configuration(self) -> str: ...
    @property
    def sms(self) -> bool: ...
    @property
    def sms_sender_id(self) -> str: ...


class Documents(Protocol):
    """The catalogue, as far as it is asked."""

    def get(self, kind: Kind, document_id: str) -> Document | None: ...


class CachedCatalog(Documents, Protocol):
    """The catalogue with what it keeps for a while."""

    def load_channel(self, channel_id: str, now: datetime) -> ChannelPolicy | None: ...


@dataclass(frozen=True, slots=True)
class StoredCustomers:
    """The `Customers` of production."""

    documents: Documents

    def terms(self, channel: str) -> MessageTerms:
        found = self.documents.get(Kind.CHANNEL, channel)
        return MessageTerms.of(found.body.get("messages") if found else None)

    def profile(self, customer_id: str) -> Mapping[str, Any]:
        found = self.documents.get(Kind.CUSTOMER, customer_id)
        return found.body if found else {}


def messenger(
    settings: MessageSettings, clock: Clock, documents: Documents, endpoints: EndpointStore, webhook: Send
) -> Messenger:
    """The messenger on the tables that the environment names."""
    from ordo.complaints.links import complaint_path
    from ordo.complaints.wiring import complaints_in
    from ordo.messages.senders import ByWebhook
    from ordo.messages.service import Messenger
    from ordo.notifications.events import is_complaint
    from ordo.orders.wiring import order_desk
    from ordo.runtime.observability import count, logger
    from ordo.tracking.wiring import link_keys, stop_path, tracking_path

    orders = order_desk(clock).repository
    of_complaint = complaint_path(link_keys(settings.link_secret_id), clock)
    path, stop = tracking_path(settings.link_secret_id, clock), stop_path(settings.link_secret_id, clock)
    return Messenger(
        orders=orders,
        complaints=complaints_in(settings.orders_table, settings.customers_table),
        customers=StoredCustomers(documents),
        store=DynamoMessageStore(settings.orders_table, settings.customers_table),
        senders=_senders(settings, ByWebhook(endpoints.get, webhook, orders, clock)),
        clock=clock,
        address_hash=_address_hash,
        link=lambda subject, language: (
            f"{settings.public_url}{(of_complaint if is_complaint(subject) else path)(subject)}?lang={language}"
        ),
        stop_link=lambda order_id, language: f"{settings.public_url}{stop(order_id)}?lang={language}",
        alarm=count,
        tell=lambda facts: logger.warning("message not sent", extra=facts),
    )


@dataclass(frozen=True, slots=True)
class CachedCustomers:
    """The same for pages, which are looked at often: the channel as the catalogue keeps it for half a minute."""

    catalog: CachedCatalog
    clock: Clock

    def terms(self, channel: str) -> MessageTerms:
        found = self.catalog.load_channel(channel, self.clock())
        return MessageTerms.of(found.messages if found else None)

    def profile(self, customer_id: str) -> Mapping[str, Any]:
        return StoredCustomers(self.catalog).profile(customer_id)


def consent_of(catalog: CachedCatalog, orders_table: str, customers_table: str, clock: Clock = system_clock) -> Consent:
    """What customers want to be told, for the page on which they say so."""
    store = DynamoMessageStore(orders_table, customers_table)
    return Consent(CachedCustomers(catalog, clock), store, _address_hash, clock)


def _senders(settings: MessageSettings, by_webhook: ByWebhook) -> Senders:
    from ordo.messages.senders import ByEmail, BySms
    from ordo.runtime.mail import send_mail
    from ordo.runtime.sms import send_sms

    ways: dict[Way, SendMessage] = {Way.WEBHOOK: by_webhook}
    if settings.mail_from:
        ways[Way.EMAIL] = ByEmail(settings.mail_from, settings.mail_configuration, send_mail)
    if settings.sms:
        ways[Way.SMS] = BySms(settings.sms_sender_id, send_sms)
    return ways


def _address_hash(way: Way, address: str) -> str:
    """The keyed hash by which an address is known that takes nothing."""
    kept = sought("email", address) if way is Way.EMAIL else address
    return lookup_hash(f"message_{way}", kept)
