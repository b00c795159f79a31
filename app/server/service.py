"""What the whole server has once: the engine, and how it was started. Nothing of any visitor."""

import threading
from dataclasses import dataclass, replace
from pathlib import Path

from divide.app.rooms.evaluator import Evaluator
from divide.app.server.engine import Engine, Rank
from divide.app.visit.opening import ANSWERS, answer
from divide.app.visit.result import Result
from divide.app.visit.state import shipped
from divide.model.declare.errors import InputError
from divide.model.declare.registry import known
from divide.model.policy.policy import REFERENCE, packages
from divide.model.scenario import Scenario

DEFAULT_FIRMS = Scenario().firms
#: Where the rooms of a server are kept, unless it is told otherwise.
ROOMS = Path("runs") / "rooms"


@dataclass(frozen=True)
class Service:
    """How the server was started.

    Attributes:
        evaluator: The rooms.
        firms: Representative firms of a run on this server.
        address: Address that other devices can open, with the token; empty on one machine only.
    """

    engine: Engine
    evaluator: Evaluator
    firms: int = DEFAULT_FIRMS
    address: str = ""

    @property
    def default(self) -> Scenario:
        """The scenario of a page that nothing else was asked of, with the extensions loaded."""
        return Scenario(firms=self.firms, extensions=tuple(known().values()))


_lock = threading.Lock()
_service: Service | None = None


def begin(firms: int = DEFAULT_FIRMS, address: str = "", rooms: Path = ROOMS) -> Service:
    """Start the engine and run ahead what every visitor sees first.

    Raises:
        RuntimeError: The service has begun already.
        InputError: The folder of the rooms cannot be used.
    """
    global _service
    with _lock:
        if _service is not None:
            raise RuntimeError("the service has begun already")
        engine = Engine()
        try:
            _service = Service(engine, Evaluator(rooms, engine), firms, address)
        except BaseException:
            engine.close()
            raise
        default = _service.default
        for name in sorted(packages(), key=lambda name: name != REFERENCE):
            engine.request(replace(default, policy=shipped(name)), Rank.SHOWN, "server")
        for name in ANSWERS:
            engine.request(replace(default, policy=answer(name)), Rank.SHOWN, "server")
        return _service


def service() -> Service:
    """The service; begun with the defaults where `divide serve` did not begin it."""
    return _service or begin()


def status_quo_at_hand() -> Result | None:
    """What every visitor sees first, if the server has begun and has computed it."""
    return None if _service is None else _service.engine.cached(_service.default)


def end() -> None:
    """Stop the engine."""
    global _service
    with _lock:
        if _service is not None:
            _service.evaluator.close()
            _service.engine.close()
            _service = None


def check_firms(firms: int) -> int:
    """The number of firms, if a page may have so many.

    Raises:
        InputError: It may not.
    """
    from divide.app.visit.state import MOST_FIRMS

    if not 1_000 <= firms <= MOST_FIRMS:
        reason = f"a page runs 1,000 to {MOST_FIRMS:,} firms"
        raise InputError(reason, place=f"--firms {firms}")
    return firms
