"""Files in S3: uploaded by a form that says what it takes, read within a limit, kept once, shown by a link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from ordo.runtime.clients import client
from ordo.runtime.objects import put_once

FORM_S, LINK_S = 900, 300
"""How long a form takes an upload, and a link shows a file."""


@dataclass(frozen=True, slots=True)
class Form:
    """A presigned POST: send `fields` and then the file, as multipart/form-data, to `url`."""

    url: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What is stored: its size in bytes, the type it was uploaded with, and its bytes (None above the limit)."""

    size: int
    content_type: str
    body: bytes | None


class FileBucket:
    """One bucket."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket

    def form(self, key: str, content_type: str, limit: int) -> Form:
        """A form for one object of this key and type, of 1 to `limit` bytes; S3 refuses any other."""
        conditions = [{"Content-Type": content_type}, ["content-length-range", 1, limit]]
        made: dict[str, Any] = client("s3").generate_presigned_post(
            self._bucket, key, Fields={"Content-Type": content_type}, Conditions=conditions, ExpiresIn=FORM_S
        )
        return Form(made["url"], made["fields"])

    def address(self) -> str:
        """Where its forms lead to."""
        made: dict[str, Any] = client("s3").generate_presigned_post(self._bucket, "any")
        return str(made["url"])

    def read(self, key: str, limit: int) -> StoredFile | None:
        """What is there, without bytes above `limit`; None when there is nothing."""
        try:
            found = client("s3").get_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in ("NoSuchKey", "404"):
                return None
            raise
        size = int(found["ContentLength"])
        body = found["Body"].read() if size <= limit else None
        return StoredFile(size, str(found.get("ContentType", "")), body)

    def keep(self, key: str, body: bytes, content_type: str) -> None:
        """Write it unless there is one of this key, which then stays."""
        put_once(self._bucket, key, body, content_type)

    def link(self, key: str) -> str:
        """An address that shows the file for a few minutes."""
        params = {"Bucket": self._bucket, "Key": key}
        link: str = client("s3").generate_presigned_url("get_object", Params=params, ExpiresIn=LINK_S)
        return link
