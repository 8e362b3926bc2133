"""Files that browsers send straight into an S3 bucket: presigned parts, then a copy to their address.

They arrive under ``<prefix>.incoming/<key>``, where no reader finds them. The browser needs no more than
the addresses that we sign; which parts have arrived is asked of the server, so that an upload goes on
after the browser has forgotten everything.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, Final

from library.errors import Conflict, Damaged, Invalid, NotFound
from library.media.port import Part, Stored, require_address, require_link_seconds
from library.media.reading import Reading
from library.media.refusal import explain

INCOMING: Final = ".incoming/"
FOREVER: Final = "public, max-age=31536000, immutable"
"""What is addressed by its content never changes."""

KEPT: Final = 14 * 24 * 3600
"""Seconds after which parts that nobody went on with are swept whoever began them."""

# As servers say that they know nothing of an upload; some mean the object by the same words.
_GONE: Final = frozenset(("NoSuchUpload", "NoSuchKey"))
_LEAST: Final = 8 * 1024 * 1024
_MOST_PARTS: Final = 10_000
_LARGEST_PART: Final = 5 * 1024**3
# One request copies at most 5 GiB; from here on the copy is made in parts, at the server.
_COPIED_AT_ONCE: Final = 1024**3
_COPIED_PART: Final = 512 * 1024 * 1024


class S3Parts:
    """A :class:`library.media.port.DirectUploads` in a bucket."""

    def __init__(
        self,
        bucket: str,
        prefix: str,
        *,
        where: str,
        client: Callable[[], Any],
        border: Callable[..., AbstractContextManager[None]],
        key_of: Callable[[str], str],
    ) -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._where = where
        self._client = client
        self._border = border
        self._key_of = key_of

    def part_size(self, size: int) -> int:
        """See the port. At least 8 MiB: on a bad line a part that breaks is sent again whole."""
        wanted = max(_LEAST, -(-size // _MOST_PARTS))
        mib = -(-wanted // 1024**2) * 1024**2
        if mib > _LARGEST_PART:
            raise Invalid("The file is larger than the object store takes.", size=size)
        return mib

    def begin(self, key: str) -> str:
        """See the port."""
        with self._border():
            begun = self._client().create_multipart_upload(
                **self._place(key),
                ContentType="application/octet-stream",
                ContentDisposition="attachment",
            )
        return str(begun["UploadId"])

    def address(self, key: str, handle: str, *, number: int, size: int, seconds: int) -> str:
        """See the port. The length is signed, so that no quota can be overrun."""
        require_link_seconds(seconds)
        if not 1 <= number <= _MOST_PARTS:
            raise Invalid(f"A file has parts 1 to {_MOST_PARTS}.")
        with self._border():
            return str(
                self._client().generate_presigned_url(
                    "upload_part",
                    Params={
                        **self._place(key),
                        "UploadId": handle,
                        "PartNumber": number,
                        "ContentLength": size,
                    },
                    ExpiresIn=seconds,
                )
            )

    def parts(self, key: str, handle: str) -> list[Part]:
        """See the port."""
        return [Part(number, size) for number, size, _ in self._listed(key, handle)]

    def complete(self, key: str, handle: str, *, size: int) -> None:
        """See the port."""
        try:
            listed = self._listed(key, handle)
        except NotFound:
            if self._size(key) == size:
                return
            raise
        numbers = [number for number, _, _ in listed]
        if numbers != list(range(1, len(numbers) + 1)) or sum(row[1] for row in listed) != size:
            there = sum(row[1] for row in listed)
            raise Conflict(f"Of {size} bytes {there} have arrived in {len(listed)} parts.")
        with self._gone_as_not_found():
            self._client().complete_multipart_upload(
                **self._place(key),
                UploadId=handle,
                MultipartUpload={
                    "Parts": [{"PartNumber": number, "ETag": etag} for number, _, etag in listed]
                },
            )

    def open(self, key: str) -> Reading:
        """See the port."""
        with self._border("incoming"):
            answer = self._client().get_object(**self._place(key))
        return Reading(
            answer["Body"],
            length=answer["ContentLength"],
            sha256="",
            verify=False,
            border=lambda error: explain(error, where=self._where),
        )

    def adopt(self, key: str, *, sha256: str, size: int) -> Stored:
        """See the port. The server copies; nothing comes through here."""
        target = self._key_of(require_address(sha256))
        there = self._size_of(target)
        if there == size:
            self._delete(key)
            return Stored(sha256, size)
        found = self._size(key)
        if found is None:
            raise NotFound("This upload is no longer in the object store.")
        if found != size:
            raise Damaged(f"The upload has {found} bytes in the object store, not {size}.")
        with self._border("incoming"):
            from boto3.s3.transfer import TransferConfig

            self._client().copy(
                self._place(key),
                self._bucket,
                target,
                ExtraArgs={**headers_of(sha256), "MetadataDirective": "REPLACE"},
                Config=TransferConfig(
                    multipart_threshold=_COPIED_AT_ONCE, multipart_chunksize=_COPIED_PART
                ),
            )
        if self._size_of(target) != size:
            raise Damaged("The object store has not copied all of the upload.", sha256=sha256)
        self._delete(key)
        return Stored(sha256, size)

    def abandon(self, key: str, handle: str) -> None:
        """See the port."""
        with contextlib.suppress(NotFound), self._gone_as_not_found():
            self._client().abort_multipart_upload(**self._place(key), UploadId=handle)
        self._delete(key)

    def _place(self, key: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": f"{self._prefix}{INCOMING}{key}"}

    def _listed(self, key: str, handle: str) -> list[tuple[int, int, str]]:
        with self._gone_as_not_found():
            pages = (
                self._client()
                .get_paginator("list_parts")
                .paginate(**self._place(key), UploadId=handle)
            )
            return [
                (part["PartNumber"], part["Size"], part["ETag"])
                for page in pages
                for part in page.get("Parts", ())
            ]

    @contextlib.contextmanager
    def _gone_as_not_found(self) -> Iterator[None]:
        """An upload that the server does not know is ``NotFound``, everything else as ever."""
        with self._border():
            try:
                yield
            except Exception as error:
                answer = getattr(error, "response", None)
                code = answer.get("Error", {}).get("Code") if isinstance(answer, dict) else None
                if code in _GONE:
                    raise NotFound("The object store has no such upload in parts.") from error
                raise

    def _size(self, key: str) -> int | None:
        return self._size_of(self._place(key)["Key"])

    def _size_of(self, name: str) -> int | None:
        try:
            with self._border("incoming"):
                answer = self._client().head_object(Bucket=self._bucket, Key=name)
        except NotFound:
            return None
        return int(answer["ContentLength"])

    def _delete(self, key: str) -> None:
        with contextlib.suppress(NotFound), self._border("incoming"):
            self._client().delete_object(**self._place(key))


def headers_of(sha256: str) -> dict[str, Any]:
    """What is kept beside an object."""
    return {
        # The real type goes with each link; until then nobody shall take it for a page.
        "ContentType": "application/octet-stream",
        "ContentDisposition": "attachment",
        "CacheControl": FOREVER,
        "Metadata": {"sha256": sha256},
    }
