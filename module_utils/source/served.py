"""Which of the names at the top of a module is the application to serve."""

from __future__ import annotations

from .code import FACTORIES
from .names import Binding

_USUAL = ("application", "app")
_WSGI_ARGUMENTS = 2  # the environment and a way to start the response


def certain(known: dict[str, Binding], module: str) -> list[str]:
    """What is Flask's as far as can be seen, a factory called; more than one where the module says nothing of which.

    In order: the usual names, where they are a Flask(), what wraps one, or a function as WSGI has it; the only other
    name of a Flask(), those made in the module before those that it imports; a factory.
    """
    usual = [name for name in _USUAL if name in known and _is_served(known[name])]
    if usual:
        return usual[:1]
    flasks = {name: binding for name, binding in known.items() if binding.kind == "flask"}
    own = {name: binding for name, binding in flasks.items() if binding.module == module}
    once = {(binding.module, binding.name): name for name, binding in reversed((own or flasks).items())}
    if once:
        return list(reversed(once.values()))
    factory = _factory({name: binding for name, binding in known.items() if binding.kind == "function"})
    return [factory] if factory else []


def guessed(known: dict[str, Binding]) -> str:
    """What has a usual name and may be anything, as the result of a call that cannot be followed; empty without one."""
    unknown = {name: binding for name, binding in known.items() if binding.kind == "unknown"}
    return next((name for name in _USUAL if name in unknown), "") or _factory(unknown)


def factory_with_arguments(known: dict[str, Binding]) -> tuple[str, tuple[str, ...]] | None:
    """A factory that cannot be called as it is, and what it cannot do without."""
    for name in FACTORIES:
        binding = known.get(name)
        if binding and binding.arguments and binding.gives != "other":
            return name, binding.arguments
    return None


def _is_served(binding: Binding) -> bool:
    if binding.kind == "function":
        return len(binding.arguments) == _WSGI_ARGUMENTS
    return binding.kind in ("flask", "around")


def _factory(known: dict[str, Binding]) -> str:
    callable_ones = (name for name in FACTORIES if name in known and known[name].gives != "other")
    return next((f"{name}()" for name in callable_ones if not known[name].arguments), "")
