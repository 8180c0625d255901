"""Uploaded files become evidence: read, checked, hashed, and kept under their hash, so that none is written twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from ordo.kernel.canonical import sha256_hex
from ordo.shipments.errors import FileMissing, FileNotAccepted
from ordo.shipments.proof_model import FileKind, KeptFile

LIMITS: dict[FileKind, int] = {
    FileKind.SIGNATURE: 512 * 1024,
    FileKind.PHOTO: 5 * 1024 * 1024,
    FileKind.PACKING_PHOTO: 5 * 1024 * 1024,
    FileKind.DAMAGE_PHOTO: 5 * 1024 * 1024,
    FileKind.RETURN_PHOTO: 5 * 1024 * 1024,
}
"""Bytes that a file of each kind may have."""

_BEGINNINGS = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}
CONTENT_TYPES = (*_BEGINNINGS, "image/webp")


class Form(Protocol):
    """Where and how a file is uploaded."""

    @property
    def url(self) -> str: ...
    @property
    def fields(self) -> dict[str, str]: ...


class Stored(Protocol):
    """What was uploaded; `body` is None when it is too large."""

    @property
    def size(self) -> int: ...
    @property
    def content_type(self) -> str: ...
    @property
    def body(self) -> bytes | None: ...


class FileStore(Protocol):
    """Where files are (`ordo.runtime.files.FileBucket`)."""

    def form(self, key: str, content_type: str, limit: int) -> Form: ...
    def address(self) -> str: ...
    def read(self, key: str, limit: int) -> Stored | None: ...
    def keep(self, key: str, body: bytes, content_type: str) -> None: ...
    def link(self, key: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Named:
    """A file that a request names: `pointer` is where."""

    file_id: str
    kind: FileKind
    pointer: str


def upload_key(order_id: str, kind: FileKind, file_id: str) -> str:
    """Where an upload waits for what names it. The order is in it, so that no other order can name it."""
    return f"uploads/{order_id}/{kind.value}/{file_id}"


def kept_key(order_id: str, sha256: str) -> str:
    """Where a file of an order is kept; all of an order are below one prefix, by which they are erased."""
    return f"files/{order_id}/{sha256}"


def take_evidence(files: FileStore, order_id: str, named: Iterable[Named]) -> tuple[KeptFile, ...]:
    """Read, check, hash and keep what is named; again changes nothing. Raises `FileMissing` and `FileNotAccepted`."""
    return tuple(_taken(files, order_id, each) for each in named)


def _taken(files: FileStore, order_id: str, named: Named) -> KeptFile:
    limit = LIMITS[named.kind]
    found = files.read(upload_key(order_id, named.kind, named.file_id), limit)
    if found is None:
        detail = f"There is no upload {named.file_id} of this kind for this order."
        raise FileMissing(detail, pointer=named.pointer)
    if found.body is None:
        facts: Mapping[str, int] = {"limit_bytes": limit, "bytes": found.size}
        raise FileNotAccepted(f"The file has more than {limit} bytes.", pointer=named.pointer, facts=facts)
    kind = type_of(found.body)
    if kind is None or kind != found.content_type:
        raise FileNotAccepted("The file is not of the type that it claims.", pointer=named.pointer)
    sha256 = sha256_hex(found.body)
    files.keep(kept_key(order_id, sha256), found.body, kind)
    return KeptFile(file_id=named.file_id, kind=named.kind, content_type=kind, bytes=len(found.body), sha256=sha256)


def type_of(body: bytes) -> str | None:
    """The accepted type that the bytes are of, by how they begin."""
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for kind, beginning in _BEGINNINGS.items() if body.startswith(beginning)), None)
