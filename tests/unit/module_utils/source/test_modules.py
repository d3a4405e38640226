"""What names stand for across the modules of a source, and how much is parsed to know it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from module_utils.source import code, modules
from module_utils.source.application import find_application
from module_utils.source.modules import Modules, module_file
from module_utils.source.names import Binding


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that are parsed, each as often as it is."""
    seen: list[Path] = []

    def count(file: Path) -> ast.Module:
        seen.append(file)
        return code.parse(file)

    monkeypatch.setattr(modules, "parse", count)
    return seen


def test_modules_that_import_one_another_are_parsed_once_each(tmp_path: Path, parsed: list[Path]) -> None:
    count = 12
    names = [f"part{number}" for number in range(count)]
    files = {f"shop/{name}.py": "".join(f"from shop.{other} import x{other}\n" for other in names) for name in names}
    files["shop/core.py"] = "".join(f"from shop.{name} import xpart0\n" for name in names) + "from flask import Flask\n"
    files["shop/__init__.py"] = "from shop.core import *\ndef create_app(): return Flask(__name__)\n"
    assert find_application(written(tmp_path, files)).target == "shop:create_app()"
    assert len(parsed) == len(set(parsed))
    assert len(parsed) == count + 2


@pytest.mark.parametrize("first", ["shop", "shop.views"])
def test_a_circle_of_imports_says_the_same_wherever_it_is_entered(tmp_path: Path, first: str) -> None:
    written(
        tmp_path,
        {
            "shop/__init__.py": "from flask import Flask\napp = Flask(__name__)\nfrom .views import *\n",
            "shop/views.py": "from . import app, views\nfrom shop import nothing\ndef page(request): ...\n",
        },
    )
    search = Modules()
    search.bindings(tmp_path, first)
    assert search.bindings(tmp_path, "shop") == {
        "Flask": Binding("other", module="shop", name="Flask"),
        "app": Binding("flask", module="shop", name="app"),
        "views": Binding("module"),
        "nothing": Binding("unknown"),
        "page": Binding("function", arguments=("request",), module="shop.views", name="page"),
    }


def test_modules_of_nothing_but_one_another(tmp_path: Path) -> None:
    written(tmp_path, {"one.py": "from two import *\nfrom two import name\n", "two.py": "from one import name\n"})
    assert Modules().bindings(tmp_path, "one") == {"name": Binding("unknown")}


@pytest.mark.parametrize(
    ("module", "file"),
    [("shop", "shop/__init__.py"), ("shop.web", "shop/web.py"), ("shop.none", None), ("none", None), ("", None)],
)
def test_the_file_of_a_module(tmp_path: Path, module: str, file: str | None) -> None:
    written(tmp_path / "source", {"shop/__init__.py": "", "shop/web.py": "", "__init__.py": "", "../source.py": ""})
    assert module_file(tmp_path / "source", module) == (tmp_path / "source" / file if file else None)
