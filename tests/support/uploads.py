"""Uploads by presigned forms: in process as S3 takes them, and what files look like."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from tests.support.shop import must
from tests.support.world import World

JPEG = b"\xff\xd8\xff\xe0" + b"a photo" * 20
PNG = b"\x89PNG\r\n\x1a\n" + b"a signature" * 20
FILES, ANCHORS = "FilesBucket", "AnchorsBucket"
HERE = {"lat": 30.2701, "lon": 120.1502, "accuracy_m": 8}


class FormRefused(Exception):
    """S3 does not take the file by this form."""


def upload(world: World, form: dict[str, Any], body: bytes, **changed: str) -> str:
    """Send a file by a form as S3 checks it (`changed` fields are the sender's own); the upload's id."""
    take(world, {**form["fields"], **changed}, body)
    upload_id: str = form["upload_id"]
    return upload_id


def take(world: World, fields: Mapping[str, str], body: bytes) -> None:
    """Keep what was posted as S3 does, if its form allows it; raises `FormRefused`."""
    policy = json.loads(base64.b64decode(fields["policy"]))
    for condition in policy["conditions"]:
        if isinstance(condition, dict):
            ((name, wanted),) = condition.items()
            if name != "bucket" and fields.get(name) != wanted:
                raise FormRefused(name)
        elif condition[0] == "content-length-range" and not condition[1] <= len(body) <= condition[2]:
            raise FormRefused("content-length-range")
    world.edge.objects.kept[FILES, fields["key"]] = body
    world.edge.objects.types[FILES, fields["key"]] = fields["Content-Type"]


def photo(world: World, shipment_id: str, body: bytes = JPEG) -> str:
    """An uploaded photo of a delivery."""
    return _uploaded(
        world, f"/v1/shipments/{shipment_id}/uploads", {"kind": "photo", "content_type": "image/jpeg"}, body
    )


def signature(world: World, shipment_id: str, body: bytes = PNG) -> str:
    """An uploaded image of a signature."""
    wanted = {"kind": "signature", "content_type": "image/png"}
    return _uploaded(world, f"/v1/shipments/{shipment_id}/uploads", wanted, body)


def packing_photo(world: World, fulfilment_id: str, body: bytes = JPEG + b"packed") -> str:
    """An uploaded photo of what was packed."""
    return _uploaded(world, f"/v1/fulfilments/{fulfilment_id}/uploads", {"content_type": "image/jpeg"}, body)


def _uploaded(world: World, path: str, wanted: dict[str, str], body: bytes) -> str:
    return upload(world, must(world.call("POST", path, wanted)), body)


def proof(**fields: Any) -> dict[str, Any]:
    """What a driver's device tells of a good delivery."""
    return {
        "handover": "delivered",
        "device_at": "2026-03-02T10:00:00+08:00",
        "condition": "intact",
        "receiver": {"name": "示例邻居", "relation": "neighbour"},
        "place": HERE,
        **fields,
    }


def refusal(**fields: Any) -> dict[str, Any]:
    """What it tells when nothing was taken."""
    return {
        "handover": "refused",
        "device_at": "2026-03-02T10:00:00+08:00",
        "condition": "wet",
        "refusal_reason": "damaged",
        **fields,
    }
