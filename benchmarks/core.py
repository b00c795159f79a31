"""The core of adoption against that of an earlier version of the model, in the same run.

The core is what lifts or lowers internet use: networks, prices, skills, adoption and growth,
without firms, platforms and trade. The new one runs in two forms: as processes of the model, and
adoption alone, compiled, on recorded drivers, as the fit has it. The old one runs as processes of
the model in an environment of its own (see `benchmarks.before`).
"""

import time
from collections.abc import Callable

from benchmarks.before import Version
from divide.calibration.fit import drivers
from divide.model import DigitalDivideModel, Scenario
from divide.model.model import PROCESSES
from divide.model.processes import adoption, affordability, growth, infrastructure, skills

START, UNTIL = 2022, 2040
FIRMS, PLATFORMS = 3_200, 40
CORE = tuple(
    process
    for process in PROCESSES
    if process in (infrastructure.step, affordability.step, skills.step, adoption.step, growth.step)
)
#: What the old version is asked, in its own code; it prints seconds of the processor, a list.
OLD = f"""
import json, sys, time
from model.model import DigitalDivideModel
from model.scenario import Scenario
from model.processes import adoption, affordability, growth, infrastructure, skills
core = [each.step for each in (infrastructure, affordability, skills, adoption, growth)]
plan = Scenario(start={START}, until={UNTIL}, firms={FIRMS}, platforms={PLATFORMS})
taken = []
for _ in range(1 + int(sys.argv[1])):
    model = DigitalDivideModel(plan)
    start = time.process_time()
    for _ in range(plan.steps):
        for process in core:
            process(model)
        model.state.step += 1
        model.state.elapsed += model.dt
    taken.append(time.process_time() - start)
print(json.dumps(taken[1:]))
"""


def compiled(repeats: int) -> list[float]:
    """Seconds of adoption, compiled, on the recorded drivers of a window."""
    recorded = drivers.record(START, UNTIL)
    values = drivers.values({})
    return _timed(lambda: drivers.run(recorded, values), repeats)


def as_processes(repeats: int) -> list[float]:
    """Seconds of the core's processes in a model whose other processes are left out."""
    plan = Scenario(start=START, until=UNTIL, firms=FIRMS, platforms=PLATFORMS)
    taken = []
    for _ in range(repeats + 1):
        model = DigitalDivideModel(plan)
        start = time.process_time()
        for _ in range(plan.steps):
            for process in CORE:
                process(model)
            model.state.step += 1
            model.state.elapsed += model.dt
        taken.append(time.process_time() - start)
    return taken[1:]


def before(repeats: int) -> list[float]:
    """Seconds of the same processes of the version before the rebuild.

    Raises:
        RuntimeError: The history does not hold that version, or it cannot be run.
    """
    found: list[float] = Version("before").told(OLD, str(repeats))
    return found


def _timed(call: Callable[[], object], repeats: int) -> list[float]:
    """Seconds of the processor of each of some calls, after one that compiles."""
    call()
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        call()
        taken.append(time.process_time() - start)
    return taken
