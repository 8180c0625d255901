"""S3 as far as handlers use it: objects that are written once, read, and listed in order of their keys."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from botocore.awsrequest import AWSPreparedRequest

Answer = tuple[int, dict[str, str], str | bytes]


class Objects:
    """The buckets of a world: `kept` by bucket and key."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], bytes] = {}

    def answer(self, request: AWSPreparedRequest) -> Answer:
        """What S3 would say to a request in path style."""
        parts = urlsplit(request.url)
        bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if request.method == "PUT":
            return self._put(bucket, key, request)
        if key:
            found = self.kept.get((bucket, key))
            return (200, {}, found) if found is not None else _refused(404, "NoSuchKey")
        return self._list(bucket, query)

    def _put(self, bucket: str, key: str, request: AWSPreparedRequest) -> Answer:
        if (bucket, key) in self.kept and "if-none-match" in {name.lower() for name in request.headers}:
            return _refused(412, "PreconditionFailed")
        body: Any = request.body
        self.kept[bucket, key] = body if isinstance(body, bytes) else body.read()
        return 200, {"ETag": '"x"'}, b""

    def _list(self, bucket: str, query: dict[str, str]) -> Answer:
        after, most = query.get("start-after", ""), int(query.get("max-keys", "1000"))
        keys = sorted(key for name, key in self.kept if name == bucket and key > after)[:most]
        rows = "".join(f"<Contents><Key>{escape(key)}</Key></Contents>" for key in keys)
        return 200, {}, f"<ListBucketResult>{rows}</ListBucketResult>".encode()


def _refused(status: int, code: str) -> Answer:
    return status, {}, f"<Error><Code>{code}</Code></Error>".encode()
