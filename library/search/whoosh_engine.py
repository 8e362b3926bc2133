"""The search engine of the library as it comes: Whoosh on the local disk.

Whoosh writes, merges and commits; `scorer` ranks. Readers look at the disk before every search, which
costs some microseconds, so that what a page was made from and what its `stamp` says always agree.
"""

from __future__ import annotations

import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import numpy as np

from library.errors import Conflict, LibraryError, Unavailable
from library.search.answer import answer
from library.search.columns import Ints
from library.search.differences import difference
from library.search.filling import TELL_EVERY, Canaries, by_work, gathered
from library.search.generations import Generations
from library.search.merging import add, merge_tiers, writer
from library.search.port import Health, Passage, Query, Results
from library.search.schema import BODIES, SENTINEL, Bodies, document, schema, work_key
from library.search.scorer import Snapshot
from library.search.segment_files import FileSegment
from library.search.segments import Flags
from library.search.stock import TOC, FileIndex, LockError, clean_files
from library.search.storage import IndexFiles

NAME: Final = "MAIN"
_TOC: Final = re.compile(rf"_{NAME}_(\d+)\.toc\Z")
_TRIES: Final = 20
_TROUBLE_LASTS: Final = 2.0
# Directory times are as coarse as the kernel's clock tick.
_SETTLED: Final = 100_000_000


class WhooshEngine:
    """`port.SearchEngine` on a folder."""

    def __init__(self, folder: Path) -> None:
        self._generations = Generations(folder)
        self._schema = schema()
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._opened: tuple[str, Snapshot] | None = None
        self._trouble: tuple[str, float, str] | None = None
        self._listed: tuple[str, int, int] = ("", 0, -1)
        self._bodies = Bodies(BODIES)

    # Reading

    def stamp(self) -> str:
        name = self._generations.current()
        return f"{name}.{self._commit(name)}" if name else "none"

    def _commit(self, name: str) -> int:
        """The number of the latest commit of a generation, -1 without one."""
        folder = f"{self._generations.folder}/{name}"
        try:
            changed = os.stat(folder).st_mtime_ns
            known, at, commit = self._listed
            if known == name and at == changed:
                return commit
            commit = max(
                (int(m[1]) for n in os.listdir(folder) if (m := _TOC.match(n))), default=-1
            )
        except OSError:
            return -1
        if time.time_ns() - changed > _SETTLED:
            self._listed = (name, changed, commit)
        return commit

    def search(self, query: Query) -> Results:
        began = time.perf_counter()
        snapshot = self._snapshot()
        try:
            results = answer(snapshot, query)
        except (OSError, ValueError, LookupError, LibraryError) as error:
            raise Unavailable(f"The search index cannot be read: {error}") from error
        results.took_ms = (time.perf_counter() - began) * 1000
        return results

    def _snapshot(self) -> Snapshot:
        """The latest commit, opened. `Unavailable` when there is none or it cannot be read."""
        if os.getpid() != self._process:
            # Open files share their position with the process that this one was forked from.
            self._lock, self._process = threading.Lock(), os.getpid()
            self.close()
        stamp = self.stamp()
        opened = self._opened
        if opened is not None and opened[0] == stamp:
            return opened[1]
        with self._lock:
            stamp = self.stamp()
            if self._opened is not None and self._opened[0] == stamp:
                return self._opened[1]
            if self._trouble is not None:
                # A damaged index is not read again for every visitor.
                troubled, since, message = self._trouble
                if troubled == stamp and time.monotonic() - since < _TROUBLE_LASTS:
                    raise Unavailable(message)
            try:
                self._opened = self._open()
            except Unavailable as error:
                self._opened = None
                self._trouble = (stamp, time.monotonic(), error.message)
                raise
            self._trouble = None
            return self._opened[1]

    def _open(self) -> tuple[str, Snapshot]:
        """Open the latest commit, again if a writer takes its files away meanwhile."""
        for _ in range(_TRIES):
            stamp = self.stamp()
            failure: Exception
            try:
                generation = self._generations.open(self._generations.current())
                toc = TOC.read(IndexFiles(generation.folder), NAME, schema=self._schema)
                before = self._opened[1] if self._opened else None
                known = {s.id: s for s in before.segments} if before else {}
                segments = []
                for found in toc.segments:
                    segment = known.get(found.segment_id())
                    if segment is None:
                        segment = FileSegment(generation.folder, self._schema, found)
                    segments.append((segment, _live(found)))
                if self.stamp() == stamp:
                    return stamp, Snapshot(segments, before)
                failure = Unavailable("The search index changes all the time.")
            except Exception as error:
                # Whoosh raises nearly anything on files that are not what it wrote.
                failure = error
            if self.stamp() == stamp:
                break
        if isinstance(failure, Unavailable):
            raise failure
        raise Unavailable(
            f"The search index is damaged and has to be rebuilt ({failure})."
        ) from failure

    def check(self) -> Health:
        for _ in range(_TRIES):
            stamp = self.stamp()
            health = self._examine()
            # A writer may have taken files away as they were being looked at.
            if health.problem is None or self.stamp() == stamp:
                break
        return health

    def _examine(self) -> Health:
        name = self._generations.current()
        try:
            generation = self._generations.open(name)
        except Unavailable as error:
            return Health(name, 0, None, None, error.message)
        problem = None
        passages = 0
        try:
            passages = self._snapshot().passages
            files = IndexFiles(generation.folder)
            for segment in TOC.read(files, NAME, schema=self._schema).segments:
                files.verify(segment.segment_id())
        except Unavailable as error:
            problem = error.message
        except Exception as error:
            # Whoosh raises nearly anything on files that are not what it wrote.
            problem = f"The search index is damaged and has to be rebuilt ({error})."
        return Health(name, passages, generation.analysis, generation.created, problem)

    def close(self) -> None:
        # The arrays are kept, so that processes forked after this share them.
        with self._lock:
            if self._opened is not None:
                for segment in self._opened[1].segments:
                    segment.release()

    # Writing

    def apply(self, *, works: Collection[str], passages: Iterable[Passage]) -> None:
        wanted, fresh = gathered(works, passages)
        if not wanted:
            return
        with self._generations.writing():
            snapshot = self._snapshot()
            folder = self._generations.open(self._generations.current()).folder
            gone, fresh = self._difference(snapshot, wanted, fresh)
            documents = [document(passage, bodies=self._bodies) for passage in fresh]
            if not len(gone) and not documents:
                return
            with _writing(folder) as output:
                if [s.segment_id() for s in output.segments] != [s.id for s in snapshot.segments]:
                    raise Conflict("Something else has written to the search index.")
                for passage in gone.tolist():
                    output.delete_document(passage)
                for fields in documents:
                    add(output, fields)
                output.commit(mergetype=merge_tiers)

    @staticmethod
    def _difference(
        snapshot: Snapshot, works: Collection[str], passages: Sequence[Passage]
    ) -> tuple[Ints, list[Passage]]:
        try:
            return difference(snapshot, [work_key(work) for work in works], passages)
        except (OSError, ValueError, LookupError, LibraryError) as error:
            raise Unavailable(f"The search index cannot be read: {error}") from error

    def rebuild(
        self, passages: Iterable[Passage], *, progress: Callable[[int], None] | None = None
    ) -> int:
        with self._generations.writing():
            try:
                self._generations.sweep()
                folder = self._generations.begin()
                try:
                    count = self._fill(folder, passages, progress or (lambda _: None))
                    self._generations.finish(folder)
                except BaseException:
                    shutil.rmtree(folder, ignore_errors=True)
                    raise
                self._generations.sweep()
            except OSError as error:
                raise Unavailable(_cannot_write(error)) from error
        return count

    def _fill(
        self, folder: Path, passages: Iterable[Passage], progress: Callable[[int], None]
    ) -> int:
        """Write a generation and read it back; the number of passages."""
        IndexFiles(folder).create_index(self._schema, NAME)
        count = 0
        canaries = Canaries()
        with _writing(folder) as output:
            add(output, SENTINEL)
            for passage in by_work(passages):
                fields = document(passage)
                add(output, fields)
                output.pool.make_room()
                canaries.add(passage, fields)
                count += 1
                if count % TELL_EVERY == 0:
                    progress(count)
            output.commit(mergetype=lambda _, segments: segments)
        toc = TOC.read(IndexFiles(folder), NAME, schema=self._schema)
        canaries.prove([FileSegment(folder, self._schema, found) for found in toc.segments])
        progress(count)
        return count


def _live(segment: Any) -> Flags | None:
    """A flag per passage, False where it is deleted; None if none is."""
    gone = list(segment.deleted_docs())
    if not gone:
        return None
    live = np.ones(segment.doc_count_all(), dtype=bool)
    live[gone] = False
    return live


@contextmanager
def _writing(folder: Path) -> Iterator[Any]:
    """A writer into the index of a generation; whatever goes wrong leaves the last commit."""
    files = IndexFiles(folder)
    shutil.rmtree(folder / f"{NAME}.tmp", ignore_errors=True)
    output = None
    try:
        output = writer(FileIndex(files, indexname=NAME))
        yield output
    except BaseException as error:
        with suppress(Exception):
            if output is not None:
                output.pool.cleanup()
                if not output.is_closed:
                    output.cancel()
        with suppress(Exception):
            files.abandon()
            shutil.rmtree(folder / f"{NAME}.tmp", ignore_errors=True)
            toc = TOC.read(files, NAME)
            clean_files(files, NAME, toc.generation, toc.segments)
        if isinstance(error, LockError):
            raise Conflict("Something else is writing to the search index.") from error
        if isinstance(error, OSError):
            raise Unavailable(_cannot_write(error)) from error
        raise


def _cannot_write(error: OSError) -> str:
    return f"The search index cannot be written: {error.strerror or error}."
