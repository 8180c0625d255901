"""SNS as Ordo uses it: one SMS to one number, tried once."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from ordo.runtime.clients import client
from ordo.runtime.mail import Attempt, refusal

_LATER = (
    "AuthorizationError",
    "AccessDenied",
    "Throttled",
    "Throttling",
    "ThrottledException",
    "InternalError",
    "KMSThrottlingException",
)


def send_sms(number: str, text: str, sender_id: str) -> Attempt:
    """One attempt. `number` is E.164; `sender_id` is shown where a country allows it, empty for none."""
    attributes = {"AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}}
    if sender_id:
        attributes["AWS.SNS.SMS.SenderID"] = {"DataType": "String", "StringValue": sender_id}
    try:
        answer = client("sns").publish(PhoneNumber=number, Message=text, MessageAttributes=attributes)
    except (ClientError, BotoCoreError) as error:
        return refusal(error, _LATER)
    return Attempt(id=answer["MessageId"])
