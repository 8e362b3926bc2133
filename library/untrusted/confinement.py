"""Limits of a process that reads files from strangers: it may use little, and dies with who started it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal

_PR_SET_PDEATHSIG = 1


def confine(*, memory: int, file_size: int, files: int, nice: int = 5) -> None:
    """From now on at most ``memory`` bytes of address space, ``files`` open files, and no file that is
    larger than ``file_size`` bytes is written. Limits that are lower already stay."""
    die_with_parent()
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, file_size),
        (resource.RLIMIT_NOFILE, files),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (allowed, allowed))
    with contextlib.suppress(OSError):
        os.nice(nice)


def grant(seconds: int) -> None:
    """So much more processor time; the system ends the process where it takes more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = int(used.ru_utime + used.ru_stime) + 1 + seconds
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (most, hard))


def die_with_parent() -> None:
    """On Linux, end when the parent ends however it ends."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
