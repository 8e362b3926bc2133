"""The errors that travel up through the house.

Features raise them untranslated; the delivery floor turns each into a page, a problem document or an
exit code. A message is a full English sentence that says what is wrong and, where it can, what to do;
one that people read on a page is a `Sentence`, which can be said in their language.
``status`` is the HTTP status that fits, so that every entrance answers alike.
"""

from __future__ import annotations

from library.sentences import Sentence, sentence_of


class LibraryError(Exception):
    """Base of everything that the library refuses or cannot do."""

    status = 500
    slug = "error"

    def __init__(self, message: str = "", **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details = details

    @property
    def sentence(self) -> Sentence:
        """The message with what it is made of, where that is known."""
        return sentence_of(self.message)


class Invalid(LibraryError):
    """Input that breaks a rule; nothing was changed."""

    status = 422
    slug = "invalid"


class Malformed(LibraryError):
    """Input that cannot be read at all."""

    status = 400
    slug = "malformed"


class NotFound(LibraryError):
    """Nothing lives at this address or under this name."""

    status = 404
    slug = "not-found"


class Moved(LibraryError):
    """What lived at this address lives at another one now; ``path`` in the details says where."""

    status = 301
    slug = "moved"


class Gone(LibraryError):
    """Something lived here and was withdrawn; its address is kept as a tombstone."""

    status = 410
    slug = "gone"


class SignInNeeded(LibraryError):
    """Nobody is signed in, or not any more."""

    status = 401
    slug = "sign-in-needed"


class TooMany(LibraryError):
    """The same thing was tried too often; ``seconds`` in the details is how long to wait."""

    status = 429
    slug = "too-many"


class Forbidden(LibraryError):
    """The person is known and may not do this."""

    status = 403
    slug = "forbidden"


class Conflict(LibraryError):
    """The change was made against something that has moved on since."""

    status = 409
    slug = "conflict"


class TooLarge(LibraryError):
    """More bytes, rows or nesting than the limit allows."""

    status = 413
    slug = "too-large"


class Unavailable(LibraryError):
    """A part outside the process (database, object store, index) does not answer or refuses."""

    status = 503
    slug = "unavailable"


class Misconfigured(LibraryError):
    """A setting is wrong; the message names the setting."""

    status = 500
    slug = "misconfigured"


class Damaged(LibraryError):
    """Stored bytes are not what they were: a checksum or a structure does not hold."""

    status = 500
    slug = "damaged"
