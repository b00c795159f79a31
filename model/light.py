"""Mesa, numba and pandas without the parts that no run uses: they take longest to load.

`from divide.model.light import mesa` is `import mesa`, except that spaces, experiments, batches and
pandas are loaded when they are first asked for. Where Mesa is loaded already, it is left as it is.
`from divide.model.light import pandas` is loaded on first use too. numba is told that SciPy's
linear algebra is there, which it would load to see; who compiles such algebra loads it then.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any

__all__ = ["mesa", "pandas"]

#: What numba loads to see whether it is there.
ALGEBRA = ("scipy.linalg", "scipy.linalg.cython_blas")
#: Parts of Mesa that it loads and a run does not need.
SPARED = ("mesa.batchrunner", "mesa.discrete_space", "mesa.experimental", "mesa.space")


class _Later(ModuleType):
    """A module that is loaded when something of it is first asked for.

    `importlib.util.LazyLoader` would not do: Mesa looks at the stack while it is loaded, and so
    asks every module for `__file__`. Names of that form are told, or lacking, without loading.
    """

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or self.__spec__ is None or self.__spec__.loader is None:
            raise AttributeError(name)
        self.__class__ = ModuleType  # type: ignore[assignment]
        self.__spec__.loader.exec_module(self)
        return getattr(self, name)


class _Stand(ModuleType):
    """What stands for a library that is hardly used, which is loaded on first use."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


@contextmanager
def _standing_for(*names: str) -> Iterator[None]:
    """Stands in the place of libraries that are not loaded: nobody outside is to meet them."""
    stands = {name: _Stand(name) for name in names if name not in sys.modules}
    sys.modules.update(stands)
    try:
        yield
    finally:
        for name, stand in stands.items():
            if sys.modules.get(name) is stand:
                del sys.modules[name]


def _batch_run(*arguments: Any, **options: Any) -> Any:
    """Mesa's `batch_run`, whose module brings progress bars and pools of processes."""
    runner: Any = sys.modules["mesa.batchrunner"]
    if isinstance(runner, _Later):
        del runner.batch_run
    return runner.batch_run(*arguments, **options)


def _light() -> None:
    """Load Mesa, its spared parts and pandas later."""
    package = find_spec("mesa")
    folders = package.submodule_search_locations if package else None
    for name in SPARED:
        spec = PathFinder.find_spec(name, folders)
        if spec is not None:
            later = module_from_spec(spec)
            later.__class__ = _Later
            sys.modules[name] = later
    runner: Any = sys.modules["mesa.batchrunner"]
    runner.batch_run = _batch_run  # Mesa takes it by its name
    with _standing_for("pandas"):
        whole: Any = import_module("mesa")
        whole.batchrunner = runner


def _ready() -> None:
    """Have numba load what it loads before the first compiled function runs."""
    if find_spec("scipy") is None:
        return
    with _standing_for(*ALGEBRA):
        from numba.core.registry import cpu_target

        cpu_target.target_context.refresh()


if "mesa" not in sys.modules:
    _light()
_ready()

if TYPE_CHECKING:
    import pandas
else:
    pandas = _Stand("pandas")

import mesa  # noqa: E402 -- as it is now
