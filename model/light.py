"""Mesa without the parts that no run uses, which take longer to load than all the rest.

`from divide.model.light import mesa` is `import mesa`, except that spaces, experiments, batches and
pandas are loaded when they are first asked for. Where Mesa is loaded already, it is left as it is.
"""

import sys
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any

__all__ = ["mesa"]

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
    """What Mesa takes for a library that it hardly uses, which is loaded on first use."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


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
    stand = sys.modules.setdefault("pandas", _Stand("pandas"))
    try:
        whole: Any = import_module("mesa")
        whole.batchrunner = runner
    finally:  # nobody but Mesa is to meet it
        if sys.modules.get("pandas") is stand and isinstance(stand, _Stand):
            del sys.modules["pandas"]


if "mesa" not in sys.modules:
    _light()

import mesa  # noqa: E402 -- as it is now
