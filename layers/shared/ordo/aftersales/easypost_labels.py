"""The `Labels` of EasyPost: a return shipment bought in one call, and a pickup where one is wanted.

https://docs.easypost.com/docs/shipments . A shipment is found again by its reference, so that a call whose answer was
lost is not paid for twice. `is_return` turns the two addresses round.
"""

from __future__ import annotations

import base64
import http.client
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote, urlsplit

from ordo.aftersales.labels import Label, LabelRefused, LabelUnavailable, LabelWanted
from ordo.kernel.clock import to_iso
from ordo.kernel.errors import UnknownCurrency
from ordo.kernel.money import minor_digits, round_half_up
from ordo.runtime.calls import ends_within

ADDRESS = "https://api.easypost.com"
TIMEOUT_S = 5.0
"""For one call as a whole; a label with a pickup takes four."""
MAX_ANSWER = 256 * 1024
GRAMS_OF_OUNCE = Decimal("28.349523125")
PICKUP_WINDOW = timedelta(hours=48)
_LATER = (408, 425, 429)
_CODE = re.compile(r"^[A-Za-z0-9_.\-]{1,80}$")


@dataclass(frozen=True, slots=True)
class EasyPostLabels:
    """An account with EasyPost: its API key, the carrier account there, and the service that is bought."""

    key: str
    carrier_account: str
    service: str
    address: str = ADDRESS
    timeout_s: float = TIMEOUT_S

    def order(self, wanted: LabelWanted) -> Label:
        """As the port says."""
        shipment = self._known(wanted.reference) or self._bought(wanted)
        if wanted.pickup_from is not None:
            self._fetched(wanted, str(shipment.get("id")))
        return _label(shipment)

    def _known(self, reference: str) -> dict[str, Any] | None:
        """The shipment of an earlier call, when it was bought."""
        status, answer = self._call("GET", f"/v2/shipments/{quote(reference, safe='')}")
        if status == http.client.NOT_FOUND:
            return None
        _require_good(status, answer)
        return answer if answer.get("tracking_code") else None

    def _bought(self, wanted: LabelWanted) -> dict[str, Any]:
        shipment = {
            "reference": wanted.reference,
            "is_return": True,
            "to_address": _address(wanted.customer),
            "from_address": _address(wanted.merchant),
            "parcel": {"weight": str(_ounces(wanted.weight_g))},
            "carrier_accounts": [self.carrier_account],
            "service": self.service,
        }
        status, answer = self._call("POST", "/v2/shipments", {"shipment": shipment})
        _require_good(status, answer)
        return answer

    def _fetched(self, wanted: LabelWanted, shipment_id: str) -> None:
        """Have the parcel fetched within two days; a pickup of this reference that was bought is enough."""
        if wanted.pickup_from is None:
            return
        pickup = {
            "reference": wanted.reference,
            "shipment": {"id": shipment_id},
            "address": _address(wanted.customer),
            "min_datetime": to_iso(wanted.pickup_from),
            "max_datetime": to_iso(wanted.pickup_from + PICKUP_WINDOW),
            "is_account_address": False,
        }
        status, answer = self._call("POST", "/v2/pickups", {"pickup": pickup})
        _require_good(status, answer)
        rates = answer.get("pickup_rates") or ()
        if answer.get("status") == "scheduled":
            return
        if not rates:
            raise LabelRefused("no_pickup")
        rate = {"carrier": rates[0].get("carrier"), "service": rates[0].get("service")}
        _require_good(*self._call("POST", f"/v2/pickups/{quote(str(answer.get('id')), safe='')}/buy", rate))

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        """Status and answer, within the time for the whole. Redirects are not followed."""
        parts = urlsplit(self.address)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=self.timeout_s)
        basic = base64.b64encode(f"{self.key}:".encode()).decode()
        headers = {"Content-Type": "application/json", "Authorization": f"Basic {basic}", "Connection": "close"}
        sent = json.dumps(body).encode() if body is not None else None
        try:
            with ends_within(connection, self.timeout_s):
                connection.request(method, parts.path.rstrip("/") + path, sent, headers)
                answer = connection.getresponse()
                status, raw = answer.status, answer.read(MAX_ANSWER)
        except TimeoutError:
            raise LabelUnavailable("timeout") from None
        except (OSError, http.client.HTTPException, ValueError):
            raise LabelUnavailable("transport") from None
        return status, _read(status, raw)


def _read(status: int, raw: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(raw)
    except ValueError:
        answer = None
    if isinstance(answer, dict):
        return answer
    if status < http.client.BAD_REQUEST:
        raise LabelUnavailable("unreadable")
    return {}


def _require_good(status: int, answer: Mapping[str, Any]) -> None:
    if status >= http.client.INTERNAL_SERVER_ERROR or status in _LATER:
        raise LabelUnavailable(f"http_{status}")
    if status >= http.client.MULTIPLE_CHOICES:
        error = answer.get("error")
        code = str(error.get("code")) if isinstance(error, dict) else ""
        raise LabelRefused(code if _CODE.match(code) else f"http_{status}")


def _label(shipment: Mapping[str, Any]) -> Label:
    label, rate = shipment.get("postage_label") or {}, shipment.get("selected_rate") or {}
    number, url = shipment.get("tracking_code"), label.get("label_url")
    if not (isinstance(number, str) and number.strip() and isinstance(url, str) and url.startswith("https://")):
        raise LabelUnavailable("unreadable")
    currency = str(rate.get("currency") or "").upper() or None
    return Label(number.strip(), url, _minor(rate.get("rate"), currency), currency)


def _minor(rate: Any, currency: str | None) -> int | None:
    try:
        return None if currency is None else round_half_up(Decimal(str(rate)).scaleb(minor_digits(currency)))
    except (InvalidOperation, UnknownCurrency):
        return None


def _ounces(grams: int) -> Decimal:
    return max(Decimal("0.1"), (Decimal(grams) / GRAMS_OF_OUNCE).quantize(Decimal("0.1")))


def _address(place: Mapping[str, Any]) -> dict[str, str]:
    named = {
        "name": place.get("name"),
        "phone": place.get("phone"),
        "street1": place.get("line1"),
        "street2": place.get("line2"),
        "city": place.get("city"),
        "state": place.get("region"),
        "zip": place.get("postal_code"),
        "country": place.get("country"),
    }
    return {name: str(value) for name, value in named.items() if value}
