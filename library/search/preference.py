"""What the language of a passage is worth to a reader."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np

from library.search.segments import Floats
from library.search.stems import primary

OWN_LANGUAGE: Final = 1.6
"""Factor for passages in the reader's language."""

SISTER_LANGUAGE: Final = 1.4
"""Factor for another form of the reader's language (zh-Hant for zh-Hans)."""

UNDECIDED: Final = 3
"""Words up to which those factors hold whole: a longer question tells its language by itself."""


@lru_cache(maxsize=256)
def worth(languages: tuple[str, ...], lang: str, words: int) -> Floats:
    """For no language and for each of ``languages``, what the score of a passage is multiplied by for a
    reader of ``lang`` who asks with so many words."""
    own = primary(lang)
    factors = [
        OWN_LANGUAGE if tag == lang else SISTER_LANGUAGE if primary(tag) == own else 1.0
        for tag in languages
    ]
    power = min(1.0, UNDECIDED / max(1, words))
    told = (np.array([1.0, *factors]) ** power).astype(np.float32)
    told.flags.writeable = False
    return told
