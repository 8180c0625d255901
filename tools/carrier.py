"""A carrier, for the demo and tests: it pushes tracking events, signed as the Standard Webhooks specification says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx
from standardwebhooks import Webhook

from ordo.kernel.clock import system_clock, to_iso
from tools.api import Api
from tools.target import Target

CARRIER = "generic"


@dataclass(frozen=True)
class Carrier:
    """One carrier account with its signing secret. It needs no API key."""

    api: Api
    secret: str
    name: str = CARRIER

    def push(self, tracking_number: str, status: str, *, webhook_id: str | None = None, **facts: Any) -> httpx.Response:
        """Tell what happened to a parcel, now."""
        now = system_clock()
        data = {"tracking_number": tracking_number, "status": status, "occurred_at": to_iso(now), **facts}
        return self.send({"type": "tracking.updated", "timestamp": to_iso(now), "data": data}, webhook_id, now)

    def send(self, body: dict[str, Any], webhook_id: str | None, now: datetime) -> httpx.Response:
        """Sign a body and send it; the same `webhook_id` and body again is the same push."""
        text = json.dumps(body, ensure_ascii=False)
        message_id = webhook_id or f"msg_{uuid4().hex}"
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(self.secret).sign(message_id, now, text),
        }
        return self.api.send_raw(f"/v1/carriers/{self.name}/events", text.encode(), headers)


def carrier_secret(there: Target, carrier: str = CARRIER) -> str:
    """The secret that this stack shares with a carrier; reading it needs access to the stack's account."""
    answer = there.aws.secretsmanager.get_secret_value(SecretId=there.name("CarrierSecret"))
    secrets: dict[str, str] = json.loads(answer["SecretString"])
    return secrets[carrier].split()[0]
