"""Names of a package that are imported when they are asked for: a command loads what it needs, and no more."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazily(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """The `__getattr__` of a package whose names stand in other modules: `homes` has the module of each.

    None is called as a module of the package is: once that is imported, Python gives it for the name.
    """
    doubled = [name for name, home in homes.items() if home == f"{package}.{name}"]
    assert not doubled, f"{doubled} are modules of {package}"

    def find(name: str) -> Any:
        home = homes.get(name)
        if home is None:
            raise AttributeError(f"module '{package}' has no attribute '{name}'")
        return getattr(import_module(home), name)

    return find
