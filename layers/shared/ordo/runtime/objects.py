"""S3 as Ordo uses it: objects that are written once."""

from __future__ import annotations

from botocore.exceptions import ClientError

from ordo.runtime.clients import client


def put_once(bucket: str, key: str, body: bytes, content_type: str) -> None:
    """Write an object unless there is one of this key, which then stays."""
    try:
        client("s3").put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type, IfNoneMatch="*")
    except ClientError as error:
        if _code(error) not in ("PreconditionFailed", "ConditionalRequestConflict"):  # of two at once, one is enough
            raise


def get(bucket: str, key: str) -> bytes | None:
    """An object's bytes; None when there is none."""
    try:
        body: bytes = client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if _code(error) in ("NoSuchKey", "404"):
            return None
        raise
    return body


def keys(bucket: str, after: str, limit: int) -> list[str]:
    """Keys behind a text, in order, at most `limit` (and 1,000)."""
    page = client("s3").list_objects_v2(Bucket=bucket, StartAfter=after, MaxKeys=limit)
    return [each["Key"] for each in page.get("Contents", ())]


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
