"""What a customer gets, through everything that is deployed: the mail, the SMS, the link, the page, and its button."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tests.support.cloud import Cloud
from tests.support.polling import eventually
from tests.support.shop import fulfilments, must, order_body, payment
from tests.support.stage import on_the_cloud

pytestmark = pytest.mark.cloud
CHANNEL = "letters"


def kept(cloud: Cloud, what: str) -> str:
    """What the embedded cloud keeps of mails and SMS."""
    return httpx.get(f"{cloud.api_url.partition('/_aws')[0]}/_ministack/{what}").text


def open_channel(stage: Any) -> None:
    """A channel like the web shop's that writes to its customers."""
    channel = must(stage.call("GET", "/v1/channels/web"))
    for name in ("channel_id", "version", "warnings"):
        channel.pop(name, None)
    policy = {"email": ["placed"], "sms": ["dispatched"], "language": "zh", "quiet_hours": None}
    must(stage.call("PUT", f"/v1/channels/{CHANNEL}", channel | {"messages": policy}))


def test_a_customer_is_told_and_confirms_on_the_page(cloud: Cloud) -> None:
    with on_the_cloud(cloud, "web", CHANNEL) as stage:
        open_channel(stage)
        body = order_body(channel=CHANNEL, external_id=stage.run)
        order = must(stage.place(body, f"{stage.run}-1"))
        must(
            stage.call("POST", f"/v1/orders/{order['order_id']}/payments", payment(order["totals"]["total"]["amount"]))
        )
        mails = eventually(lambda: kept(cloud, "ses/messages"), lambda text: stage.run in text)
        link = re.search(re.escape(cloud.api_url) + r"/track/[\w-]+\?lang=zh", mails)
        assert link is not None
        page = httpx.get(link.group())
        assert (page.status_code, stage.run in page.text) == (200, True)
        assert "default-src 'none'" in page.headers["content-security-policy"]
        for fulfilment in fulfilments(order):
            parcel = {"carrier": "generic", "tracking_number": f"{stage.run}N"}
            must(stage.call("POST", f"/v1/fulfilments/{fulfilment}/dispatch", parcel))
        eventually(lambda: kept(cloud, "sns/sms-messages"), lambda text: stage.run in text)
        pressed = httpx.post(link.group().replace("?", "/receipt?"), headers={"sec-fetch-site": "same-origin"})
        assert pressed.status_code == 303
        after = httpx.get(str(pressed.url.join(pressed.headers["location"])))
        assert "谢谢，订单已完成。" in after.text
        shown = must(stage.call("GET", f"/v1/orders/{order['order_id']}/messages"))["messages"]
        assert [(each["kind"], each["way"], each["state"]) for each in shown] == [
            ("placed", "email", "sent"),
            ("dispatched", "sms", "sent"),
        ]


def test_a_tampered_link_is_refused_by_what_is_deployed(cloud: Cloud) -> None:
    answer = httpx.get(f"{cloud.api_url}/track/nonsense", headers={"accept-language": "zh"})
    assert (answer.status_code, "此链接无法打开订单" in answer.text) == (404, True)
