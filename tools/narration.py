"""What the demo and `ordo place` say, in English and Chinese."""

from __future__ import annotations

LANGUAGES = ("en", "zh")

TEXTS: dict[str, dict[str, str]] = {
    "shop": {
        "en": "A shop: phones by memory and colour, earphones, garments; three warehouses; one channel",
        "zh": "开店：手机（内存、颜色可选）、耳机、服饰；三个仓库；一个渠道",
    },
    "quote": {"en": "The shop asks what a cart costs, and what is missing", "zh": "商家询价：多少钱，还差多少"},
    "place": {"en": "A customer orders", "zh": "顾客下单"},
    "workflow": {"en": "What the placement workflow did", "zh": "下单工作流的执行过程"},
    "pay": {"en": "The payment provider reports the money", "zh": "支付渠道通知收款"},
    "work": {"en": "The warehouse accepts, picks, packs and dispatches", "zh": "仓库接单、拣货、打包、发货"},
    "carry": {"en": "The carrier tells, by signed webhooks", "zh": "承运商以签名 webhook 推送物流"},
    "confirm": {"en": "The customer confirms the receipt", "zh": "顾客确认收货"},
    "refund": {
        "en": "What would be refunded for one tee, and for everything; nothing is booked",
        "zh": "退一件 T 恤、退全部各退多少（仅预览）",
    },
    "return": {
        "en": "One tee comes back: approved, counted, on its shelf again, refunded",
        "zh": "退回一件 T 恤：同意、清点、重新上架、退款",
    },
    "timeline": {"en": "The order's timeline and its hash chain", "zh": "订单时间线与哈希链"},
    "heard": {"en": "What the shop's own webhook endpoint was told", "zh": "商家自己的 webhook 收到的事件"},
    "cancel": {"en": "Another order, cancelled: the stock comes back", "zh": "另一笔订单取消，库存归还"},
    "refuse": {"en": "An order for more than there is: refused, nothing written", "zh": "超量订单：拒绝，不留任何痕迹"},
    "total": {"en": "total", "zh": "合计"},
    "trace": {"en": "trace", "zh": "计价"},
    "plan": {"en": "plan", "zh": "配货"},
    "promise": {"en": "promise", "zh": "承诺"},
    "product": {"en": "product", "zh": "商品"},
    "list": {"en": "list", "zh": "单价"},
    "pays": {"en": "pays", "zh": "实付"},
    "units": {"en": "units", "zh": "逐件"},
    "sums": {
        "en": "{total}  (items {items}, discount {discount}, shipping {shipping}, tax {tax})",
        "zh": "{total}（商品 {items}，优惠 {discount}，运费 {shipping}，税 {tax}）",
    },
    "applied": {"en": "+ {name}: −{amount} of {base}", "zh": "+ {name}：{base} 中减 {amount}"},
    "not_applied": {"en": "- {name}: {reason}", "zh": "- {name}：{reason}"},
    "missing": {"en": " ({amount} more is needed)", "zh": "（还差 {amount}）"},
    "by": {"en": " ({by})", "zh": "（{by}）"},
    "no_promotion": {"en": "no promotion was in question", "zh": "没有相关的促销"},
    "fulfilment": {"en": "{node} ({km} km): {goods}", "zh": "{node}（{km} 公里）：{goods}"},
    "not_node": {"en": "not {node}: {reason}", "zh": "不选 {node}：{reason}"},
    "away": {"en": "{km} km away", "zh": "距离 {km} 公里"},
    "away_lacks": {"en": "{km} km away, lacks {skus}", "zh": "距离 {km} 公里，缺 {skus}"},
    "dates": {
        "en": "ready by {ready}, delivered by {delivered} UTC",
        "zh": "{ready} 前备妥，{delivered} 前送达（UTC）",
    },
    "passed": {
        "en": "The whole journey passed: {checks} checks in {seconds:.1f} s",
        "zh": "全部通过：{checks} 项检查，用时 {seconds:.1f} 秒",
    },
    "failed": {"en": "The journey failed in step “{step}”", "zh": "在“{step}”这一步失败"},
}


def say(key: str, lang: str, **facts: object) -> str:
    """A text in a language; raises `KeyError` for a key that is not there."""
    return TEXTS[key][lang].format(**facts)
