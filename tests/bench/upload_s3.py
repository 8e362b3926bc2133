"""``upload-s3``: a large file straight to the bucket, beside boto3's own multipart upload."""

from __future__ import annotations

import http.client
import json
import queue
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from tests.bench import sending
from tests.bench.rows import Absent, Outcome, Row
from tests.journeys.desk_site import COLLEGE, furnish, serving
from tests.judges import s3 as judge
from tests.judges.site import Site

BYTES = 256 << 20
AT_LEAST = 0.8
HANDS = 3
ROUNDS = 3


def run() -> Iterator[Outcome]:
    if any(shutil.which(program) is None for program in judge.PROGRAMS):
        yield Absent("upload-s3", judge.INSTALL)
        return
    # The server of the judges keeps everything in memory.
    size = min(sending.size(BYTES), 512 << 20)
    with (
        tempfile.TemporaryDirectory(prefix="mortise-bench-upload-") as name,
        judge.running_radosgw() as store,
    ):
        file = Path(name) / "film.bin"
        with file.open("wb") as made:
            for _ in range(size >> 20):
                made.write(sending.BLOCK)
        client = _client(store)
        client.create_bucket(Bucket=judge.BUCKET)
        site = Site(Path(name) / "data")
        site.data.mkdir()
        site.environ |= {
            "LIBRARY_MEDIA_URL": f"s3://{judge.BUCKET}/bench?endpoint={store.http}",
            "AWS_ACCESS_KEY_ID": store.access_key,
            "AWS_SECRET_ACCESS_KEY": store.secret_key,
        }
        cookie = furnish(site)
        ours, theirs = [], []
        with serving(site, "--without-worker") as server:
            who = sending.sender(server, cookie)
            for _ in range(ROUNDS):
                ours.append(_ours(who, file))
                theirs.append(_theirs(client, file))
    rate, reference = size / median(ours) / 1e6, size / median(theirs) / 1e6
    yield Row(
        "upload-s3",
        f"{size >> 20} MiB straight to the bucket",
        rate,
        "MB/s",
        f">= {AT_LEAST} of it",
        rate >= AT_LEAST * reference,
        reference,
        "boto3's own multipart",
    )


def _client(store: judge.Radosgw) -> Any:
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=store.http,
        aws_access_key_id=store.access_key,
        aws_secret_access_key=store.secret_key,
        region_name="us-east-1",
        config=Config(
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def _theirs(client: Any, file: Path) -> float:
    from boto3.s3.transfer import TransferConfig

    settings = TransferConfig(
        multipart_threshold=8 << 20, multipart_chunksize=8 << 20, max_concurrency=HANDS
    )
    begun = time.monotonic()
    client.upload_file(str(file), judge.BUCKET, "theirs", Config=settings)
    took = time.monotonic() - begun
    client.delete_object(Bucket=judge.BUCKET, Key="theirs")
    return took


def _ours(who: sending.Sender, file: Path) -> float:
    """The requests of `static/desk/parts.js`, by as many hands."""
    begun = time.monotonic()
    told = {"institution": COLLEGE, "name": file.name, "size": file.stat().st_size}
    _, said = who.ask("POST", "/uploads/parts", json.dumps(told), Content_Type="application/json")
    path = f"/uploads/{said['uuid']}/parts"
    left: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in range(1, said["count"] + 1):
        left.put(number)
    addresses: dict[int, str] = {}
    lock = threading.Lock()
    faults: list[str] = []

    def address(number: int) -> str:
        with lock:
            if number not in addresses:
                wanted = ",".join(str(n) for n in range(number, number + 12))
                _, more = who.ask("GET", f"{path}?quick&sign={wanted}")
                addresses.update({int(k): v for k, v in more["addresses"].items()})
            return addresses[number]

    def hand() -> None:
        connection: http.client.HTTPConnection | None = None
        with file.open("rb") as source:
            while True:
                try:
                    number = left.get_nowait()
                except queue.Empty:
                    return
                parts = urlsplit(address(number))
                if connection is None:
                    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
                source.seek((number - 1) * said["part_size"])
                connection.request(
                    "PUT", f"{parts.path}?{parts.query}", body=source.read(said["part_size"])
                )
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    faults.append(f"part {number}: {answer.status}")
                    return

    hands = [threading.Thread(target=hand) for _ in range(HANDS)]
    for one in hands:
        one.start()
    for one in hands:
        one.join()
    if faults:
        raise RuntimeError(", ".join(faults))
    who.ask("POST", path)
    took = time.monotonic() - begun
    who.ask("DELETE", f"/uploads/{said['uuid']}")
    return took
