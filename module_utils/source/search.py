"""The places where a source's application is looked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .code import assigned_text
from .errors import (
    ApplicationAmbiguousError,
    FactoryNeedsArgumentsError,
    FlaskAppUnseenError,
    ModuleNotPythonError,
    NamedModuleMissingError,
)
from .files import LEFT_OUT_FOLDERS
from .flaskenv import FLASKENV, flask_app
from .modules import Modules, module_file
from .procfile import PROCFILE, served_by_procfile
from .served import certain, factory_with_arguments, guessed

CONFIGURATION = "gunicorn.conf.py"
SOURCE_ROOT = "src"
_WSGI = "wsgi"
_ENTRIES = ("app", "application", "main", "run")
_SUBMODULES = ("wsgi", "app", "application", "main", "core", "factory", "server", "web")
_NO_PACKAGES = (
    LEFT_OUT_FOLDERS
    | {"tests", "test", "docs", "doc", "example", "examples", "demo", "scripts", "tools"}
    | {"migrations", "build", "dist"}
)
_TEST = re.compile(r"conftest$|tests?$|test_|.*_test$")


@dataclass(frozen=True)
class Application:
    """`target` is as gunicorn takes it, e.g. `flaskr:create_app()`; `root` is the folder where imports begin.

    That is `""` for the source itself. `configured` is true where the source's own gunicorn configuration names the
    application.
    """

    target: str
    root: str = ""
    configured: bool = False


def roots(source: Path, modules: Modules) -> list[str]:
    """The folders where imports begin. A `src` that is a package is imported as one: `src.app`.

    But many have an `__init__.py` by mistake: one whose modules import one another without it is no package.
    """
    folder = source / SOURCE_ROOT
    if not folder.is_dir():
        return [""]
    is_package = (folder / "__init__.py").is_file() and not modules.import_one_another(folder)
    return [""] if is_package else ["", SOURCE_ROOT]


def is_of_tests(path: Path) -> bool:
    """Whether a module, by its path in the source, is there to test or to show, and not to be served."""
    return bool(_TEST.match(path.stem)) or not _NO_PACKAGES.isdisjoint(path.parts)


class Search:
    """One search through a source; it ends with it, so that what was parsed is not kept while files change."""

    def __init__(self, source: Path) -> None:
        self.source = source
        self.modules = Modules()
        self.roots = roots(source, self.modules)
        self.unreadable: list[ModuleNotPythonError] = []

    def configured(self) -> str:
        """The application that the source's own gunicorn configuration names; empty where it names none."""
        file = self.source / CONFIGURATION
        return assigned_text(self.modules.parsed(file), "wsgi_app") if file.is_file() else ""

    def said_to_be_served(self) -> Iterator[Application | None]:
        """What is in places whose name says that it is to be served, in order."""
        yield self._procfile()
        for root in self.roots:
            yield self._certain(root, _WSGI) or self._guessed(root, _WSGI)
        yield self._flask_app()
        for entry in _ENTRIES:
            for root in self.roots:
                yield self._certain(root, entry)

    def elsewhere(self) -> list[Application]:
        """Applications of packages; else of modules at the root that import flask; else of any that has a Flask().

        A module that cannot be parsed is passed over: nothing says that it is the one to serve.
        """
        return self._each_once(
            self._in_packages()
            or self._readable((root, name) for root in self.roots for name in self._at_root(root, importing=True))
            or [
                application
                for application in self._readable(
                    (root, name) for root in self.roots for name in self._at_root(root, importing=False)
                )
                if not application.target.endswith(")")  # each script that imports a factory has its name
            ]
        )

    def guesses(self) -> list[Application]:
        """What is called as an application is, and may be one, where nothing better was seen."""
        for root in self.roots:
            found = [self._guessed(root, entry) for entry in _ENTRIES]
            if any(found):
                return [application for application in found if application][:1]
        packages = [(root, name) for root in self.roots for name in self._packages(root)]
        several = [(root, module) for root, name in packages for module in (name, *_usual_modules(name))]
        several += [(root, name) for root in self.roots for name in self._at_root(root, importing=True)]
        return self._each_once(self._readable(several, guessing=True))

    def refuse_factories(self) -> None:
        """Say which argument is missing, where there is nothing but a factory that needs one."""
        for root in self.roots:
            packages = self._packages(root)
            inside = [module for name in packages for module in _usual_modules(name)]
            for module in (_WSGI, *_ENTRIES, *packages, *inside):
                try:
                    self._refuse_factory(root, module)
                except ModuleNotPythonError:
                    continue

    def defining(self, application: Application) -> Application:
        """The same application by its name where it is defined."""
        module, _, called = application.target.partition(":")
        name = called.partition("(")[0]
        binding = self.modules.bindings(self.source / application.root, module).get(name)
        if not binding or not binding.module:
            return application
        return Application(f"{binding.module}:{binding.name}{called.removeprefix(name)}", application.root)

    def _refuse_factory(self, root: str, module: str) -> None:
        found = factory_with_arguments(self.modules.bindings(self.source / root, module))
        if found:
            name, arguments = found
            file = module_file(self.source / root, module) or self.source
            raise FactoryNeedsArgumentsError(file, f"{module}:{name}", arguments)

    def _procfile(self) -> Application | None:
        """What the Procfile gives gunicorn, from where gunicorn would import it, or a package installed from `src`."""
        said = served_by_procfile(self.source)
        if not said:
            return None
        for root in (*said.folders, *self.roots):
            if module_file(self.source / root, said.module):
                return Application(f"{said.module}:{said.name}", root)
        raise NamedModuleMissingError(self.source / PROCFILE, said.said)

    def _flask_app(self) -> Application | None:
        """What .flaskenv says; a package that it names may be installed from `src`."""
        said = flask_app(self.source)
        if not said:
            return None
        for root in [said.root] if said.root else self.roots:
            if module_file(self.source / root, said.module) is None:
                continue
            if said.name:
                return Application(f"{said.module}:{self._called(root, said.module, said.name)}", root)
            found = self._certain(root, said.module) or self._guessed(root, said.module)
            if found:
                return found
            self._refuse_factory(root, said.module)
            raise FlaskAppUnseenError(self.source / FLASKENV, said.said)
        raise NamedModuleMissingError(self.source / FLASKENV, said.said)

    def _called(self, root: str, module: str, name: str) -> str:
        """A name that FLASK_APP gives, called where it is a function's, as `flask run` would."""
        if "(" in name:
            return name
        try:
            known = self.modules.bindings(self.source / root, module).get(name)
        except ModuleNotPythonError:
            return name
        if known is None or known.kind != "function":
            return name
        if known.arguments:
            file = module_file(self.source / root, module) or self.source
            raise FactoryNeedsArgumentsError(file, f"{module}:{name}", known.arguments)
        return f"{name}()"

    def _in_packages(self) -> list[Application]:
        """Of each package its own; else the first of its usual submodules; else what the others have."""
        found: list[Application] = []
        for root in self.roots:
            for package in self._packages(root):
                usual = self._readable((root, module) for module in (package, *_usual_modules(package)))
                found += usual[:1] or self._readable((root, module) for module in self._other_modules(root, package))
        return found

    def _readable(
        self, places: Iterator[tuple[str, str]] | list[tuple[str, str]], *, guessing: bool = False
    ) -> list[Application]:
        """The applications of modules, without those that cannot be parsed."""
        found: list[Application | None] = []
        for root, module in places:
            try:
                found.append(self._guessed(root, module) if guessing else self._certain(root, module))
            except ModuleNotPythonError as wrong:
                self.unreadable.append(wrong)
        return [application for application in found if application]

    def _certain(self, root: str, module: str) -> Application | None:
        found = certain(self.modules.bindings(self.source / root, module), module)
        if len(found) > 1:
            raise ApplicationAmbiguousError(self.source, [f"{module}:{name}" for name in found])
        return Application(f"{module}:{found[0]}", root) if found else None

    def _guessed(self, root: str, module: str) -> Application | None:
        name = guessed(self.modules.bindings(self.source / root, module))
        return Application(f"{module}:{name}", root) if name else None

    def _packages(self, root: str) -> list[str]:
        files = (self.source / root).glob("*/__init__.py")
        return sorted(file.parent.name for file in files if file.parent.name not in _NO_PACKAGES.union(self.roots))

    def _other_modules(self, root: str, package: str) -> list[str]:
        """The modules and packages in a package that have no usual name, without tests."""
        folder = self.source / root / package
        files = [*folder.glob("*.py"), *(file.parent for file in folder.glob("*/__init__.py"))]
        unusual = (file.stem for file in files if file.stem not in (*_SUBMODULES, "__init__", "__main__"))
        return [f"{package}.{name}" for name in sorted(unusual) if not is_of_tests(Path(name))]

    def _at_root(self, root: str, *, importing: bool) -> list[str]:
        """The modules at a root, without tests; with `importing` those that import flask, else those that do not."""
        files = (file for file in (self.source / root).glob("*.py") if not _TEST.match(file.stem))
        return sorted(file.stem for file in files if self.modules.imports_flask(file) == importing)

    def _each_once(self, found: list[Application]) -> list[Application]:
        """Several names of one application are one: its name where it is defined.

        But a module that adds routes to it and is not imported there stays, for the operator to choose.
        """
        same: dict[Application, list[Application]] = {}
        for application in found:
            same.setdefault(self.defining(application), []).append(application)
        once: list[Application] = []
        for defined, names in same.items():
            adding = [name for name in names if name != defined and self._adds_unasked(name, defined)]
            once += names if len(names) == 1 else [defined, *adding]
        return once

    def _adds_unasked(self, application: Application, defined: Application) -> bool:
        module, _, name = application.target.partition(":")
        origin = defined.target.partition(":")[0]
        return self.modules.adds_unasked(self.source / application.root, module, name, origin)


def _usual_modules(package: str) -> list[str]:
    return [f"{package}.{name}" for name in _SUBMODULES]
