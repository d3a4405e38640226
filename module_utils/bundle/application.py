"""Which WSGI application a source folder holds, found by reading its code and never by running it."""

from __future__ import annotations

import ast
from pathlib import Path

from .errors import ApplicationMissingError, SourceUnreadableError


def find_application(source: Path) -> str:
    """The application as gunicorn takes it, e.g. `wsgi:application` or `app:create_app()`.

    Looked for in order: wsgi_app in gunicorn.conf.py; application or app in wsgi.py; app or create_app in app.py,
    which may also be a package.

    Raises:
        ApplicationMissingError: none of these is there.
        SourceUnreadableError: one of these files is not Python.
    """
    configured = _assigned_text(source / "gunicorn.conf.py", "wsgi_app")
    if configured:
        return configured
    served = _names(source / "wsgi.py")
    for name in ("application", "app"):
        if name in served:
            return f"wsgi:{name}"
    module = source / "app.py"
    defined = _names(module if module.is_file() else source / "app" / "__init__.py")
    if "app" in defined:
        return "app:app"
    if "create_app" in defined:
        return "app:create_app()"
    raise ApplicationMissingError(source)


def _parse(file: Path) -> ast.Module | None:
    if not file.is_file():
        return None
    try:
        return ast.parse(file.read_bytes())
    except (SyntaxError, ValueError) as wrong:
        raise SourceUnreadableError(file, f"it is not Python ({wrong})") from wrong
    except OSError as wrong:
        raise SourceUnreadableError(file, wrong.strerror or str(wrong)) from wrong


def _assigned_text(file: Path, name: str) -> str:
    """The string assigned to a name at the top of a file; empty when there is none."""
    module = _parse(file)
    for statement in module.body if module else []:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and name in _targets(statement):
            value = statement.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                return value.value
    return ""


def _names(file: Path) -> set[str]:
    """What a file defines, assigns or imports at its top."""
    module = _parse(file)
    names: set[str] = set()
    for statement in module.body if module else []:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(statement.name)
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            names |= _targets(statement)
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in statement.names}
    return names


def _targets(statement: ast.Assign | ast.AnnAssign) -> set[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return {target.id for target in targets if isinstance(target, ast.Name)}
