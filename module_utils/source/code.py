"""What one Python file says, found by parsing and never by running."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import SourceUnreadableError

FACTORIES = ("create_app", "make_app")
_MAKES_FLASK = {"Flask", *FACTORIES}


@dataclass(frozen=True)
class Binding:
    """What a name at the top of a module stands for, as far as can be seen without running it.

    `is_flask` is true where it is assigned a call of Flask(...) or of a factory. `arguments` are those that a function
    cannot do without. `module` and `name` say where it is defined; empty outside the source.
    """

    kind: str  # value, function or module
    is_flask: bool = False
    arguments: tuple[str, ...] = ()
    module: str = ""
    name: str = ""


@dataclass(frozen=True)
class Import:
    """A name that another module binds; `*` stands for all of its names that begin without an underscore."""

    module: str
    name: str


def parse(file: Path) -> ast.Module:
    """The parsed file.

    Raises:
        SourceUnreadableError: it is not Python, or cannot be read.
    """
    try:
        return ast.parse(file.read_bytes())
    except (SyntaxError, ValueError) as wrong:
        raise SourceUnreadableError(file, f"it is not Python ({wrong})") from wrong
    except OSError as wrong:
        raise SourceUnreadableError(file, wrong.strerror or str(wrong)) from wrong


def assigned_text(tree: ast.Module, name: str) -> str:
    """The string assigned to a name at the top of a file; empty when there is none."""
    for statement in tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and name in _targets(statement):
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


def uses(tree: ast.Module, name: str) -> bool:
    """Whether importing a file calls a method of what a name stands for, as `@app.route` and `app.add_url_rule` do."""
    for statement in _statements(tree.body):
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


def imported_modules(tree: ast.Module, package: str) -> set[str]:
    """Dotted names of the modules that a file imports, or imports something from, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            origin = _origin(package, node)
            found |= {origin, *(f"{origin}.{alias.name}" if origin else alias.name for alias in node.names)}
    return found


def _is_flask(module: str) -> bool:
    first = module.partition(".")[0]
    return first == "flask" or first.startswith("flask_")


def names(tree: ast.Module, package: str) -> Iterator[tuple[str, Binding | Import]]:
    """What importing the file binds, in order; a name may come more than once.

    `package` is the dotted name that relative imports begin from, the module's own when it is a package.
    """
    renamed: dict[str, str] = {}
    for statement in _statements(tree.body):
        if isinstance(statement, ast.ImportFrom):
            origin = _origin(package, statement)
            for alias in statement.names:
                renamed |= {alias.asname: alias.name} if alias.asname else {}
                yield alias.asname or alias.name, Import(origin, alias.name)
        else:
            yield from _defined(statement, renamed)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that an import runs: those in `try` and `if` too, except what only a script runs."""
    for statement in body:
        if isinstance(statement, ast.Try):
            yield from _statements([*statement.body, *statement.orelse, *statement.finalbody])
        elif isinstance(statement, ast.If):
            if "__main__" not in ast.unparse(statement.test):
                yield from _statements([*statement.body, *statement.orelse])
        else:
            yield statement


def _defined(statement: ast.stmt, renamed: dict[str, str]) -> Iterator[tuple[str, Binding]]:
    if isinstance(statement, ast.FunctionDef):
        yield statement.name, Binding("function", arguments=_needed(statement.args))
    elif isinstance(statement, ast.ClassDef):
        yield statement.name, Binding("value")
    elif isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
        binding = Binding("value", is_flask=_makes_flask(statement.value, renamed))
        yield from ((target, binding) for target in _targets(statement))
    elif isinstance(statement, ast.Import):
        yield from ((alias.asname or alias.name.partition(".")[0], Binding("module")) for alias in statement.names)


def _origin(package: str, statement: ast.ImportFrom) -> str:
    """The dotted name of the module that is imported from."""
    if statement.level == 0:
        return statement.module or ""
    parts = package.split(".")
    above = parts[: len(parts) - statement.level + 1]
    return ".".join([*above, *([statement.module] if statement.module else [])])


def _needed(arguments: ast.arguments) -> tuple[str, ...]:
    positional = [*arguments.posonlyargs, *arguments.args]
    optional = len(arguments.defaults)
    needed = positional[: len(positional) - optional]
    keywords = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return tuple(argument.arg for argument in [*needed, *(name for name, default in keywords if default is None)])


def _makes_flask(value: ast.expr, renamed: dict[str, str]) -> bool:
    if not isinstance(value, ast.Call):
        return False
    called = value.func
    name = called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
    return renamed.get(name, name) in _MAKES_FLASK


def _targets(statement: ast.Assign | ast.AnnAssign) -> list[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return [target.id for target in targets if isinstance(target, ast.Name)]
