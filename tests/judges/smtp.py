"""A real mail server on a port of this machine, which keeps what it is given."""

from __future__ import annotations

import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


@dataclass(slots=True)
class Mailbox:
    """What the server has; ``answers`` are its refusals by recipient (``"550 unknown"``)."""

    port: int = 0
    envelopes: list[Any] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    logins: list[tuple[str, str]] = field(default_factory=list)

    @property
    def messages(self) -> list[EmailMessage]:
        found = []
        for envelope in self.envelopes:
            message = message_from_bytes(envelope.content, policy=default)
            assert isinstance(message, EmailMessage)
            found.append(message)
        return found

    @property
    def texts(self) -> list[str]:
        """The plain text of each message."""
        return [part(message, "plain") for message in self.messages]

    async def handle_RCPT(  # noqa: N802  # the server's name for it
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        refusal = self.answers.get(address)
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        return "250 OK"

    def authenticate(self, _s: Any, _e: Any, _session: Any, mechanism: str, told: Any) -> Any:
        assert isinstance(told, LoginPassword), mechanism
        self.logins.append((told.login.decode(), told.password.decode()))
        return AuthResult(success=told.password == b"p@ss word")


def part(message: EmailMessage, kind: str) -> str:
    """The text of a message, ``plain`` or ``html``."""
    found = message.get_body((kind,))
    assert found is not None, kind
    return str(found.get_content())


@contextmanager
def mail_server(*, tls: Path | None = None, login: bool = False) -> Iterator[Mailbox]:
    """A server for the time of the block; ``tls`` is a folder with ``cert.pem`` and ``key.pem``."""
    mailbox = Mailbox()
    options: dict[str, Any] = {}
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls / "cert.pem", tls / "key.pem")
        options["tls_context"] = context
    if login:
        options |= {
            "authenticator": mailbox.authenticate,
            "auth_required": True,
            "auth_require_tls": tls is not None,
        }
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        mailbox.port = probe.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port, **options)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


def certificate(folder: Path, host: str = "localhost") -> Path:
    """A certificate that signs itself, for a server of this machine."""
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")),
            *("-days", "2", "-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}"),
        ],
        check=True,
        capture_output=True,
    )
    return folder
