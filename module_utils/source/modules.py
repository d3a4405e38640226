"""The modules of a source and what the names at their top stand for, imports from within the source followed."""

from __future__ import annotations

import ast
import sys
from dataclasses import replace
from pathlib import Path

from .code import imported_modules, imports_flask, makes_flask, parse, uses
from .errors import ModuleNotPythonError, SourceUnreadableError
from .names import Alias, Binding, Import, Stated, names

_UNREADABLE = (ModuleNotPythonError, SourceUnreadableError)
_Names = dict[str, list[Stated]]


def module_file(root: Path, module: str) -> Path | None:
    """The file of a module by its dotted name; None where the root has none."""
    if not module:
        return None
    place = root.joinpath(*module.split("."))
    for file in (place / "__init__.py", place.with_name(f"{place.name}.py")):
        if file.is_file():
            return file
    return None


class Modules:
    """One search through a source's modules. Each file is parsed once, however many modules import it.

    `root` is always the folder where imports begin, `module` a dotted name under it.
    """

    def __init__(self) -> None:
        self._trees: dict[Path, ast.Module] = {}
        self._names: dict[tuple[Path, str], _Names] = {}

    def parsed(self, file: Path) -> ast.Module:
        """The parsed file.

        Raises:
            ModuleNotPythonError: it is not Python, or not what the Python that runs this can parse.
            SourceUnreadableError: it cannot be read.
        """
        if file not in self._trees:
            self._trees[file] = parse(file)
        return self._trees[file]

    def imports_flask(self, file: Path) -> bool:
        """Whether a file imports flask or one of its extensions; false where it cannot be parsed."""
        try:
            return imports_flask(self.parsed(file))
        except _UNREADABLE:
            return False

    def makes_flask(self, file: Path) -> bool:
        """Whether a file calls Flask(...) anywhere; false where it cannot be parsed."""
        try:
            return makes_flask(self.parsed(file))
        except _UNREADABLE:
            return False

    def import_one_another(self, root: Path) -> bool:
        """Whether one of the modules below a folder imports another by the name that it has from there."""
        here = {file.stem for file in root.glob("*.py")} | {file.parent.name for file in root.glob("*/__init__.py")}
        own = here - sys.stdlib_module_names - {"__init__"}
        return any(own & {name.partition(".")[0] for name in self._imported(file)} for file in root.rglob("*.py"))

    def bindings(self, root: Path, module: str) -> dict[str, Binding]:
        """The names at the top of a module; none where there is no such module.

        Of what is imported from outside the source, or from a module that cannot be parsed here, nothing is known.

        Raises:
            ModuleNotPythonError, SourceUnreadableError: the module itself cannot be parsed.
        """
        file = module_file(root, module)
        if file is None:
            return {}
        self.parsed(file)
        bound = self._bound(root, module)
        return {name: self._found(root, module, name, set()) or Binding("unknown") for name in bound}

    def adds_unasked(self, root: Path, module: str, name: str, origin: str) -> bool:
        """Whether a module adds to what it imports under a name, routes say, and the module that defines it does not
        import it in turn: then what is served from there goes without.
        """
        file, origin_file = module_file(root, module), module_file(root, origin)
        if file is None or origin_file is None or not uses(self.parsed(file), name):
            return False
        package = origin if origin_file.name == "__init__.py" else origin.rpartition(".")[0]
        return module not in imported_modules(self.parsed(origin_file), package)

    def _imported(self, file: Path) -> set[str]:
        """What a file imports by absolute names; nothing where it cannot be parsed."""
        try:
            return imported_modules(self.parsed(file), "")
        except _UNREADABLE:
            return set()

    def _found(self, root: Path, module: str, name: str, asked: set[tuple[str, str]]) -> Binding | None:
        """What a name stands for, by the last statement that can be followed to where it is defined.

        Modules may import from one another. `asked` are the names on the way: one that leads back to itself says
        nothing, as in `app = Flask(...)` and `from .views import *`, where the views import `app` in turn.
        """
        if (module, name) in asked:
            return None
        asked.add((module, name))
        statements = self._bound(root, module).get(name, [])
        found = self._last_of(root, module, name, statements, asked)
        if found:
            return found
        if module_file(root, f"{module}.{name}" if module else name):
            return Binding("module")
        return None if statements else Binding("unknown")

    def _last_of(
        self, root: Path, module: str, name: str, statements: list[Stated], asked: set[tuple[str, str]]
    ) -> Binding | None:
        """The last statement that can be followed; `app = None` says less than any before it."""
        least: Binding | None = None
        for position in reversed(range(len(statements))):
            stated = statements[position]
            if isinstance(stated, Binding):
                found: Binding | None = self._made(root, module, name, stated, statements[:position], asked)
            elif isinstance(stated, Alias):
                found = self._found(root, module, stated.name, asked)
            else:
                found = self._found(root, stated.module, stated.name, asked)
            if found and found.kind != "other":
                return found
            least = least or found
        return least

    def _made(
        self, root: Path, module: str, name: str, stated: Binding, before: list[Stated], asked: set[tuple[str, str]]
    ) -> Binding:
        """A binding with its place, and its kind by what was called and given: `before` is what `app = wrap(app)` had.

        The function that was called knows better than its name does what it gives.
        """
        kind = stated.kind
        called = self._found(root, module, stated.called, asked) if stated.called else None
        if called and called.gives != "unknown":
            kind = called.gives
        if kind == "unknown":
            given = (
                self._last_of(root, module, name, before, asked)
                if one == name
                else self._found(root, module, one, asked)
                for one in stated.given
            )
            kind = "around" if any(one and one.kind in ("flask", "around") for one in given) else kind
        return replace(stated, kind=kind, called="", given=(), module=module, name=name)

    def _bound(self, root: Path, module: str) -> _Names:
        """Per name all that is stated of it, in order; what `*` brings spelled out."""
        if (root, module) in self._names:
            return self._names[root, module]
        bound: _Names = {}
        self._names[root, module] = bound  # before it is filled: a module in a circle of `*` sees what is bound so far
        file = module_file(root, module)
        if file is None:
            return bound
        package = module if file.name == "__init__.py" else module.rpartition(".")[0]
        for name, stated in self._named(file, package):
            if isinstance(stated, Import) and stated.name == "*":
                public = [known for known in self._bound(root, stated.module) if not known.startswith("_")]
                for known in public:
                    bound.setdefault(known, []).append(Import(stated.module, known))
            else:
                bound.setdefault(name, []).append(stated)
        return bound

    def _named(self, file: Path, package: str) -> list[tuple[str, Stated]]:
        try:
            return list(names(self.parsed(file), package))
        except _UNREADABLE:
            return []
