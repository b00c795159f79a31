"""What a fresh copy has to compile: the loops of a run, and the types they are called with.

numba learns the types of a loop when it is first called, so one process would compile one loop
after another. `kernels.json` keeps the types, so that several can compile different loops at the
same time (`experiments/carry/compiling.py`). A list that is out of date costs time and nothing
else: what it lacks is compiled when it is met.

    python -m divide.model.kernels      writes the list anew, from runs
"""

import json
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any, NamedTuple

import numba
import numpy as np
from numba import from_dtype, types
from numba.core.registry import CPUDispatcher

LIST = Path(__file__).with_name("kernels.json")


class Kernel(NamedTuple):
    """A loop with the types that it is called with.

    Attributes:
        name: Module and function.
        function: As numba dispatches it.
        types: Of its arguments.
    """

    name: str
    function: Any
    types: tuple[Any, ...]

    @property
    def kept(self) -> bool:
        """Whether machine code of it, or of what it once was, is kept on the disk."""
        code = self.function.py_func.__code__
        named = f"{Path(code.co_filename).stem}.{code.co_qualname}-{code.co_firstlineno}.py*.nbi"
        return any(Path(self.function.stats.cache_path).glob(named))

    @property
    def calls(self) -> set[str]:
        """Names of the loops that it calls."""
        return _calls(self.function)


def listed() -> list[Kernel]:
    """The loops of the list that the model still has, those that hold up most of the rest first."""
    found = []
    for name, plain in json.loads(LIST.read_text(encoding="utf-8")):
        module, function = name.rsplit(".", 1)
        dispatcher = getattr(import_module(module), function, None)
        if isinstance(dispatcher, CPUDispatcher):
            found.append(Kernel(name, dispatcher, tuple(map(_typed, plain))))
    return found


def compiled() -> list[Kernel]:
    """The loops that this process has compiled or loaded, in the order of the list."""
    found = [
        Kernel(name, function, tuple(signature))
        for name, function in _functions()
        for signature in function.overloads
    ]
    callers: dict[str, set[str]] = {kernel.name: set() for kernel in found}
    for kernel in found:
        for called in kernel.calls & set(callers):
            callers[called].add(kernel.name)
    sizes = {kernel.name: len(kernel.function.py_func.__code__.co_code) for kernel in found}

    @cache
    def held_up(name: str) -> int:
        """Size of the longest chain of callers that wait for a loop, itself included."""
        return sizes[name] + max(map(held_up, callers[name]), default=0)

    return sorted(found, key=lambda kernel: (-held_up(kernel.name), kernel.name))


def text(kernels: list[Kernel]) -> str:
    """The list as it is kept, a line a loop."""
    lines = [json.dumps([kernel.name, [_plain(t) for t in kernel.types]]) for kernel in kernels]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def _functions() -> Iterator[tuple[str, Any]]:
    """All compiled functions of the model where they are defined."""
    for module in [module for name, module in sys.modules.items() if name.startswith("divide.")]:
        for name, value in list(vars(module).items()):
            if isinstance(value, CPUDispatcher) and value.py_func.__module__ == module.__name__:
                yield f"{module.__name__}.{name}", value


@cache
def _calls(function: Any) -> set[str]:
    """Loops that a function names, itself or by way of those that are put into its own text."""
    code, space = function.py_func.__code__, function.py_func.__globals__
    named = [space[name] for name in code.co_names if name in space]
    for module in [value for value in named if isinstance(value, ModuleType)]:
        named += [vars(module)[name] for name in code.co_names if name in vars(module)]
    found: set[str] = set()
    for value in named:
        if isinstance(value, CPUDispatcher) and value is not function:
            found |= {f"{value.py_func.__module__}.{value.py_func.__name__}"} | _calls(value)
    return found


def _plain(of: Any) -> Any:
    """A type as JSON: a number's by its name, an array's and a tuple's as a list and an object."""
    if isinstance(of, types.Array):
        return [str(of.dtype), of.ndim, of.layout, *([] if of.mutable else ["readonly"])]
    if isinstance(of, types.BaseTuple):
        made: Any = getattr(of, "instance_class", None)
        parts: Any = of
        return {f"{made.__module__}.{made.__name__}" if made else "": list(map(_plain, parts))}
    return str(of)


def _typed(plain: Any) -> Any:
    """The reverse of `_plain`."""
    if isinstance(plain, str):
        return from_dtype(np.dtype(plain))
    if isinstance(plain, list):
        dtype, dimensions, layout, *readonly = plain
        return types.Array(_typed(dtype), dimensions, layout, readonly=bool(readonly))
    [(name, parts)] = plain.items()
    module, _, made = name.rpartition(".")
    return types.BaseTuple.from_types(
        tuple(map(_typed, parts)), getattr(import_module(module), made) if name else None
    )


def met() -> list[Kernel]:
    """The loops that runs meet, with and without policy, and their outcomes and country tables."""
    from divide.model import DigitalDivideModel, Policy, Scenario

    for name in ("status_quo", "balanced"):
        scenario = Scenario(policy=Policy.load(name), firms=3_000, until=2024)
        model = DigitalDivideModel(scenario)
        dict(model.run().outcomes)
        dict(model.state.record.columns())
    return compiled()


def main() -> None:
    """Write the list: all is compiled anew, since what is loaded does not name what it calls."""
    settings: Any = numba.config
    with TemporaryDirectory() as fresh:
        settings.CACHE_DIR = fresh
        LIST.write_text(text(met()), encoding="utf-8")


if __name__ == "__main__":
    main()
