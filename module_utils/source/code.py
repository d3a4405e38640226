"""Names at the top of Python files, found by parsing and never by running."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import SourceUnreadableError


@dataclass(frozen=True)
class Binding:
    """What a name at the top of a module stands for, as far as can be seen without running it.

    `is_flask` is true where it is assigned a call of Flask(...). `arguments` are those a function cannot do without.
    """

    kind: str  # value, function or module
    is_flask: bool = False
    arguments: tuple[str, ...] = ()


def parse(file: Path) -> ast.Module | None:
    """The parsed file; None where there is none.

    Raises:
        SourceUnreadableError: it is not Python, or cannot be read.
    """
    if not file.is_file():
        return None
    try:
        return ast.parse(file.read_bytes())
    except (SyntaxError, ValueError) as wrong:
        raise SourceUnreadableError(file, f"it is not Python ({wrong})") from wrong
    except OSError as wrong:
        raise SourceUnreadableError(file, wrong.strerror or str(wrong)) from wrong


def assigned_text(file: Path, name: str) -> str:
    """The string assigned to a name at the top of a file; empty when there is none."""
    module = parse(file)
    for statement in module.body if module else []:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and name in _targets(statement):
            value = statement.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                return value.value
    return ""


def imports_flask(file: Path) -> bool:
    """Whether a file imports flask or one of its extensions; false where it cannot be parsed."""
    try:
        module = parse(file)
    except SourceUnreadableError:
        return False
    for node in ast.walk(module) if module else ():
        if isinstance(node, ast.Import) and any(_is_flask(alias.name) for alias in node.names):
            return True
        if isinstance(node, ast.ImportFrom) and node.level == 0 and _is_flask(node.module or ""):
            return True
    return False


def _is_flask(module: str) -> bool:
    first = module.partition(".")[0]
    return first == "flask" or first.startswith("flask_")


def module_file(root: Path, module: str) -> Path | None:
    """The file of a module by its dotted name; None where the root has none."""
    place = root.joinpath(*module.split("."))
    for file in (place / "__init__.py", place.with_name(f"{place.name}.py")):
        if file.is_file():
            return file
    return None


def bindings(root: Path, module: str, visited: frozenset[str] = frozenset()) -> dict[str, Binding]:
    """The names at the top of a module of the source, imports from within the source followed.

    Raises:
        SourceUnreadableError: the module, or one that it imports from, is not Python.
    """
    file = module_file(root, module)
    tree = parse(file) if file else None
    if file is None or tree is None or module in visited:
        return {}
    names: dict[str, Binding] = {}
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    for statement in _statements(tree.body):
        if isinstance(statement, ast.ImportFrom):
            names |= _imported(root, package, statement, visited | {module})
        else:
            names |= _defined(statement)
    return names


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


def _defined(statement: ast.stmt) -> dict[str, Binding]:
    if isinstance(statement, ast.FunctionDef):
        return {statement.name: Binding("function", arguments=_needed(statement.args))}
    if isinstance(statement, ast.ClassDef):
        return {statement.name: Binding("value")}
    if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
        return dict.fromkeys(_targets(statement), Binding("value", is_flask=_makes_flask(statement.value)))
    if isinstance(statement, ast.Import):
        return {alias.asname or alias.name.partition(".")[0]: Binding("module") for alias in statement.names}
    return {}


def _imported(root: Path, package: str, statement: ast.ImportFrom, visited: frozenset[str]) -> dict[str, Binding]:
    """What `from ... import ...` binds; names from outside the source are taken for values."""
    origin = _origin(package, statement)
    inside = module_file(root, origin) is not None
    known = bindings(root, origin, visited) if inside else {}
    names: dict[str, Binding] = {}
    for alias in statement.names:
        if alias.name == "*":
            names |= {name: binding for name, binding in known.items() if not name.startswith("_")}
        elif alias.name in known:
            names[alias.asname or alias.name] = known[alias.name]
        elif module_file(root, f"{origin}.{alias.name}" if origin else alias.name):
            names[alias.asname or alias.name] = Binding("module")
        else:
            names[alias.asname or alias.name] = Binding("value")
    return names


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


def _makes_flask(value: ast.expr) -> bool:
    if not isinstance(value, ast.Call):
        return False
    called = value.func
    name = called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
    return name == "Flask"


def _targets(statement: ast.Assign | ast.AnnAssign) -> set[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return {target.id for target in targets if isinstance(target, ast.Name)}
