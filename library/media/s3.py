"""Media files in an S3 bucket: ``<prefix>ab/cd/<sha256>``, the same layout as the folder store.

Written against what every S3 server does: plain PUT, multipart, HEAD, ranged GET, version 2 listing
and presigned GET. boto3 comes with the extra ``s3`` and is imported when the first request is made, so
that sites without S3 need not have it and sites with it start fast.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal
from urllib.parse import urlsplit

from library.errors import Damaged, LibraryError, Misconfigured, NotFound, Unavailable
from library.media.disposition import content_disposition
from library.media.outage import Outage
from library.media.port import (
    Stored,
    clamp_range,
    is_address,
    missing,
    require_address,
    require_link_seconds,
)
from library.media.reading import Reading
from library.media.refusal import explain
from library.media.s3_parts import FOREVER, INCOMING, KEPT, S3Parts, headers_of
from library.media.spool import Spool
from library.media.types import INLINE_TYPES

Style = Literal["path", "virtual"]
Serve = Literal["redirect", "proxy"]

_MULTIPART_ABOVE: Final = 16 * 1024 * 1024
_PART: Final = 16 * 1024 * 1024
_PARTS_AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one request may take: seconds to connect, seconds of silence, attempts in all."""

    connect: float = 3.0
    read: float = 30.0
    attempts: int = 3


# What a reader waits for the first byte; whoever stores something has more time.
_FOR_READERS: Final = Patience(connect=2.0, read=5.0, attempts=2)


class S3Store:
    """A :class:`library.media.port.MediaStore` in a bucket. Made by :func:`connect`."""

    def __init__(
        self,
        bucket: str,
        *,
        prefix: str,
        serve: Serve,
        where: str,
        make_client: Callable[[bool, bool], Any],
    ) -> None:
        self.bucket = bucket
        self.prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self.where = where
        self._serve = serve
        self._make_client = make_client
        self._making = threading.Lock()
        self._made: dict[tuple[int, bool], Any] = {}
        self._outage = Outage()
        self._origin: str | None = None

    def put(self, stream: BinaryIO) -> Stored:
        """See the port. Nothing is sent when an object of the same size is already there."""
        with Spool(stream, border=_spool_failed) as spool:
            with contextlib.suppress(NotFound):
                if self._head(spool.sha256) == spool.size:
                    return Stored(spool.sha256, spool.size)
            if spool.path is None or spool.size <= _MULTIPART_ABOVE:
                self._send(spool)
            else:
                self._send_in_parts(spool.path, spool.sha256, spool.size)
            return Stored(spool.sha256, spool.size)

    def take(self, path: Path, *, sha256: str) -> Stored:
        """See the port. Nothing is sent when an object of the same size is already there."""
        key = self._key(require_address(sha256))
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            raise missing(sha256) from None
        there = None
        with contextlib.suppress(NotFound):
            there = self._head(sha256)
        if there != size:
            if size <= _MULTIPART_ABOVE:
                with path.open("rb") as file, self._border():
                    self._client().put_object(
                        Bucket=self.bucket, Key=key, Body=file, **headers_of(sha256)
                    )
            else:
                self._send_in_parts(path, sha256, size)
        path.unlink()
        return Stored(sha256, size)

    def direct(self) -> S3Parts | None:
        """See the port. None where browsers are not to know of the bucket (``serve=proxy``)."""
        if self._serve == "proxy":
            return None
        return S3Parts(
            self.bucket,
            self.prefix,
            where=self.where,
            client=self._client,
            border=self._border,
            key_of=self._key,
        )

    def open(self, sha256: str, *, start: int = 0, end: int | None = None) -> Reading:
        """See the port."""
        whole = start == 0 and end is None
        wanted: dict[str, str] = {}
        if not whole:
            # Empty and reversed ranges cannot be said in HTTP, so the size must be known first.
            first, last = clamp_range(start, end, self.size(sha256))
            if first == last:
                return self._reading(None, 0, sha256, verify=False)
            wanted["Range"] = f"bytes={first}-{last - 1}"
        with self._outage.asking(), self._border(sha256):
            answer = self._client(reads=True).get_object(
                Bucket=self.bucket, Key=self._key(require_address(sha256)), **wanted
            )
        return self._reading(answer["Body"], answer["ContentLength"], sha256, verify=whole)

    def size(self, sha256: str) -> int:
        """See the port."""
        with self._outage.asking():
            found = self._found(require_address(sha256), reads=True)
        if found is None:
            raise missing(sha256)
        return found

    def exists(self, sha256: str) -> bool:
        """See the port."""
        return is_address(sha256) and self._found(sha256) is not None

    def delete(self, sha256: str) -> None:
        """See the port."""
        if is_address(sha256):
            with self._border(), contextlib.suppress(NotFound), self._border(sha256):
                self._client().delete_object(Bucket=self.bucket, Key=self._key(sha256))

    def digests(self) -> Iterator[str]:
        """See the port. One request for every thousand objects."""
        with self._border():
            pages = iter(
                self._client()
                .get_paginator("list_objects_v2")
                .paginate(Bucket=self.bucket, Prefix=self.prefix)
            )
        while True:
            with self._border():
                page = next(pages, None)
            if page is None:
                return
            for entry in page.get("Contents", ()):
                sha256 = entry["Key"].rpartition("/")[2]
                if is_address(sha256) and entry["Key"] == self._key(sha256):
                    yield sha256

    def link(
        self, sha256: str, *, name: str, media_type: str, inline: bool, seconds: int
    ) -> str | None:
        """See the port. With temporary credentials the link dies with them if that is sooner."""
        require_address(sha256)
        require_link_seconds(seconds)
        if self._serve == "proxy":
            return None
        disposition = content_disposition(name, inline=inline and media_type in INLINE_TYPES)
        with self._border():
            return str(
                self._client().generate_presigned_url(
                    "get_object",
                    Params={
                        "Bucket": self.bucket,
                        "Key": self._key(sha256),
                        "ResponseContentDisposition": disposition,
                        "ResponseContentType": media_type,
                        "ResponseCacheControl": FOREVER,
                    },
                    ExpiresIn=seconds,
                )
            )

    def origin(self) -> str | None:
        """See the port."""
        if self._serve == "proxy":
            return None
        if self._origin is None:
            with self._border():
                address = self._make_client(False, True).generate_presigned_url(
                    "get_object", Params={"Bucket": self.bucket, "Key": "0"}
                )
            parts = urlsplit(address)
            self._origin = f"{parts.scheme}://{parts.netloc}"
        return self._origin

    def path(self, sha256: str) -> None:
        """See the port. A bucket has no files."""

    def sweep(self, *, older_than: float = 24 * 3600) -> int:
        """See the port. Aborts multipart uploads; a writer that takes longer than this loses."""
        now = datetime.now(UTC)
        limit = now - timedelta(seconds=older_than)
        # What browsers send is gone on with days later; who began it forgets it by and by.
        patient = now - timedelta(seconds=max(older_than, KEPT))
        swept = 0
        with self._border():
            client = self._client()
            pages = client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self.bucket, Prefix=self.prefix
            )
            for upload in [upload for page in pages for upload in page.get("Uploads", ())]:
                incoming = upload["Key"].startswith(f"{self.prefix}{INCOMING}")
                if upload["Initiated"] <= (patient if incoming else limit):
                    client.abort_multipart_upload(
                        Bucket=self.bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                    )
                    swept += 1
        return swept

    def check(self) -> None:
        """See the port. Begins an upload and abandons it: permission to write, and nothing written."""
        with self._outage.asking(), self._border():
            client = self._client(reads=True)
            client.head_bucket(Bucket=self.bucket)
            where = {"Bucket": self.bucket, "Key": f"{self.prefix}.check"}
            begun = client.create_multipart_upload(**where)
            client.abort_multipart_upload(**where, UploadId=begun["UploadId"])

    def _client(self, *, reads: bool = False) -> Any:
        """The client of this process: its connections must not be shared across a fork."""
        key = (os.getpid(), reads)
        with self._making:
            if key not in self._made:
                self._made = {k: made for k, made in self._made.items() if k[0] == key[0]}
                self._made[key] = self._make_client(True, reads)
            return self._made[key]

    def _key(self, sha256: str) -> str:
        return f"{self.prefix}{sha256[:2]}/{sha256[2:4]}/{sha256}"

    def _head(self, sha256: str, *, reads: bool = False) -> int:
        """The size of the stored object. ``NotFound`` here may still mean that the bucket is absent."""
        with self._border(sha256):
            answer = self._client(reads=reads).head_object(
                Bucket=self.bucket, Key=self._key(sha256)
            )
            return int(answer["ContentLength"])

    def _found(self, sha256: str, *, reads: bool = False) -> int | None:
        """The size of the stored object, or ``None``. Says so when it is the bucket that is absent."""
        try:
            return self._head(sha256, reads=reads)
        except NotFound:
            # The answer to HEAD has no body that could tell a missing object from a missing bucket.
            with self._border():
                self._client(reads=reads).head_bucket(Bucket=self.bucket)
            return None

    def _send(self, spool: Spool) -> None:
        # One signed request: the server compares the body with its SHA-256 before it keeps it.
        with self._border():
            self._client().put_object(
                Bucket=self.bucket,
                Key=self._key(spool.sha256),
                Body=spool.file,
                **headers_of(spool.sha256),
            )

    def _send_in_parts(self, path: Path, sha256: str, size: int) -> None:
        key = self._key(sha256)
        with self._border():
            from boto3.s3.transfer import TransferConfig, create_transfer_manager

            settings = TransferConfig(
                multipart_threshold=_MULTIPART_ABOVE,
                multipart_chunksize=_PART,
                max_concurrency=_PARTS_AT_ONCE,
            )
            # From a named file the parts are read as they are sent, never held in memory.
            with create_transfer_manager(self._client(), settings) as transfers:
                transfers.upload(str(path), self.bucket, key, headers_of(sha256)).result()
        # Every part was verified on its own; that they are all there, only the whole can say.
        if self._found(sha256) != size:
            raise Damaged(
                f"Of {size} bytes sent to the media store ({self.where}) not all were stored.",
                sha256=sha256,
            )

    def _reading(self, body: Any, length: int, sha256: str, *, verify: bool) -> Reading:
        return Reading(
            body,
            length=length,
            sha256=sha256,
            verify=verify,
            border=lambda error: explain(error, where=self.where),
        )

    @contextlib.contextmanager
    def _border(self, sha256: str | None = None) -> Iterator[None]:
        """Turn boto3's errors into ours; with ``sha256``, "not found" is about that object."""
        try:
            yield
        except (LibraryError, GeneratorExit):
            raise
        except Exception as error:
            raise explain(error, where=self.where, sha256=sha256) from error


def connect(
    bucket: str,
    *,
    prefix: str = "",
    endpoint: str | None = None,
    region: str | None = None,
    style: Style | None = None,
    serve: Serve = "redirect",
    verify: Path | bool = True,
    patience: Patience | None = None,
) -> S3Store:
    """The store in a bucket; no request is made yet.

    ``style`` is where the bucket's name goes: ``path`` (the default at a custom ``endpoint``) or
    ``virtual`` (the default at AWS). ``verify`` is a file of trusted certificates, or whether to check
    them at all. Credentials come from boto3's usual chain. Raises ``Misconfigured`` without boto3.
    """
    if importlib.util.find_spec("boto3") is None:
        raise Misconfigured(
            "LIBRARY_MEDIA_URL names an S3 bucket, but boto3 is not installed:"
            " install the extra with pip install 'mortise[s3]'."
        )

    def make_client(signed: bool, reads: bool) -> Any:
        import boto3
        from botocore import UNSIGNED
        from botocore.config import Config

        # Servers other than AWS answer 411 or worse to the checksum trailers that boto3 adds.
        checksums = (
            {}
            if endpoint is None
            else {
                "request_checksum_calculation": "when_required",
                "response_checksum_validation": "when_required",
            }
        )
        limits = patience or (_FOR_READERS if reads else Patience())
        settings = Config(
            signature_version="s3v4" if signed else UNSIGNED,
            connect_timeout=limits.connect,
            read_timeout=limits.read,
            retries={"total_max_attempts": limits.attempts, "mode": "standard"},
            s3={
                "addressing_style": style or ("virtual" if endpoint is None else "path"),
                # The server then checks the SHA-256 of every body that it is sent.
                "payload_signing_enabled": True,
            },
            **checksums,
        )
        # With neither an endpoint nor a region, boto3's own chain (its environment variable or its
        # file) names the region; a custom endpoint that has none signs with the customary one.
        session = boto3.session.Session()
        place = region or session.region_name or (None if endpoint is None else "us-east-1")
        return session.client(
            "s3",
            endpoint_url=endpoint,
            region_name=place,
            verify=str(verify) if isinstance(verify, Path) else verify,
            config=settings,
        )

    return S3Store(
        bucket,
        prefix=prefix,
        serve=serve,
        where=f"bucket {bucket} at {endpoint or 'AWS'}",
        make_client=make_client,
    )


def _spool_failed(error: OSError) -> LibraryError:
    reason = os.strerror(error.errno) if error.errno else str(error)
    return Unavailable(
        f"The upload cannot be held in the temporary folder {tempfile.gettempdir()}: {reason}."
    )
