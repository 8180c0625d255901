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
        self.types: dict[tuple[str, str], str] = {}

    def answer(self, request: AWSPreparedRequest) -> Answer:
        """What S3 would say to a request in path style."""
        parts = urlsplit(request.url)
        bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if request.method == "PUT":
            return self._put(bucket, key, request)
        if key:
            found = self.kept.get((bucket, key))
            if found is None:
                return _refused(404, "NoSuchKey")
            return 200, {"Content-Type": self.types.get((bucket, key), ""), "Content-Length": str(len(found))}, found
        return self._list(bucket, query)

    def _put(self, bucket: str, key: str, request: AWSPreparedRequest) -> Answer:
        if (bucket, key) in self.kept and "if-none-match" in {name.lower() for name in request.headers}:
            return _refused(412, "PreconditionFailed")
        body: Any = request.body
        raw: bytes = body if isinstance(body, bytes) else body.read() if body else b""
        chunked = "aws-chunked" in _text(request.headers.get("Content-Encoding", ""))
        self.kept[bucket, key] = _unchunked(raw) if chunked else raw
        self.types[bucket, key] = _text(request.headers.get("Content-Type", ""))
        return 200, {"ETag": '"x"'}, b""

    def _list(self, bucket: str, query: dict[str, str]) -> Answer:
        after, most = query.get("start-after", ""), int(query.get("max-keys", "1000"))
        keys = sorted(key for name, key in self.kept if name == bucket and key > after)[:most]
        rows = "".join(f"<Contents><Key>{escape(key)}</Key></Contents>" for key in keys)
        return 200, {}, f"<ListBucketResult>{rows}</ListBucketResult>".encode()


def _unchunked(raw: bytes) -> bytes:
    """The body without the frames that the SDK puts around its chunks, and the checksum behind them."""
    body = b""
    while True:
        size, _, raw = raw.partition(b"\r\n")
        length = int(size.partition(b";")[0], 16)
        if length == 0:
            return body
        body, raw = body + raw[:length], raw[length + 2 :]


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _refused(status: int, code: str) -> Answer:
    return status, {}, f"<Error><Code>{code}</Code></Error>".encode()
