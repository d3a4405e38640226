"""Which WSGI application a source folder holds, found by reading its code and never by running it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .code import FACTORIES, Binding, assigned_text
from .errors import (
    ApplicationAmbiguousError,
    ApplicationInvalidError,
    ApplicationMissingError,
    FactoryNeedsArgumentsError,
    FlaskMissingError,
)
from .files import LEFT_OUT_FOLDERS, files
from .flaskenv import flask_app
from .modules import Modules, module_file
from .project import Project

CONFIGURATION = "gunicorn.conf.py"
SOURCE_ROOT = "src"
_ENTRIES = ("app", "application", "main", "run")
_SUBMODULES = ("wsgi", "app", "application", "main", "core", "factory", "server", "web")
_OBJECTS = ("application", "app")
_NO_PACKAGES = LEFT_OUT_FOLDERS | {"tests", "test", "docs", "doc", "examples", "scripts", "migrations", "build", "dist"}
_TEST = re.compile(r"conftest$|tests?$|test_|.*_test$")
_TARGET = re.compile(r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*(?:\.\w+)*(?:\(.*\))?$", re.DOTALL)


@dataclass(frozen=True)
class Application:
    """`target` is as gunicorn takes it, e.g. `flaskr:create_app()`; `root` is the folder where imports begin.

    That is `""` for the source itself. `configured` is true where the source's own gunicorn configuration names the
    application.
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
    modules = Modules()
    if not any(path.suffix == ".py" and modules.imports_flask(source / path) for path in files(source)):
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
    search = _Search(source)
    configured = search.configured()
    if configured:
        return Application(configured, configured=True)
    said = next((application for application in search.said_to_be_served() if application), None)
    if said:
        return said
    several = search.elsewhere()
    if len(several) > 1:
        raise ApplicationAmbiguousError(source, [application.target for application in several])
    if several:
        return several[0]
    search.refuse_factories()
    raise ApplicationMissingError(source)


class _Search:
    """One search through a source; it ends with it, so that what was parsed is not kept while files change."""

    def __init__(self, source: Path) -> None:
        self.source = source
        self.modules = Modules()
        self.roots = [root for root in ("", SOURCE_ROOT) if not root or (source / root).is_dir()]

    def configured(self) -> str:
        """The application that the source's own gunicorn configuration names; empty where it names none."""
        file = self.source / CONFIGURATION
        return assigned_text(self.modules.parsed(file), "wsgi_app") if file.is_file() else ""

    def said_to_be_served(self) -> Iterator[Application | None]:
        """What is in places whose name says that it is to be served, in order."""
        for root in self.roots:
            yield self._in_module(root, "wsgi")
        yield self._flask_app()
        for entry in _ENTRIES:
            for root in self.roots:
                yield self._in_module(root, entry)

    def elsewhere(self) -> list[Application]:
        """Applications of packages; else of any module at the root that makes a Flask()."""
        packages = [self._in_package(root, name) for root in self.roots for name in _packages(self.source / root)]
        found = [application for application in packages if application]
        if not found:
            modules = [self._in_module(root, name) for root in self.roots for name in self._flask_modules(root)]
            found = [application for application in modules if application]
        return self._each_once(found)

    def _each_once(self, found: list[Application]) -> list[Application]:
        """Several names of one application are one: its name where it is defined.

        But a module that adds routes to it and is not imported there stays, for the operator to choose.
        """
        same: dict[Application, list[Application]] = {}
        for application in found:
            same.setdefault(self._defined(application), []).append(application)
        once: list[Application] = []
        for defined, names in same.items():
            adding = [name for name in names if name != defined and self._adds_unasked(name, defined)]
            once += names if len(names) == 1 else [defined, *adding]
        return once

    def _adds_unasked(self, application: Application, defined: Application) -> bool:
        module, _, name = application.target.partition(":")
        origin = defined.target.partition(":")[0]
        return self.modules.adds_unasked(self.source / application.root, module, name, origin)

    def _defined(self, application: Application) -> Application:
        module, _, called = application.target.partition(":")
        name = called.removesuffix("()")
        binding = self.modules.bindings(self.source / application.root, module)[name]
        if not binding.module:
            return application
        return Application(f"{binding.module}:{binding.name}{called.removeprefix(name)}", application.root)

    def refuse_factories(self) -> None:
        """Say which argument is missing, where there is nothing but a factory that needs one."""
        for root in self.roots:
            folder = self.source / root
            for module in ("wsgi", *_ENTRIES, *_packages(folder)):
                for name in FACTORIES:
                    binding = self.modules.bindings(folder, module).get(name)
                    if binding and binding.arguments:
                        file = module_file(folder, module) or folder
                        raise FactoryNeedsArgumentsError(file, f"{module}:{name}", binding.arguments)

    def _flask_app(self) -> Application | None:
        """What .flaskenv says; a package that it names may be installed from `src`."""
        said = flask_app(self.source)
        if not said:
            return None
        for root in [said.root] if said.root else self.roots:
            found = self._in_module(root, said.module)
            if found and said.name:
                known = self.modules.bindings(self.source / root, said.module).get(said.name.partition("(")[0])
                called = known is not None and known.kind == "function" and "(" not in said.name
                return Application(f"{said.module}:{said.name}()" if called else f"{said.module}:{said.name}", root)
            if found:
                return found
        return None

    def _in_package(self, root: str, package: str) -> Application | None:
        inside = (self._in_module(root, f"{package}.{name}") for name in _SUBMODULES)
        return self._in_module(root, package) or next((application for application in inside if application), None)

    def _in_module(self, root: str, module: str) -> Application | None:
        known = self.modules.bindings(self.source / root, module)
        name = _object(known) or _factory(known)
        return Application(f"{module}:{name}", root) if name else None

    def _flask_modules(self, root: str) -> list[str]:
        """The modules at a root that import flask, without tests."""
        files = (file for file in (self.source / root).glob("*.py") if not _TEST.match(file.stem))
        return sorted(file.stem for file in files if self.modules.imports_flask(file))


def _packages(folder: Path) -> list[str]:
    return sorted(file.parent.name for file in folder.glob("*/__init__.py") if file.parent.name not in _NO_PACKAGES)


def _object(known: dict[str, Binding]) -> str:
    """The application itself: by its usual names, else whatever is a Flask() or what a factory made."""
    usual = (name for name in _OBJECTS if name in known and _is_served(known[name]))
    return next(usual, "") or next((name for name, binding in known.items() if binding.is_flask), "")


def _is_served(binding: Binding) -> bool:
    """A value, or a function as WSGI has it, of an environment and a way to start the response."""
    return binding.kind == "value" or (binding.kind == "function" and len(binding.arguments) == 2)


def _factory(known: dict[str, Binding]) -> str:
    callable_ones = (
        f"{name}()"
        for name in FACTORIES
        if name in known and known[name].kind != "module" and not known[name].arguments
    )
    return next(callable_ones, "")
