"""What the names at the top of one Python file stand for, as far as its own text tells."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from .code import FACTORIES, FLASK, imported_from, last_name, statements, targets

# flask: a Flask(...) or a factory's call. around: a call that is given one, as ProxyFix(app). other: certainly no
# application. unknown: a call or an import of which nothing can be said.
Kind = Literal["flask", "around", "other", "unknown", "function", "module"]

_MAKES_FLASK = {FLASK, *FACTORIES}
# What is often called `app` and is none that gunicorn can serve as a Flask application.
_OTHERS = frozenset(
    {"APIBlueprint", "APIRouter", "Api", "ASGIMiddleware", "Blueprint", "Celery", "Dash", "FastAPI", "Huey", "Litestar"}
    | {"QApplication", "Quart", "Sanic", "SocketIO", "Starlette", "Tk", "Typer", "WSGIMiddleware", "WsgiToAsgi"}
)
_WORD = re.compile(r"\w+")
_TELLS_NOTHING = (ast.Subscript, ast.Await, ast.BoolOp, ast.NamedExpr, ast.Starred)


@dataclass(frozen=True)
class Binding:
    """What a name at the top of a module stands for, as far as can be seen without running it.

    `gives` is what a call of it is, for a function or a class. `arguments` are those that a function cannot do without.
    Of a value that a call made, `called` is what was called and `given` are the names that it was given. `module` and
    `name` say where it is defined; empty outside the source.
    """

    kind: Kind
    gives: Kind = "unknown"
    arguments: tuple[str, ...] = ()
    called: str = ""
    given: tuple[str, ...] = ()
    module: str = ""
    name: str = ""


@dataclass(frozen=True)
class Import:
    """A name that another module binds; `*` stands for all of its names that begin without an underscore."""

    module: str
    name: str


@dataclass(frozen=True)
class Alias:
    """Another name of the same module."""

    name: str


Stated = Binding | Import | Alias


def names(tree: ast.Module, package: str) -> Iterator[tuple[str, Stated]]:
    """What importing the file binds, in order; a name may come more than once.

    `package` is the dotted name that relative imports begin from, the module's own when it is a package.
    """
    renamed: dict[str, str] = {}
    for statement in statements(tree.body):
        if isinstance(statement, ast.ImportFrom):
            origin = imported_from(package, statement)
            for alias in statement.names:
                renamed |= {alias.asname: alias.name} if alias.asname else {}
                # Flask itself has no application: `current_app as app` stands for whichever is asked.
                own = Binding("other") if origin.partition(".")[0] == "flask" else Import(origin, alias.name)
                yield alias.asname or alias.name, own
        else:
            yield from _defined(statement, renamed)


def _defined(statement: ast.stmt, renamed: dict[str, str]) -> Iterator[tuple[str, Stated]]:
    if isinstance(statement, ast.FunctionDef):
        yield statement.name, Binding("function", _gives(statement, renamed), _needed(statement.args))
    elif isinstance(statement, ast.ClassDef):
        yield statement.name, Binding("other", _made_by({last_name(base) for base in statement.bases}, renamed))
    elif isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
        stated = _value(statement.value, renamed)
        if isinstance(statement, ast.AnnAssign) and isinstance(stated, Binding) and stated.kind == "unknown":
            stated = replace(stated, kind=_annotated(statement.annotation, renamed))
        yield from ((target, stated) for target in targets(statement))
    elif isinstance(statement, ast.Import):
        yield from ((alias.asname or alias.name.partition(".")[0], Binding("module")) for alias in statement.names)


def _value(value: ast.expr, renamed: dict[str, str]) -> Binding | Alias:
    if isinstance(value, ast.Name):
        return Alias(value.id)
    if isinstance(value, ast.Call):
        given = [node for argument in value.args for node in ast.walk(argument)]
        return Binding(
            _made(value, renamed),
            called=value.func.id if isinstance(value.func, ast.Name) else "",
            given=tuple(node.id for node in given if isinstance(node, ast.Name)),
        )
    if isinstance(value, ast.IfExp):
        chosen = _value(value.body, renamed)
        return _value(value.orelse, renamed) if chosen == Binding("other") else chosen
    if isinstance(value, ast.Attribute):
        of_flask = isinstance(value.value, ast.Name) and value.value.id == "flask"
        return Binding("other" if of_flask else "unknown")
    return Binding("unknown" if isinstance(value, _TELLS_NOTHING) else "other")


def _made(call: ast.Call, renamed: dict[str, str]) -> Kind:
    made = _made_by({last_name(call.func)}, renamed)
    if made != "unknown":
        return made
    inner = [node for argument in call.args for node in ast.walk(argument) if isinstance(node, ast.Call)]
    return "around" if any(_made_by({last_name(one.func)}, renamed) == "flask" for one in inner) else "unknown"


def _made_by(called: set[str], renamed: dict[str, str]) -> Kind:
    """What a call of one of these is, by their names alone."""
    originals = {renamed.get(name, name) for name in called}
    return "flask" if originals & _MAKES_FLASK else "other" if originals & _OTHERS else "unknown"


def _annotated(annotation: ast.expr, renamed: dict[str, str]) -> Kind:
    return _made_by(set(_WORD.findall(ast.unparse(annotation))), renamed)


def _gives(function: ast.FunctionDef, renamed: dict[str, str]) -> Kind:
    """What a call of a function is, by its annotation, else by what it returns."""
    said: Kind = _annotated(function.returns, renamed) if function.returns else "unknown"
    if said != "unknown":
        return said
    local: dict[str, Kind] = {}
    returned: list[ast.expr] = []
    for node in ast.walk(function):
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Call):
            local |= dict.fromkeys(targets(node), _made(node.value, renamed))
        elif isinstance(node, ast.Return) and node.value is not None:
            returned.append(node.value)
    kinds = [_made(value, renamed) for value in returned if isinstance(value, ast.Call)]
    kinds += [local.get(value.id, "unknown") for value in returned if isinstance(value, ast.Name)]
    return "flask" if {"flask", "around"} & set(kinds) else "other" if set(kinds) == {"other"} else "unknown"


def _needed(arguments: ast.arguments) -> tuple[str, ...]:
    positional = [*arguments.posonlyargs, *arguments.args]
    optional = len(arguments.defaults)
    needed = positional[: len(positional) - optional]
    keywords = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return tuple(argument.arg for argument in [*needed, *(name for name, default in keywords if default is None)])
