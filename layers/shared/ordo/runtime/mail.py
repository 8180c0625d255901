"""SES as Ordo uses it: one mail to one address, tried once, since SES has no way to tell a repeat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError

from ordo.runtime.clients import client

_MENDED = ("TooManyRequestsException", "LimitExceededException", "SendingPausedException", "AccountSuspendedException")
_LATER = (*_MENDED, "AccessDeniedException", "MailFromDomainNotVerifiedException", "Throttling", "ThrottlingException")


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the provider said. `id` when it took the message; else `error` is its code, `sure`: nothing went out,
    `later`: it may be taken another time.
    """

    id: str | None = None
    error: str = ""
    sure: bool = True
    later: bool = False


@dataclass(frozen=True, slots=True)
class Mail:
    """`sender` and `to` are addresses, the sender's with a name if one is shown. `tags` come back with bounces."""

    sender: str
    to: str
    subject: str
    text: str
    html: str
    reply_to: str | None = None
    tags: Mapping[str, str] | None = None
    stop: str = ""
    """An address that takes a POST without anything else to stop such mails (RFC 8058); mail readers show a button."""


def send_mail(mail: Mail, configuration: str) -> Attempt:
    """One attempt, by the configuration set that tells of bounces."""
    content: dict[str, Any] = {
        "Subject": {"Data": mail.subject, "Charset": "UTF-8"},
        "Body": {kind: {"Data": text, "Charset": "UTF-8"} for kind, text in (("Text", mail.text), ("Html", mail.html))},
    }
    if mail.stop:
        said = {"List-Unsubscribe": f"<{mail.stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        content["Headers"] = [{"Name": name, "Value": value} for name, value in said.items()]
    request = {
        "FromEmailAddress": mail.sender,
        "Destination": {"ToAddresses": [mail.to]},
        "Content": {"Simple": content},
        "EmailTags": [{"Name": name, "Value": value} for name, value in (mail.tags or {}).items()],
        "ConfigurationSetName": configuration,
        **({"ReplyToAddresses": [mail.reply_to]} if mail.reply_to else {}),
    }
    try:
        return Attempt(id=client("sesv2").send_email(**request)["MessageId"])
    except (ClientError, BotoCoreError) as error:
        return refusal(error, _LATER)


def refusal(error: ClientError | BotoCoreError, later: tuple[str, ...]) -> Attempt:
    """What an error says of an attempt: of a lost answer nothing is sure."""
    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return Attempt(error=code, later=code in later or status >= 500 or status == 429)
    sure = isinstance(error, (ConnectTimeoutError, EndpointConnectionError))
    return Attempt(error=type(error).__name__, sure=sure, later=sure)
