"""`ordo quote`: what it prints in both languages, and how it refuses."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from tools import cli_quote
from tools.cli import app
from tools.cli_quote import quote
from tools.errors import ToolError
from tools.home import PROJECT_ROOT
from tools.seed import SAMPLE_SHOP

ORDERS = PROJECT_ROOT / "samples" / "orders"
NOW = "2026-11-11T08:00:00+08:00"


def printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str | Path = "three-tees", **options: Any
) -> str:
    """What the command writes for a sample order or a file, without white space at the ends of lines."""
    monkeypatch.setattr(cli_quote, "out", Console(highlight=False, width=120, no_color=True))
    quote(name if isinstance(name, Path) else ORDERS / f"{name}.json", **{"now": NOW, **options})
    return "\n".join(line.rstrip() for line in capsys.readouterr().out.splitlines())


def test_a_receipt_is_read_in_english(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert printed(capsys, monkeypatch) == (
        """\
White tee (M)                 3 ×  100.00      300.00
  Garments: 50 off 300                         −50.00
  each pays 2 × 83.33, 83.34
Standard shipping                                0.00
────────────────────
Items                                          300.00
Discounts                                      −50.00
Shipping and charges                             0.00
Total                                      250.00 CNY
of it tax                                       28.76

13 % tax: 221.24 net + 28.76 tax = 250.00
Applied
  Garments: 50 off 300: −50.00 of 300.00
Not applied
  With a coupon code: 10 % off earphones
Priced 2026-11-11 00:00 UTC; nothing that it hangs on has an end"""
    )


def test_a_receipt_is_read_in_chinese(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    told = printed(capsys, monkeypatch, "three-garments-299-99", lang="zh", costs=True)
    for line in (
        "合计                               299.99 CNY",
        "税率 13%：净额 265.48 + 税 34.51 = 299.99",
        "  再买0.01元享：服饰满300减50",
        "  需使用优惠码：耳机九折",
        "毛利 116.12 = 净额 199.12 − 成本 83.00（不含成本未知的行 3）",
        "报价时间 2026-11-11 00:00 UTC；所用价格与优惠均无截止时间",
    ):
        assert line in told.splitlines()
    assert "已享优惠" not in told


@pytest.mark.parametrize(("lang", "file"), [("en", "README.md"), ("zh", "README.zh.md")])
def test_the_readme_shows_what_is_printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, lang: str, file: str
) -> None:
    assert printed(capsys, monkeypatch, lang=lang) in (PROJECT_ROOT / file).read_text(encoding="utf-8")


def test_coupons_and_customers_can_be_given(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cart = json.loads((ORDERS / "phone-earphones-tees.json").read_text(encoding="utf-8"))
    cart["lines"], cart["coupons"] = [line for line in cart["lines"] if line["sku"] == "AURORA-BUDS"], []
    file = tmp_path / "buds.json"
    file.write_text(json.dumps(cart), encoding="utf-8")
    shop = changed_shop(
        tmp_path,
        coupons=lambda documents: documents["AUDIO10"].update(total_limit=7, per_customer_limit=2),
        customers=lambda documents: documents["c-1001"].update(segment="vip"),
    )
    told = printed(capsys, monkeypatch, file, shop=shop, coupon=["audio10"], customer="c-1001")
    assert "  AUDIO10: applies, 7 uses left, 0 of 2 by this customer" in told.splitlines()
    assert "669.00" in told, "members pay less"


def changed_shop(tmp_path: Path, **changes: Any) -> Path:
    """The sample shop's folder with some files changed; `changes` are functions by the file's name."""
    folder = tmp_path / "shop"
    folder.mkdir()
    for path in SAMPLE_SHOP.glob("*.json"):
        documents = json.loads(path.read_text(encoding="utf-8"))
        changes.get(path.stem, lambda _: None)(documents)
        (folder / path.name).write_text(json.dumps(documents), encoding="utf-8")
    return folder


def test_ways_to_ship_gifts_and_prices_by_staff_are_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name = {"en": "Mug for free", "zh": "送马克杯"}

    def channels(documents: dict[str, Any]) -> None:
        del documents["web"]["shipping"]
        methods = {"post": 1000, "air": 5000}
        documents["web"]["shipping_methods"] = [
            {"method_id": method, "name": {"en": method.title()}, "rates": {"CNY": {"flat": flat}}}
            for method, flat in methods.items()
        ]
        documents["web"]["manual_limit_percent"] = "50"
        documents["web"]["tax"] = {"mode": "exclusive", "rate_percent": "10"}

    shop = changed_shop(
        tmp_path,
        channels=channels,
        products=lambda documents: documents.update(MUG={"name": {"en": "Mug"}, "prices": {"cny-retail": 1999}}),
        promotions=lambda documents: documents.update(
            mug={"name": name, "reward": {"type": "gift", "sku": "MUG"}, "valid_to": "2026-12-01T00:00:00Z"}
        ),
        stock=lambda documents: documents.update(MUG={"hangzhou": 1}),
    )
    cart = json.loads((ORDERS / "three-tees.json").read_text(encoding="utf-8"))
    cart["manual_discounts"] = [{"amount": 1000, "reason": "a scratch"}]
    (tmp_path / "cart.json").write_text(json.dumps(cart), encoding="utf-8")
    told = printed(capsys, monkeypatch, tmp_path / "cart.json", shop=shop).splitlines()
    for line in (
        "  Mug for free: a gift worth 19.99",
        "  Discount by staff: −10.00 of 250.00 (a scratch)",
        "  ● Post: 11.00, total 275.00",
        "  ○ Air: 55.00, total 319.00",
        "Priced 2026-11-11 00:00 UTC; by the clock alone it stays so until 2026-12-01 00:00 UTC",
    ):
        assert line in told
    assert any(line.startswith("Mug  [gift]") for line in told)
    assert any(line.split() == ["Tax", "25.00"] for line in told)
    shop_without = changed_stock(shop)
    assert "Mug  [gift]" not in printed(capsys, monkeypatch, tmp_path / "cart.json", shop=shop_without)


def changed_stock(shop: Path) -> Path:
    """The same shop without the mug on its shelf."""
    stock = json.loads((shop / "stock.json").read_text(encoding="utf-8"))
    del stock["MUG"]
    (shop / "stock.json").write_text(json.dumps(stock), encoding="utf-8")
    return shop


def test_json_is_the_answer_of_the_api(capsys: pytest.CaptureFixture[str]) -> None:
    quote(ORDERS / "three-tees.json", now=NOW, as_json=True)
    answer = json.loads(capsys.readouterr().out)
    assert answer["totals"]["total"] == {"amount": 25000, "currency": "CNY"}
    assert (answer["quoted_at"], answer["margin"]) == ("2026-11-11T00:00:00.000Z", None)


# ---------------------------------------------------------------- from a running API
@contextmanager
def an_api(status: int, answer: Any) -> Iterator[tuple[str, list[Any]]]:
    """A server that answers every POST alike; its address, and what it was sent as `(path, key, body)`."""
    taken: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            taken.append((self.path, self.headers["Authorization"], body))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_request(self, *_: Any) -> None:
            """Nothing: standard error is part of what is tested."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/live", taken
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_running_api_is_asked_without_anything_personal(capsys: pytest.CaptureFixture[str]) -> None:
    with an_api(200, {"totals": 1}) as (url, taken):
        quote(ORDERS / "three-tees.json", url=url + "/", key="ordo_k", coupon=["TEN"], as_json=True)
    assert json.loads(capsys.readouterr().out) == {"totals": 1}
    ((path, key, body),) = taken
    assert (path, key) == ("/live/v1/quotes", "Bearer ordo_k")
    assert body["customer"] == {"customer_id": "c-1001"}
    assert body["ship_to"] == {"country": "CN", "region": "浙江省"}
    assert body["coupons"] == ["TEN"]


def test_its_refusal_is_told_with_code_and_pointer() -> None:
    problem = {
        "status": 422,
        "code": "invalid_coupon",
        "detail": "This coupon cannot be used.",
        "pointer": "/coupons/0",
    }
    with an_api(422, problem) as (url, _), pytest.raises(ToolError) as told:
        quote(ORDERS / "three-tees.json", url=url, key="ordo_k")
    assert "422 invalid_coupon" in told.value.what
    assert told.value.details == ("This coupon cannot be used. (at /coupons/0)",)


def test_a_running_api_needs_a_key_and_has_its_own_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORDO_KEY", raising=False)
    with pytest.raises(ToolError, match="No API key"):
        quote(ORDERS / "three-tees.json", url="http://127.0.0.1:9")
    with pytest.raises(ToolError, match="its own clock"):
        quote(ORDERS / "three-tees.json", url="http://127.0.0.1:9", key="k", now=NOW)


# ---------------------------------------------------------------- refusals
@pytest.mark.parametrize(
    ("text", "what", "detail"),
    [
        ("{", "is not JSON", ""),
        ("[]", "does not hold one cart", ""),
        ('{"channel": "web"}', "The cart is not valid", "Field required (at /currency)"),
        (
            '{"channel": "web", "currency": "CNY", "lines": [{"line_id": "1", "sku": "S", "quantity": 0}]}',
            "The cart is not valid",
            "A quantity is a whole number from 1 to 100000 (at /lines/0/quantity)",
        ),
        (
            '{"channel": "web", "currency": "CNY", "lines": [{"line_id": "1", "sku": "S", "quantity": 1}]}',
            "The cart is refused: unknown_sku",
            "There is no product 'S'. (at /lines/0/sku)",
        ),
        (
            '{"channel": "app", "currency": "CNY", "lines": [{"line_id": "1", "sku": "S", "quantity": 1}]}',
            "The cart is refused: unknown_channel",
            "There is no active channel 'app'. (at /channel)",
        ),
        ('{"chanel": "web"}', "The cart is not valid", "Extra inputs are not permitted (at /chanel)"),
    ],
)
def test_a_bad_cart_is_refused_with_where_it_is_wrong(tmp_path: Path, text: str, what: str, detail: str) -> None:
    file = tmp_path / "cart.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ToolError, match=what) as told:
        quote(file, now=NOW)
    assert not detail or detail in told.value.details


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="cannot be read: No such file"):
        quote(tmp_path / "nothing.json", now=NOW)


@pytest.mark.parametrize("now", ["yesterday", "2026-11-11T00:00:00", "9999-12-31T23:59:59-23:00"])
def test_a_time_that_names_no_moment_is_told_with_how_to_write_it(now: str) -> None:
    with pytest.raises(ToolError, match="is no time") as told:
        quote(ORDERS / "three-tees.json", now=now)
    assert "+08:00" in told.value.todo


def test_a_shops_bad_document_is_named(tmp_path: Path) -> None:
    wrong = changed_shop(tmp_path, promotions=lambda documents: documents["audio-10"].update(channels=["nowhere"]))
    with pytest.raises(ToolError, match=r"audio-10 of promotions\.json is not valid") as told:
        quote(ORDERS / "three-tees.json", shop=wrong, now=NOW)
    assert told.value.details == ("There is no channel 'nowhere'. (at /channels/0)",)


def test_the_command_is_part_of_the_program() -> None:
    told = CliRunner().invoke(app, ["quote", str(ORDERS / "three-tees.json"), "--now", NOW, "--json", "--costs"])
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["margin"]["margin"]["amount"] == 12524
