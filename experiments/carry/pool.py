"""A crew of worker processes in which a death, a hang or a hunger for memory costs one run.

A process pool breaks as a whole when one of its workers is killed. Here every worker has a line of
its own, and the crew knows which run each has in hand: when a worker dies, its run is tried again
by another (the killer may have been a stranger), the runs waiting behind it go back into the
queue, and a new worker takes the place.
"""

import pickle
import time
from collections import Counter, deque
from multiprocessing.connection import wait

import psutil

from divide.experiments.carry.machine import machine_memory
from divide.experiments.carry.process import Hand
from divide.experiments.carry.worker import SIMULATE, Failure, Outcome, Task, grace, past_limit

#: Deaths of its worker after which a run is a failure.
DEATHS = 3
#: Seconds of work that wait in a worker's line, so that it never waits for us; at most so many.
AHEAD, MOST_AHEAD = 1.0, 256
#: While workers have work ahead, we sleep for this share of it, at most so long (seconds): to be
#: woken by every answer would take processor time from the runs. Answers above so many bytes are
#: taken at once, or a full line would hold up its worker.
NAP, LONGEST_NAP, SMALL = 0.05, 0.05, 4_096
#: Seconds between looks at the workers' memory.
LOOK = 0.5
#: Share of the memory given to them that the workers may use together.
MEMORY = 0.9


class EngineError(RuntimeError):
    """The engine cannot go on; what is acknowledged is safe."""


class Crew:
    """Worker processes on this machine.

    Args:
        task: What they have to know.
        workers: How many.
        memory: Bytes that one may use; by default its part of 90 % of the machine's.
    """

    def __init__(self, task: Task, workers: int, memory: float | None = None) -> None:
        self._task, self._pickled = task, pickle.dumps(task)
        self._memory = memory or MEMORY * machine_memory() / workers
        self._preload = "divide.experiments.carry.preload"
        if task.simulate != SIMULATE:
            self._preload = "divide.experiments.plan.experiment"
        self._hands = [self._hire() for _ in range(workers)]
        self._queue: deque[int] = deque()
        self._deaths: Counter[int] = Counter()
        self._stillborn = 0.0
        self._mean, self._size = 0.0, SMALL + 1
        self._looked = time.monotonic()

    def _hire(self) -> Hand:
        return Hand(self._pickled, self._preload)

    @property
    def in_hand(self) -> int:
        """Runs that were given and not answered yet."""
        return len(self._queue) + sum(len(hand.held) for hand in self._hands)

    def room(self) -> int:
        """How many more runs keep the workers busy."""
        return len(self._hands) * self._ahead() - self.in_hand

    def _ahead(self) -> int:
        if not self._mean:
            return 2
        return max(2, min(MOST_AHEAD, int(AHEAD / self._mean)))

    def give(self, run: int) -> None:
        """Queue a run."""
        self._queue.append(run)

    def poll(self, timeout: float) -> list[Outcome]:
        """What came of some runs; waits up to `timeout` seconds for the first.

        Raises:
            EngineError: Workers die before they have begun to work.
        """
        self._deal()
        time.sleep(self._nap())
        found: list[Outcome] = []
        while spoken := wait([hand.line for hand in self._hands], timeout):
            timeout = 0.0
            for hand in [hand for hand in self._hands if hand.line in spoken]:
                try:
                    said = hand.answer()
                    self._stillborn = 0.0 if hand.ready else self._stillborn
                    found += [said] if said is not None else []
                except EOFError:
                    found += self._bury(hand)
            self._deal()
        for outcome in found:
            self._deaths.pop(outcome.run, None)
            if outcome.failure is None:
                self._mean = 0.9 * (self._mean or outcome.seconds) + 0.1 * outcome.seconds
                self._size = sum(map(len, outcome.tables.values()))
        found += self._overdue()
        if time.monotonic() - self._looked > LOOK:
            found += self._greedy()
            self._looked = time.monotonic()
        self._deal()
        return found

    def _nap(self) -> float:
        """Seconds in which workers should neither want for work nor have a full line."""
        ahead = self._mean * min(len(hand.held) for hand in self._hands)
        return min(NAP * ahead, LONGEST_NAP) if self._size <= SMALL else 0.0

    def _deal(self) -> None:
        ahead = self._ahead()
        while self._queue:
            hand = min(self._hands, key=lambda hand: len(hand.held))
            if len(hand.held) >= ahead:
                return
            hand.give(self._queue.popleft())

    def _bury(self, hand: Hand, failure: Failure | None = None) -> list[Outcome]:
        """Replace a worker; its first run is tried again or, with a failure, given up."""
        seconds, held = hand.held_up(), list(hand.held)
        how = hand.end()
        if not hand.ready:
            # A signal comes from outside; a worker that ends by itself will do so again.
            self._stillborn += 0.1 if how.startswith("signal") else 1
            self._queue.extendleft(reversed(held))
            if self._stillborn >= DEATHS + len(self._hands):
                raise EngineError(
                    f"worker processes end ({how}) before they have begun; their complaints stand "
                    'above. A script must start a sweep under: if __name__ == "__main__":'
                )
            held = []
        self._hands[self._hands.index(hand)] = self._hire()
        if not held:
            return []
        first, *rest = held
        self._queue.extendleft(reversed(rest))
        if failure is None:
            self._deaths[first] += 1
            if self._deaths[first] < DEATHS:
                self._queue.appendleft(first)
                return []
            failure = Failure(
                "worker died",
                f"its worker died {DEATHS} times ({how}), as when memory runs out or compiled "
                "code crashes",
            )
        self._deaths.pop(first, None)
        return [Outcome(first, seconds, failure=failure)]

    def _overdue(self) -> list[Outcome]:
        """Kill workers whose run has slept through its alarm."""
        limit = self._task.limit_s
        return [
            outcome
            for hand in list(self._hands)
            if hand.held_up() > limit + grace(limit)
            for outcome in self._bury(hand, Failure("time limit", past_limit(limit), hand.stack()))
        ]

    def _greedy(self) -> list[Outcome]:
        """Kill workers that use more than their part of the memory."""
        found = []
        for hand in list(self._hands):
            try:
                used = psutil.Process(hand.pid).memory_info().rss
            except psutil.Error:  # it is dead, which its line will say
                continue
            if used > self._memory and hand.held:
                message = (
                    f"used {used / 2**20:,.0f} MiB of memory; a run may use "
                    f"{self._memory / 2**20:,.0f} MiB here"
                )
                found += self._bury(hand, Failure("memory", message, hand.stack()))
        return found

    def close(self) -> None:
        """End all workers; what they have in hand is not acknowledged and will be run again."""
        for hand in self._hands:
            hand.end()
        self._hands = []

    def pids(self) -> list[int]:
        """Numbers of the worker processes."""
        return [hand.pid for hand in self._hands]
