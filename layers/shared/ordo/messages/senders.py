"""The ways that messages go out, each as one attempt with a result that says what may be done next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ordo.catalog.message_terms import MessageTerms
from ordo.kernel.clock import Clock, to_iso
from ordo.messages.model import MessageKey
from ordo.messages.ports import Result, Written
from ordo.notifications.events import Message
from ordo.notifications.model import Endpoint
from ordo.notifications.ports import Send as SendWebhook
from ordo.orders.ports import OrderRepository
from ordo.runtime.mail import Attempt, Mail

_DEAD_NUMBER = ("OptedOut", "OptedOutException", "InvalidParameter", "InvalidParameterException")
EVENT_TYPE = "customer.message"


@dataclass(frozen=True, slots=True)
class ByEmail:
    """`sender` is an address that SES may send from; `send` is `ordo.runtime.mail.send_mail`."""

    sender: str
    configuration: str
    send: Callable[[Mail, str], Attempt]

    def __call__(self, key: MessageKey, address: str, written: Written, terms: MessageTerms) -> Result:
        name = terms.sender.get(written.language, "")
        sender = f'"{name}" <{self.sender}>' if name else self.sender
        tags = {"order": key.order_id, "message": key.text.replace(".", "-")}
        mail = Mail(sender, address, written.title, written.text, written.html, terms.reply_to, tags, written.stop)
        return _result(self.send(mail, self.configuration))


@dataclass(frozen=True, slots=True)
class BySms:
    """`send` is `ordo.runtime.sms.send_sms`."""

    sender_id: str
    send: Callable[[str, str, str], Attempt]

    def __call__(self, _key: MessageKey, address: str, written: Written, _terms: MessageTerms) -> Result:
        attempt = self.send(address, written.short, self.sender_id)
        return _result(attempt, dead=attempt.error in _DEAD_NUMBER)


@dataclass(frozen=True, slots=True)
class ByWebhook:
    """To an endpoint of the merchant, signed as every webhook. Receivers know a repeat by its id, so no answer is a
    failure like others, and tried again.
    """

    endpoint: Callable[[str], Endpoint | None]
    send: SendWebhook
    orders: OrderRepository
    clock: Clock

    def __call__(self, key: MessageKey, address: str, written: Written, _terms: MessageTerms) -> Result:
        endpoint = self.endpoint(address)
        if endpoint is None or not endpoint.active:
            return Result("again", "no_endpoint")
        header = self.orders.load(key.order_id).header
        words = {"language": written.language, "title": written.title, "text": written.text, "short": written.short}
        message = Message(
            id=key.message_id,
            type=EVENT_TYPE,
            timestamp=to_iso(self.clock()),
            seq=key.seq or header.seq,
            order_id=key.order_id,
            external_id=header.external_id,
            channel=header.channel,
            status=header.status,
            payment_status=header.payment_status,
            data={"kind": str(key.kind), **words, "link": written.link, "customer_id": header.customer_id},
        )
        outcome = self.send(endpoint, message)
        if outcome.delivered:
            return Result("sent", provider_id=endpoint.endpoint_id)
        return Result("never" if outcome.gone else "again", outcome.reason)


def _result(attempt: Attempt, *, dead: bool = False) -> Result:
    if attempt.id is not None:
        return Result("sent", provider_id=attempt.id)
    if not attempt.sure:
        return Result("unknown", attempt.error)
    return Result("again" if attempt.later else "never", attempt.error, dead=dead and not attempt.later)
