"""What lines and traces of orders look like: preset dictionaries of zlib (RFC 1950), which keep small ones small.

An item names the number of its dictionary and can be read with that one only. So a released dictionary never changes
and never goes; a better one gets the next number. What is rare stands first: deflate reaches the end more cheaply.
"""

from __future__ import annotations

_1 = (
    ',"lacks_more":1,"removed":"inactive"},"removed":"not_in_channel"},"location":"unknown","location":"city","location":'
    '"postal_code","tax_mode":"exclusive","tax_rate_percent":"9","tax_class":"reduced","tax_rate_percent":"6","tax_class":'
    '"zero","tax_rate_percent":"0","proven":false,"km":null, d on the road as the distance is not known"'
    '"material":"","length":"","weight":"","model":"","pack":"black","white","red","green","grey","silver","blue","S","L",'
    '"XL","M","memory":"128GB","memory":"256GB","color":"","colour":"","size":"M"'
    '"reason":"not_active","missing":null,"by":null},"reason":"not_started","missing":null,"by":null},"reason":"ended",'
    '"reason":"not_in_channel","reason":"not_in_currency","reason":"nothing_left","reason":"excluded_by","missing":null,'
    '"by":"'
    '"},"reason":"no_matching_lines","missing":null,"by":null},{"promotion_id":"","version":2,"name":{"en":" % off ",'
    '"zh":"'
    '"},"reason":"threshold_not_reached","missing":10000,"by":null},{"promotion_id":"","version":1,"name":{"en":"'
    '"},"reason":"coupon_missing","missing":null,"by":null}]'
    ',"runs":[{"count":2,"list_price":19900,"discount":0,"net":'
    '"},"amount":5000,"base":30000},{"promotion_id":"'
    '[[{"line_id":"1","sku":"","stock_sku":"","name":{"en":"","zh":""},"options":{"colour":"blue","size":"M"},"quantity":1,'
    '"list_price":9900,"tax_class":"standard","tax_rate_percent":"13","adjustments":[{"promotion_id":"","version":1,"name":'
    '{"en":"","zh":""},"amount":1000,"base":10000}],"runs":[{"count":1,"list_price":10000,"discount":1000,"net":7965,'
    '"tax":1035,"gross":9000},{"count":1,"list_price":10000,"discount":'
    '}]},{"line_id":"2","sku":"","stock_sku":"","name":{"en":"","zh":""},"options":{},"quantity":2,"list_price":29900,'
    '"tax_class":"standard","tax_rate_percent":"13","adjustments":[],"runs":[{"count":1,"list_price":29900,"discount":0,'
    '"net":26460,"tax":3440,"gross":29900}]},{"line_id":"3","sku":"'
    '0,"gross":10000}]}],{"price":{"price_list":"retail","tax_mode":"inclusive","shipping":{"net":0,"tax":0,"gross":0,'
    '"tax_rate_percent":"13"},"coupons":[],"applied":[{"promotion_id":"'
    '"}],"not_applied":[],"catalog_read_at":"2026-10-20T10:00:00.000Z"},"plan":{"location":"exact","objective":'
    '"fewest_fulfilments_then_nearest","proven":true,"explored":1,"km":"10.1","fulfilments":[{"node_id":"","km":"","lines":'
    '[{"line_id":"1","sku":"","quantity":1},{"line_id":"2","sku":"","quantity":2},{"line_id":"3","sku":"","quantity":1}]}],'
    '"candidates":[{"node_id":"","km":"1000.0","chosen":false,"covers":{"units":1,"lines":1},"lacks":["","","'
    '"]},{"node_id":"","km":"100.0","chosen":true,"covers":{"units":2,"lines":2}},{"node_id":"","km":"","chosen":false,'
    '"removed":"no_stock"}],"promise":{"ready_by":"2026-12-30T12:00:00.000Z","deliver_by":"2026-11-31T08:00:00.000Z",'
    '"reason":": 24 h handling, then 2 d on the road for 10 km; the last of 2 fulfilments: 24 h handling, then 1 d on '
    "the "
    'road for 100.0 km"}},"promise":{"ready_by":"2026-0"}}]'
)

DICTIONARIES = {1: _1.encode()}
"""By number."""
LATEST = max(DICTIONARIES)
"""The one that new items are written with."""
