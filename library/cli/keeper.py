"""The process at the top of ``library serve``: it keeps the web workers, and a worker while work waits.

A program of its own that imports nothing of the library and little of Python. A process that has loaded
the site and then only looks after others holds on to every page of memory that they have since changed:
some 40 MB for nothing. So the site is loaded by a *crew* (``library.cli.crew``) that forks the web
workers and is gone; they then belong to this process, which on Linux takes over orphans below it.

It hears of its web workers by a pipe each: ``1234 `` is its process id, ``.`` a sign of life, ``w`` that
work waits; the end of the pipe is the end of the worker, however it ended. A worker that sees nobody at
the other end ends as well.

::

    keeper.py --address http://127.0.0.1:8000 --port 8000 --listening FD --workers N \\
        --with-worker|--without-worker -- COMMAND...

``COMMAND crew`` and ``COMMAND work`` are what it starts. SIGTERM, SIGINT and SIGQUIT end everything,
SIGHUP replaces the web workers by new ones.
"""

from __future__ import annotations

import os
import select
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
else:
    # `signal` without its enumerations, for which it loads a tenth of all that this process holds.
    import _signal as signal

# How often is looked at what no signal and no pipe tells, in seconds.
LOOK = 1.0
# A web worker that has given no sign of life for this long is hung, in seconds.
SILENCE = 60.0
# What dies again and again is started again after so many seconds, then after twice as many ...
PAUSE = 2.0
LONGEST_PAUSE = 60.0
# Who is asked to end is asked again, and then made to, after so many seconds.
AGAIN, LIMIT = 6.0, 13.0

_ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


class WebWorker:
    """What is known of a web worker: ``pid`` is 0 until it has said it."""

    def __init__(self, pipe: int) -> None:
        self.pipe = pipe
        self.pid = 0
        self.heard = time.monotonic()
        self.retired = False
        self._said = b""

    def hear(self) -> bool | None:
        """Take in what it said: True if work waits, None at the end of the pipe."""
        try:
            said = os.read(self.pipe, 4096)
        except BlockingIOError:
            return False
        if not said:
            return None
        self.heard = time.monotonic()
        if not self.pid:
            number, space, said = (self._said + said).partition(b" ")
            if not space:
                self._said = number
                return False
            self.pid = int(number)
        return b"w" in said


class Restarts:
    """When something may be started again: at once, then after ever longer pauses while it goes on dying."""

    def __init__(self) -> None:
        self._pause = self._started = self._next = 0.0

    def due(self) -> bool:
        return time.monotonic() >= self._next

    def started(self) -> None:
        self._started = time.monotonic()

    def failed(self) -> None:
        now = time.monotonic()
        if now - self._started > LONGEST_PAUSE:
            self._pause = 0.0
        self._next = now + self._pause
        self._pause = min(max(self._pause * 2, PAUSE), LONGEST_PAUSE)


class Keeper:
    def __init__(
        self,
        *,
        address: str,
        port: str,
        listening: int,
        workers: int,
        with_worker: bool,
        command: list[str],
    ) -> None:
        self._address = address
        self._port = port
        self._listening = listening
        self._wanted = workers
        self._with_worker = with_worker
        self._command = command
        self._web: list[WebWorker] = []
        self._crew = self._worker = 0
        self._crews, self._works = Restarts(), Restarts()
        self._waits = self._renewing = self._stopping = False
        self._served = False
        self._alone = True
        self._wake, woken = os.pipe()
        for end in (self._wake, woken):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(woken, warn_on_full_buffer=False)

    def run(self) -> int:
        """Until a signal asks for the end; returns the exit code."""
        for number in (*_ENDING, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, self._signalled)
        failed = 0
        while not self._stopping:
            if self._renewing and not self._crew:
                self._renewing = False
                for worker in self._web:
                    worker.retired = True
            missing = self._wanted - sum(not worker.retired for worker in self._web)
            if missing > 0 and not self._crew and self._crews.due():
                self._start_crew(missing)
            if self._waits and not self._worker and self._works.due():
                self._works.started()
                self._worker = self._start([*self._command, "work", "--until-idle"])
                self._waits = not self._worker
                if self._waits:
                    self._works.failed()
            self._listen(LOOK)
            failed = self._reap()
            if failed and not self._served:
                break
            self._look()
        self._end()
        return failed

    def _signalled(self, number: int, _frame: object) -> None:
        if number == signal.SIGHUP:
            self._renewing = True
        elif number in _ENDING:
            self._stopping = True

    def _start(self, command: list[str], keep: tuple[int, ...] = ()) -> int:
        """Start a program, which of our open files gets ``keep`` only; returns 0 where that cannot be now."""
        for file in keep:
            os.set_inheritable(file, True)
        try:
            return os.posix_spawn(command[0], command, os.environ)
        except OSError as error:
            _say(f"A process could not be started: {error.strerror}.")
            return 0
        finally:
            for file in keep:
                os.set_inheritable(file, False)

    def _start_crew(self, size: int) -> None:
        self._crews.started()
        command = [*self._command, "crew", "--port", self._port]
        command += ["--listening", str(self._listening)]
        ends = []
        for _ in range(size):
            ours, theirs = os.pipe()
            os.set_blocking(ours, False)
            ends.append(theirs)
            self._web.append(WebWorker(ours))
            command += ["--pipe", str(theirs)]
        if self._with_worker:
            command.append("--watch")
        self._crew = self._start(command, keep=(self._listening, *ends))
        if not self._crew:
            self._crews.failed()
        for end in ends:
            os.close(end)

    def _listen(self, seconds: float) -> None:
        """Wait for a word of somebody, a signal, or until the time is up."""
        pipes = {worker.pipe: worker for worker in self._web}
        heard, _, _ = select.select([self._wake, *pipes], [], [], seconds)
        for pipe in heard:
            if pipe == self._wake:
                os.read(self._wake, 4096)
                continue
            worker = pipes[pipe]
            waits = worker.hear()
            if waits is None:
                self._web.remove(worker)
                os.close(pipe)
                if worker.pid and not (worker.retired or self._stopping):
                    _say("A web worker ended unexpectedly and is replaced.")
                    self._crews.failed()
            elif waits and not self._worker:
                # It is told again while something waits: a worker that is about to end is not waited for.
                self._waits = True

    def _reap(self) -> int:
        """Take note of children that ended; returns the exit code of a crew that could not load the site."""
        failed = 0
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                self._alone = True
                return failed
            if pid == 0:
                self._alone = False
                return failed
            code = os.waitstatus_to_exitcode(status)
            if pid == self._crew:
                self._crew = 0
                if code:
                    failed = abs(code)
                    self._crews.failed()
                    if not self._stopping and self._served:
                        _say("Web workers could not be started; they are tried again.")
                elif not self._served:
                    self._served = True
                    sys.stderr.write(f"Serving on {self._address}\n")
                    sys.stderr.flush()
            elif pid == self._worker:
                self._worker = 0
                if code and not self._stopping:
                    _say("The worker ended unexpectedly and is started again.")
                    self._works.failed()
                    self._waits = True

    def _look(self) -> None:
        """Kill who is hung; let the retired go once there are others."""
        for worker in self._web:
            if worker.pid and time.monotonic() - worker.heard > SILENCE:
                _say(f"A web worker has given no sign of life for {SILENCE:.0f} seconds.")
                _kill(worker.pid, signal.SIGKILL)
        if sum(bool(w.pid) for w in self._web if not w.retired) >= self._wanted:
            for worker in self._web:
                if worker.retired and worker.pid:
                    _kill(worker.pid, signal.SIGTERM)

    def _end(self) -> None:
        """End everybody: kindly, kindly again, and then not."""
        begun = time.monotonic()
        asked: set[tuple[int, int]] = set()
        while True:
            passed = time.monotonic() - begun
            times = 1 + (passed >= AGAIN) + (passed >= LIMIT)
            there = {worker.pid for worker in self._web} | {self._crew, self._worker}
            for pid in there - {0}:
                if (pid, times) not in asked:
                    asked.add((pid, times))
                    _kill(pid, signal.SIGKILL if times == 3 else signal.SIGTERM)
            self._listen(0.02)
            self._reap()
            if passed > LIMIT + AGAIN or (self._alone and not self._web):
                return


def _kill(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _say(sentence: str) -> None:
    sys.stderr.write(f"ERROR library.cli.keeper: {sentence}\n")
    sys.stderr.flush()


def main() -> None:
    own, command = sys.argv[1 : sys.argv.index("--")], sys.argv[sys.argv.index("--") + 1 :]
    named = dict(zip(own[:-1:2], own[1:-1:2], strict=True))
    keeper = Keeper(
        address=named["--address"],
        port=named["--port"],
        listening=int(named["--listening"]),
        workers=int(named["--workers"]),
        with_worker=own[-1] == "--with-worker",
        command=command,
    )
    sys.exit(keeper.run())


if __name__ == "__main__":
    main()
