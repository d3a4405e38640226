"""Which WSGI application a source folder holds, found by reading its code and never by running it."""

from __future__ import annotations

import re
from pathlib import Path

from .code import line_that_serves
from .errors import (
    ApplicationAmbiguousError,
    ApplicationInvalidError,
    ApplicationMissingError,
    FlaskMissingError,
    FlaskSeen,
    ModuleNotPythonError,
    ServerStartsOnImportError,
)
from .files import files
from .modules import Modules, module_file
from .project import Project
from .search import CONFIGURATION, SOURCE_ROOT, Application, Search, is_of_tests

__all__ = [
    "CONFIGURATION",
    "Application",
    "check_flask",
    "find_application",
    "flask_seen",
    "named_application",
]

_TARGET = re.compile(r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*(?:\.\w+)*(?:\(.*\))?$", re.DOTALL)
_SERVED = ("app", "application")


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


def flask_seen(source: Path) -> FlaskSeen:
    """The files that call Flask(...), without tests and examples. A folder that is a package is no source of its own.

    For the sentences that refuse a source: most often its application is in one of its folders.
    """
    modules = Modules()
    paths = (path for path in files(source) if path.suffix == ".py" and not is_of_tests(path))
    seen = [path for path in paths if modules.makes_flask(source / path)]
    folders = {path.parent for path in seen if not (source / path.parent / "__init__.py").is_file()} - {Path()}
    return FlaskSeen(tuple(map(str, seen)), tuple(sorted(map(str, folders))))


def named_application(source: Path, target: str) -> Application:
    """The application that the operator named.

    Raises:
        ApplicationInvalidError: gunicorn would not take it.
        ServerStartsOnImportError: its module runs a server of its own.
    """
    if not _TARGET.match(target):
        raise ApplicationInvalidError(target)
    module = target.partition(":")[0]
    in_source_root = module_file(source, module) is None and module_file(source / SOURCE_ROOT, module) is not None
    return _served(Search(source), Application(target, SOURCE_ROOT if in_source_root else ""))


def find_application(source: Path) -> Application:
    """The application as gunicorn takes it, e.g. `wsgi:application` or `shop:create_app()`.

    Looked for in order: wsgi_app in gunicorn.conf.py; what the Procfile gives gunicorn; wsgi.py; FLASK_APP in
    .flaskenv; app.py, application.py, main.py and run.py, each of which may be a package; the packages; any other
    module at the root that makes a Flask(). What only has the name of an application is the last to be taken.

    Raises:
        ApplicationMissingError: none of these is there.
        ApplicationAmbiguousError: several packages or modules have one, or one module several.
        FactoryNeedsArgumentsError: there is only a factory that cannot be called as it is.
        NamedModuleMissingError, FlaskAppUnseenError: the Procfile or .flaskenv names what is not there.
        ModuleNotPythonError: a module that would be served, or the only one there is, cannot be parsed here.
        ServerStartsOnImportError: the module to be served runs a server of its own.
    """
    search = Search(source)
    configured = search.configured()
    if configured:
        return _served(search, Application(configured, configured=True))
    said = next((application for application in search.said_to_be_served() if application), None)
    if said:
        return _served(search, said)
    several = search.elsewhere() or search.guesses()
    if len(several) > 1:
        raise ApplicationAmbiguousError(source, [application.target for application in several])
    if several:
        return _served(search, several[0])
    search.refuse_factories()
    if search.unreadable:
        raise search.unreadable[0]
    raise ApplicationMissingError(source, flask_seen(source))


def _served(search: Search, application: Application) -> Application:
    """The application, once it is seen that importing it, or where it is defined, runs no server.

    What cannot be parsed here may be what the image's Python can: that is not looked into.
    """
    try:
        for one in dict.fromkeys((application, search.defining(application))):
            _refuse_server(search, one)
    except ModuleNotPythonError:
        pass
    return application


def _refuse_server(search: Search, application: Application) -> None:
    root, module = search.source / application.root, application.target.partition(":")[0]
    file = module_file(root, module)
    if file is None:
        return
    known = search.modules.bindings(root, module)
    applications = {
        name
        for name, binding in known.items()
        if binding.kind in ("flask", "around") or (binding.kind == "unknown" and name in _SERVED)
    }
    line = line_that_serves(search.modules.parsed(file), applications)
    if line:
        raise ServerStartsOnImportError(file, line)
