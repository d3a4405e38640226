"""What one Python file says, found by parsing and never by running."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from pathlib import Path

from .errors import ModuleNotPythonError, SourceUnreadableError

FACTORIES = ("create_app", "make_app")
FLASK = "Flask"


def parse(file: Path) -> ast.Module:
    """The parsed file.

    Raises:
        ModuleNotPythonError: it is not Python, or not what the Python that runs this can parse.
        SourceUnreadableError: it cannot be read.
    """
    try:
        return ast.parse(file.read_bytes())
    except (SyntaxError, ValueError) as wrong:
        raise ModuleNotPythonError(file, str(wrong)) from wrong
    except OSError as wrong:
        raise SourceUnreadableError(file, wrong.strerror or str(wrong)) from wrong


def assigned_text(tree: ast.Module, name: str) -> str:
    """The string assigned to a name at the top of a file; empty when there is none."""
    for statement in tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and name in targets(statement):
            value = statement.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                return value.value
    return ""


def imports_flask(tree: ast.Module) -> bool:
    """Whether a file imports flask or one of its extensions, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import) and any(_is_flask(alias.name) for alias in node.names):
            return True
        if isinstance(node, ast.ImportFrom) and node.level == 0 and _is_flask(node.module or ""):
            return True
    return False


def makes_flask(tree: ast.Module) -> bool:
    """Whether a file calls Flask(...), anywhere in it."""
    return any(isinstance(node, ast.Call) and last_name(node.func) == FLASK for node in ast.walk(tree))


def uses(tree: ast.Module, name: str) -> bool:
    """Whether importing a file calls a method of what a name stands for, as `@app.route` and `app.add_url_rule` do."""
    for statement in statements(tree.body):
        if isinstance(statement, ast.Expr):
            calls = [statement.value]
        elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            calls = statement.decorator_list
        else:
            continue
        functions = [call.func if isinstance(call, ast.Call) else call for call in calls]
        owners = [function.value for function in functions if isinstance(function, ast.Attribute)]
        if any(isinstance(owner, ast.Name) and owner.id == name for owner in owners):
            return True
    return False


def line_that_serves(tree: ast.Module, applications: Collection[str]) -> int:
    """The line where importing a file starts a server, as `app.run()` and `socketio.run(app)` do; 0 without one.

    `applications` are the names that stand for one. What depends on a condition is not counted: it may well be the
    author's own way to tell a worker from a script.
    """
    for statement in _unconditional(tree.body):
        call = statement.value if isinstance(statement, ast.Expr) else None
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.func.attr != "run":
            continue
        for served in (call.func.value, *call.args[:1]):
            made = isinstance(served, ast.Call) and last_name(served.func) in {FLASK, *FACTORIES}
            if made or (isinstance(served, ast.Name) and served.id in applications):
                return statement.lineno
    return 0


def imported_modules(tree: ast.Module, package: str) -> set[str]:
    """Dotted names of the modules that a file imports, or imports something from, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            origin = imported_from(package, node)
            found |= {origin, *(f"{origin}.{alias.name}" if origin else alias.name for alias in node.names)}
    return found


def imported_from(package: str, statement: ast.ImportFrom) -> str:
    """The dotted name of the module that is imported from; `package` is where relative imports begin."""
    if statement.level == 0:
        return statement.module or ""
    parts = package.split(".")
    above = parts[: len(parts) - statement.level + 1]
    return ".".join([*above, *([statement.module] if statement.module else [])])


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that an import may run: those in `try`, `with` and `if` too, except what only a script runs."""
    for statement in body:
        if isinstance(statement, ast.Try):
            yield from statements([*statement.body, *statement.orelse, *statement.finalbody])
        elif isinstance(statement, ast.With):
            yield from statements(statement.body)
        elif isinstance(statement, ast.If):
            yield from statements(_imported(statement))
        else:
            yield statement


def _imported(statement: ast.If) -> list[ast.stmt]:
    test = ast.unparse(statement.test)
    if "__main__" not in test:
        return [*statement.body, *statement.orelse]
    return statement.body if "!=" in test else statement.orelse


def _unconditional(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        if isinstance(statement, ast.Try):
            yield from _unconditional([*statement.body, *statement.orelse, *statement.finalbody])
        elif isinstance(statement, ast.With):
            yield from _unconditional(statement.body)
        else:
            yield statement


def targets(statement: ast.Assign | ast.AnnAssign) -> list[str]:
    """The names that an assignment binds."""
    bound = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return [target.id for target in bound if isinstance(target, ast.Name)]


def last_name(expression: ast.expr) -> str:
    """`Flask` of both `Flask` and `flask.Flask`; empty for what has no name."""
    if isinstance(expression, ast.Name):
        return expression.id
    return expression.attr if isinstance(expression, ast.Attribute) else ""


def _is_flask(module: str) -> bool:
    first = module.partition(".")[0]
    return first == "flask" or first.startswith("flask_")
