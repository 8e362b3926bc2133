"""What an S3 server or the way to it refused, said in one sentence of ours.

Nothing of the request is repeated in the sentence, so that no signature or key reaches a log.
"""

from __future__ import annotations

import errno
import os
from typing import Any, Final

from library.errors import NotFound, Unavailable
from library.media.port import missing

_ABSENT: Final = frozenset({"404", "NoSuchKey", "NotFound"})

_REFUSALS: Final = {
    "InvalidAccessKeyId": "it does not know the access key",
    "SignatureDoesNotMatch": "the secret key does not fit the access key",
    "AccessDenied": "the access key may not do this",
    "403": "the access key is wrong or may not do this",
    "AccountProblem": "the account is suspended",
    "ExpiredToken": "the credentials have expired",
    "InvalidToken": "the session token is not valid",
    "RequestTimeTooSkewed": "the clock of this machine differs too much from the server's",
    "PermanentRedirect": "the bucket lives in another region or at another endpoint",
    "301": "the bucket lives in another region or at another endpoint",
    "AuthorizationHeaderMalformed": "the region is not the bucket's",
    "IllegalLocationConstraintException": "the region is not the bucket's",
    "InvalidBucketName": "the server does not accept this name for a bucket",
    "QuotaExceeded": "its quota is used up",
    "EntityTooLarge": "the file is larger than it accepts",
    "SlowDown": "it asks for fewer requests",
}

_FAILURES: Final = {
    "SSLError": "its certificate is not trusted or the connection is not HTTPS",
    "EndpointConnectionError": "no connection could be made",
    "ConnectTimeoutError": "nobody answers there",
    "ReadTimeoutError": "it stopped answering",
    "ConnectionClosedError": "it closed the connection",
    "ResponseStreamingError": "the connection broke off",
    "IncompleteReadError": "the connection broke off",
    "HTTPClientError": "the connection broke off",
    "ProxyConnectionError": "the proxy does not answer",
    "NoCredentialsError": "no credentials were found (set AWS_ACCESS_KEY_ID and"
    " AWS_SECRET_ACCESS_KEY)",
    "PartialCredentialsError": "one half of the credentials is missing",
    "CredentialRetrievalError": "the credentials could not be fetched",
    "TokenRetrievalError": "the credentials could not be fetched",
    "ProfileNotFound": "the profile that AWS_PROFILE names does not exist",
}


def explain(error: Exception, *, where: str, sha256: str | None = None) -> NotFound | Unavailable:
    """Our error for one of boto3's, botocore's or the system's.

    ``where`` names the bucket and its server in words. With ``sha256`` the request was about that
    object, and "not found" means it; a missing bucket is always ``Unavailable``.
    """
    response: dict[str, Any] = getattr(error, "response", None) or {}
    if response:
        code = str(response.get("Error", {}).get("Code", ""))
        status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        if code == "NoSuchBucket" or (sha256 is None and code in _ABSENT):
            return Unavailable(f"There is no {where}: create the bucket or correct its name.")
        if sha256 is not None and code in _ABSENT:
            return missing(sha256)
        reason = _REFUSALS.get(code) or f"it answered {status or ''} {code}".replace("  ", " ")
        return Unavailable(f"The media store ({where}) refused: {reason}.", code=code)
    for kind in type(error).__mro__:
        if kind.__name__ in _FAILURES:
            return Unavailable(f"The media store ({where}) is away: {_FAILURES[kind.__name__]}.")
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return Unavailable("The temporary folder of this machine is full.")
    if isinstance(error, OSError) and error.errno:
        return Unavailable(f"The media store ({where}) is away: {os.strerror(error.errno)}.")
    return Unavailable(f"The media store ({where}) failed: {type(error).__name__}.")
