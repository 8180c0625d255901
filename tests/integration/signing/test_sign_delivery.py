"""The courier's page through its function: who gets a link, what it shows, and what it records once."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import pytest

from ordo.orders.model import shipment_id
from ordo.signing.pages import FOLDER, SCRIPTS, scripts
from tests.support.blueprint import ROOT
from tests.support.browser import PageSeen, visit
from tests.support.shop import must, read
from tests.support.signed import in_two_boxes, proofs, sign_path, verified
from tests.support.tracked import NUMBER, placed, sent, track
from tests.support.uploads import JPEG, PNG, proof, refusal, upload
from tests.support.wire import NoFault
from tests.support.world import Answer, Client, World

pytestmark = pytest.mark.moto
EVENTS = ROOT / "events" / "api"


@pytest.fixture
def order(world: World) -> dict[str, Any]:
    return sent(world, "out_for_delivery")


def ask(world: World, order: dict[str, Any], query: str = "", client: Client | None = None) -> Answer:
    path = f"/v1/shipments/{shipment_id(order['order_id'], 1)}/signing-link{query}"
    return world.call("GET", path, client=client)


def post(world: World, path: str, body: Any, key: str | None = "k1") -> PageSeen:
    """As the page's script sends it."""
    headers = {"content-type": "application/json", **({"idempotency-key": key} if key else {})}
    return visit(world, path, json.dumps(body).encode(), headers)


def told(seen: PageSeen) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(seen.html)
    return found


def uploaded(world: World, link: str, kind: str, body: bytes, content_type: str = "image/jpeg") -> str:
    form = told(post(world, f"{link}/uploads", {"kind": kind, "content_type": content_type}, None))
    return upload(world, form, body)


# ---------------------------------------------------------------- links
@pytest.mark.parametrize("name", ["show_signing", "offer_signing_upload", "sign_delivery"])
def test_the_events_are_what_the_function_takes(world: World, name: str) -> None:
    answer = world.invoke("sign_delivery", json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8")))
    assert answer["statusCode"] == 404  # its order is another shop's


def test_a_link_is_of_a_shipment_or_of_one_parcel_and_the_same_all_day(world: World) -> None:
    order = in_two_boxes(world)
    whole = must(ask(world, order))
    assert (whole["tracking_numbers"], whole["valid_until"]) == (["A", "B"], "2026-03-17T00:00:00Z")
    assert must(ask(world, order)) == whole
    one = must(ask(world, order, "?tracking_number=B"))
    assert (one["tracking_numbers"], one["path"] == whole["path"]) == (["B"], False)
    assert (ask(world, order, "?tracking_number=C").status, ask(world, order, "?tracking_number=C").code) == (
        422,
        "invalid_request",
    )


def test_only_keys_that_may_prove_deliveries_of_the_channel_get_links(world: World, order: dict[str, Any]) -> None:
    assert ask(world, order, client=Client(scopes=("orders:read", "orders:change"))).code == "missing_scope"
    assert ask(world, order, client=Client(channels=("pos",), scopes=("shipments:prove",))).code == "not_found"


def test_there_is_no_link_to_what_is_proven(world: World, order: dict[str, Any]) -> None:
    link = sign_path(world, order)
    assert post(world, f"{link}/proof", proof(tracking_number=NUMBER)).status == 201
    assert ask(world, order).code == "already_proven"


def test_a_customers_link_is_no_couriers_link_nor_the_other_way(world: World, order: dict[str, Any]) -> None:
    customers, couriers = track(world, order).removeprefix("/track/"), sign_path(world, order).removeprefix("/sign/")
    assert visit(world, f"/sign/{customers}").status == 404
    assert visit(world, f"/track/{couriers}").status == 404


# ---------------------------------------------------------------- what it shows
def test_the_page_shows_where_it_goes_and_never_what_it_costs(world: World, order: dict[str, Any]) -> None:
    seen = visit(world, sign_path(world, order), headers={"accept-language": "zh-CN"})
    assert seen.status == 200
    for text in ("示例顾客", "文三路 1 号", NUMBER, "白色 T 恤"):
        assert text in seen.html
    body = seen.html[: seen.html.index("<script>")]
    hidden = ("¥", "250", "customer@example.com", "13800000000", "WEB-1001")
    assert [text for text in hidden if text in body] == []


def test_its_browser_runs_exactly_its_own_scripts_and_speaks_to_the_bucket_only(
    world: World, order: dict[str, Any]
) -> None:
    seen = visit(world, sign_path(world, order))
    policy = seen.headers["content-security-policy"]
    assert "connect-src 'self' https://s3.amazonaws.com/FilesBucket;" in policy
    assert "default-src 'none'" in policy
    assert policy.count("'sha256-") == len(SCRIPTS) + 1
    assert not re.search(r"unsafe|https?://(?!s3\.amazonaws\.com/FilesBucket)", policy)
    assert not re.search(r"<script[^>]+src=|<link[^>]+stylesheet|\son\w+=|\sstyle=", seen.html)
    assert (seen.headers["cache-control"], seen.headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert "geolocation=(self)" in seen.headers["permissions-policy"]


def test_what_is_not_ours_is_as_it_was_published() -> None:
    name = "signature_pad.umd.min.js"
    digest = hashlib.sha256((FOLDER / "vendor" / name).read_bytes()).hexdigest()
    assert digest in (FOLDER / "vendor" / "README.md").read_text(encoding="utf-8")
    assert (FOLDER / "vendor" / "signature_pad.LICENSE").read_text().startswith("MIT License")
    assert [each for each in scripts() if "</script" in each.lower()] == []


def test_links_that_are_tampered_with_expired_or_of_no_order_reveal_nothing(
    world: World, order: dict[str, Any]
) -> None:
    link = sign_path(world, order)
    wrong = link[:-1] + ("A" if link[-1] != "A" else "B")
    assert {visit(world, path).status for path in (wrong, "/sign/nonsense")} == {404}
    assert told(post(world, f"{wrong}/proof", proof()))["code"] == "not_found"
    world.clock.advance(days=15)
    seen = visit(world, link)
    assert (seen.status, "示例顾客" in seen.html, "expired" in seen.html) == (410, False, True)
    for end, body in (("proof", proof()), ("uploads", {"kind": "photo", "content_type": "image/jpeg"})):
        refused = post(world, f"{link}/{end}", body)
        assert (refused.status, told(refused)["code"]) == (410, "link_expired")
    assert proofs(world, order) == []


def test_nothing_of_the_person_is_shown_once_it_is_handed_over(world: World, order: dict[str, Any]) -> None:
    link = sign_path(world, order)
    assert post(world, f"{link}/proof", proof(tracking_number=NUMBER)).status == 201
    seen = visit(world, link)
    assert (seen.status, "Everything is handed over" in seen.html) == (200, True)
    assert "示例顾客" not in seen.html
    assert "文三路" not in seen.html


class OutOfReach(NoFault):
    """DynamoDB does not answer."""

    def before(self, call: Any) -> None:
        if call.service == "dynamodb":
            raise ConnectionError("out of reach")


def test_when_storage_is_out_of_reach_the_courier_gets_a_page_and_the_log_nothing_personal(
    world: World, order: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    link = sign_path(world, order)
    with world.fault(OutOfReach()):
        seen = visit(world, link)
        sent = post(world, f"{link}/proof", proof())
    assert (seen.status, "cannot be shown just now" in seen.html, sent.status) == (503, True, 500)
    logged = capsys.readouterr().out
    assert link.rpartition("/")[2] not in logged
    assert "示例" not in logged


# ---------------------------------------------------------------- what it records
def test_a_signature_and_a_photo_become_a_verified_proof(world: World, order: dict[str, Any]) -> None:
    link = sign_path(world, order)
    signature = {"image": uploaded(world, link, "signature", PNG, "image/png"), "strokes": [[[1, 2, 0], [5, 9, 40]]]}
    body = proof(tracking_number=NUMBER, signature=signature, photos=[uploaded(world, link, "photo", JPEG)])
    answer = post(world, f"{link}/proof", body)
    assert (answer.status, told(answer)["distance_m"]) == (201, 22)
    assert (verified(world, order)["findings"], verified(world, order)["files"]) == ([], 2)
    event = verified(world, order)["events"][-1]["event"]
    assert (event["type"], event["actor"]) == ("shipment.proven", {"type": "carrier", "id": "signing_link"})
    assert read(world, order["order_id"])["status"] == "delivered"


def test_the_same_key_counts_once_also_with_uploads_that_were_made_anew(world: World, order: dict[str, Any]) -> None:
    link = sign_path(world, order)
    answers = []
    for _ in range(2):
        photos = [uploaded(world, link, "photo", JPEG)]
        answers.append(post(world, f"{link}/proof", proof(tracking_number=NUMBER, photos=photos)))
    assert [each.status for each in answers] == [201, 201]
    assert told(answers[0]) == told(answers[1])
    assert len(proofs(world, order)) == 1
    other = post(world, f"{link}/proof", proof(tracking_number=NUMBER), "another-key")
    assert (other.status, told(other)["code"]) == (409, "already_proven")


def test_a_link_of_one_parcel_proves_no_other(world: World) -> None:
    order = in_two_boxes(world)
    link = sign_path(world, order, "B")
    assert "A</" not in visit(world, link).html
    for number in ("A", None):
        named = {"tracking_number": number} if number else {}
        refused = post(world, f"{link}/proof", proof(**named))
        assert (refused.status, told(refused)["pointer"]) == (422, "/tracking_number")
    assert proofs(world, order) == []
    assert post(world, f"{link}/proof", proof(tracking_number="B")).status == 201
    whole = sign_path(world, order)
    assert "1 of 2 boxes are still to be handed over" in visit(world, whole).html


def test_a_refused_parcel_may_be_delivered_after_all_by_the_same_link(world: World, order: dict[str, Any]) -> None:
    link = sign_path(world, order)
    assert post(world, f"{link}/proof", refusal(tracking_number=NUMBER)).status == 201
    assert "示例顾客" in visit(world, link).html
    world.clock.advance(hours=3)
    assert post(world, f"{link}/proof", proof(tracking_number=NUMBER), "k2").status == 201
    assert [each["handover"] for each in proofs(world, order)] == ["refused", "delivered"]


@pytest.mark.parametrize(
    ("body", "key", "status", "code"),
    [
        (proof(tracking_number=NUMBER), None, 400, "idempotency_key_missing"),
        (proof(tracking_number=NUMBER, condition="unheard_of"), "k", 422, "invalid_request"),
        (proof(tracking_number=NUMBER, damaged=[{"line_id": "9", "quantity": 1}]), "k", 422, "unknown_line"),
        (proof(tracking_number=NUMBER, photos=["upl_01KJM1TD80QF4RNX9Z5TTWJ1H9"]), "k", 422, "file_missing"),
    ],
)
def test_what_is_wrong_is_refused_and_changes_nothing(
    world: World, order: dict[str, Any], body: Any, key: str | None, status: int, code: str
) -> None:
    answer = post(world, f"{sign_path(world, order)}/proof", body, key)
    assert (answer.status, told(answer)["code"]) == (status, code)
    assert proofs(world, order) == []


def test_an_upload_of_another_order_is_none_of_this_one(world: World, order: dict[str, Any]) -> None:
    other = in_two_boxes(world, external_id="WEB-2")
    stolen = uploaded(world, sign_path(world, other), "photo", JPEG)
    answer = post(world, f"{sign_path(world, order)}/proof", proof(tracking_number=NUMBER, photos=[stolen]))
    assert told(answer)["code"] == "file_missing"


def test_a_parcel_that_was_not_sent_has_no_link(world: World) -> None:
    assert ask(world, placed(world, external_id="WEB-3")).code == "not_found"
