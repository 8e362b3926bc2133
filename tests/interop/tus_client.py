"""A browser that speaks tus, for tests in process."""

from __future__ import annotations

import base64
import re
from typing import Any

from werkzeug.test import TestResponse

from library.interop.tus_headers import PIECE_TYPE
from tests.people import ORIGIN, DeskClient


class TusClient:
    """Sends the headers that a page of the desk would send."""

    def __init__(self, client: DeskClient) -> None:
        self._client = client
        found = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/en/desk").text)
        assert found
        self.token = found[1]

    def send(self, method: str, path: str, body: bytes = b"", **headers: Any) -> TestResponse:
        told = {"Tus-Resumable": "1.0.0", "X-CSRF-Token": self.token}
        told |= {name.replace("_", "-"): str(value) for name, value in headers.items()}
        told = {name: value for name, value in told.items() if value}
        return self._client.open(path, method=method, data=body, headers=told, base_url=ORIGIN)

    def create(self, size: int, name: str = "a.txt", **more: Any) -> str:
        """Announce a file; returns its address."""
        answer = self.announce(size, name, **more)
        assert answer.status_code == 201, answer.text
        return str(answer.location)

    def announce(self, size: int, name: str = "a.txt", **more: Any) -> TestResponse:
        headers = {k: v for k, v in more.items() if k[0].isupper()}
        told = {"institution": "mbeya-college", "filename": name}
        told |= {k: v for k, v in more.items() if k[0].islower() and k != "body"}
        return self.send(
            "POST",
            "/uploads",
            more.get("body", b""),
            Upload_Length=size,
            Upload_Metadata=metadata(told),
            **headers,
        )

    def patch(self, path: str, offset: int, body: bytes, **headers: Any) -> TestResponse:
        headers.setdefault("Content_Type", PIECE_TYPE)
        return self.send("PATCH", path, body, Upload_Offset=offset, **headers)

    def offset(self, path: str) -> int:
        answer = self.send("HEAD", path)
        assert answer.status_code == 200, answer.status
        return int(answer.headers["Upload-Offset"])

    def state(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = self.send("GET", path).json or {}
        return found


def metadata(told: dict[str, str]) -> str:
    return ",".join(
        f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in told.items()
    )
