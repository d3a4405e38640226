"""Which WSGI application a source folder holds, found by reading its code and never by running it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .code import Binding, assigned_text, bindings, imports_flask, module_file
from .errors import (
    ApplicationAmbiguousError,
    ApplicationInvalidError,
    ApplicationMissingError,
    FactoryNeedsArgumentsError,
    FlaskMissingError,
)
from .files import LEFT_OUT_FOLDERS, files
from .project import Project

CONFIGURATION = "gunicorn.conf.py"
SOURCE_ROOT = "src"
_ENTRIES = ("app", "application", "main", "run")
_SUBMODULES = ("wsgi", "app", "application", "main", "core", "factory", "server", "web")
_OBJECTS = ("application", "app")
_FACTORIES = ("create_app", "make_app")
_NO_PACKAGES = LEFT_OUT_FOLDERS | {"tests", "test", "docs", "doc", "examples", "scripts", "migrations", "build", "dist"}
_FLASK_APP = re.compile(
    r"""^\s*(?:export\s+)?FLASK_APP\s*=\s*(?:"(?P<double>[^"]+)"|'(?P<single>[^']+)'|(?P<plain>[^\s#]+))""",
    re.MULTILINE,
)
_TARGET = re.compile(r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*(?:\.\w+)*(?:\(.*\))?$", re.DOTALL)


@dataclass(frozen=True)
class Application:
    """`target` is as gunicorn takes it, e.g. `flaskr:create_app()`; `root` is where imports begin, `""` or `"src"`.

    `configured` is true where the source's own gunicorn configuration names the application.
    """

    target: str
    root: str = ""
    configured: bool = False


def check_flask(source: Path, project: Project) -> None:
    """See that the source has to do with Flask.

    Raises:
        FlaskMissingError: nothing imports it and no requirement names it.
    """
    if project.names_flask:
        return
    if not any(path.suffix == ".py" and imports_flask(source / path) for path in files(source)):
        raise FlaskMissingError(source)


def named_application(source: Path, target: str) -> Application:
    """The application that the operator named.

    Raises:
        ApplicationInvalidError: gunicorn would not take it.
    """
    if not _TARGET.match(target):
        raise ApplicationInvalidError(target)
    module = target.partition(":")[0]
    in_source_root = module_file(source, module) is None and module_file(source / SOURCE_ROOT, module) is not None
    return Application(target, SOURCE_ROOT if in_source_root else "")


def find_application(source: Path) -> Application:
    """The application as gunicorn takes it, e.g. `wsgi:application` or `shop:create_app()`.

    Looked for in order: wsgi_app in gunicorn.conf.py; wsgi.py; FLASK_APP in .flaskenv; app.py, application.py, main.py
    and run.py, each of which may be a package; the packages; any other module at the root that makes a Flask().

    Raises:
        ApplicationMissingError: none of these is there.
        ApplicationAmbiguousError: several packages or modules have one.
        FactoryNeedsArgumentsError: there is only a factory that cannot be called as it is.
        SourceUnreadableError: one of the files read is not Python.
    """
    configured = assigned_text(source / CONFIGURATION, "wsgi_app")
    if configured:
        return Application(configured, configured=True)
    roots = [root for root in ("", SOURCE_ROOT) if not root or (source / root).is_dir()]
    first = _first_of(_said_to_be_served(source, roots))
    if first:
        return first
    several = _elsewhere(source, roots)
    if len(several) > 1:
        raise ApplicationAmbiguousError(source, [application.target for application in several])
    if several:
        return several[0]
    _refuse_factories(source, roots)
    raise ApplicationMissingError(source)


def _first_of(found: Iterator[Application | None]) -> Application | None:
    return next((application for application in found if application), None)


def _said_to_be_served(source: Path, roots: list[str]) -> Iterator[Application | None]:
    """Places whose name says that what they hold is to be served, in order."""
    for root in roots:
        yield _in_module(source, root, "wsgi")
    yield _flask_app(source, roots)
    for entry in _ENTRIES:
        for root in roots:
            yield _in_module(source, root, entry)


def _flask_app(source: Path, roots: list[str]) -> Application | None:
    """What .flaskenv says; `flask run` reads the same."""
    file = source / ".flaskenv"
    said = _FLASK_APP.search(file.read_text("utf-8", "replace")) if file.is_file() else None
    if not said:
        return None
    module, _, name = (said["double"] or said["single"] or said["plain"]).partition(":")
    module = module.removesuffix(".py").replace("/", ".")
    for root in roots:
        found = _in_module(source, root, module)
        if found and name:
            known = bindings(source / root, module).get(name.partition("(")[0])
            called = known is not None and known.kind == "function" and "(" not in name
            return Application(f"{module}:{name}()" if called else f"{module}:{name}", root)
        if found:
            return found
    return None


def _elsewhere(source: Path, roots: list[str]) -> list[Application]:
    """Applications of packages; else of any module at the root that makes a Flask()."""
    found: list[Application] = []
    for root in roots:
        for package in _packages(source / root):
            inside = (_in_module(source, root, f"{package}.{name}") for name in _SUBMODULES)
            application = _in_module(source, root, package) or _first_of(inside)
            found += [application] if application else []
    if found:
        return found
    for root in roots:
        modules = sorted(file.stem for file in (source / root).glob("*.py") if imports_flask(file))
        found += [application for module in modules if (application := _in_module(source, root, module))]
    return found


def _packages(folder: Path) -> list[str]:
    return sorted(file.parent.name for file in folder.glob("*/__init__.py") if file.parent.name not in _NO_PACKAGES)


def _in_module(source: Path, root: str, module: str) -> Application | None:
    known = bindings(source / root, module)
    name = _object(known) or _factory(known)
    return Application(f"{module}:{name}", root) if name else None


def _object(known: dict[str, Binding]) -> str:
    """The application itself: by its usual names, else whatever is a Flask()."""
    usual = (name for name in _OBJECTS if name in known and _is_served(known[name]))
    return next(usual, "") or next((name for name, binding in known.items() if binding.is_flask), "")


def _is_served(binding: Binding) -> bool:
    """A value, or a function as WSGI has it, of an environment and a way to start the response."""
    return binding.kind == "value" or (binding.kind == "function" and len(binding.arguments) == 2)


def _factory(known: dict[str, Binding]) -> str:
    callable_ones = (
        f"{name}()"
        for name in _FACTORIES
        if name in known and known[name].kind != "module" and not known[name].arguments
    )
    return next(callable_ones, "")


def _refuse_factories(source: Path, roots: list[str]) -> None:
    """Say which argument is missing, where there is nothing but a factory that needs one."""
    for root in roots:
        folder = source / root
        for module in ("wsgi", *_ENTRIES, *_packages(folder)):
            for name in _FACTORIES:
                binding = bindings(folder, module).get(name)
                if binding and binding.arguments:
                    file = module_file(folder, module) or folder
                    raise FactoryNeedsArgumentsError(file, f"{module}:{name}", binding.arguments)
