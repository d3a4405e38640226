"""FLASK_APP in .flaskenv, read as `flask run` reads it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

FLASKENV = ".flaskenv"
_FLASK_APP = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?FLASK_APP[ \t]*=[ \t]*"""
    r"""(?:"(?P<double>[^"\n]*)"|'(?P<single>[^'\n]*)'|(?P<plain>[^\n]*?)(?:\s+\#[^\n]*)?$)""",
    re.MULTILINE,
)


@dataclass(frozen=True)
class FlaskApp:
    """`root` is the folder in the source where imports begin, empty for the source itself.

    `name` is what is served of the module: an attribute or a call, empty where it is to be found. `said` is how the
    file says it.
    """

    root: str
    module: str
    name: str
    said: str = field(default="", compare=False)


def flask_app(source: Path) -> FlaskApp | None:
    """What .flaskenv says is served; None where it says nothing, or something outside the source.

    Of several lines the last counts, as for python-dotenv. A path begins to be a dotted name at its first folder that
    is a package, and is imported from the folder above: `src/shop/web.py` is `shop.web` from `src` where shop is a
    package, and `web` from `src/shop` where it is none.
    """
    file = source / FLASKENV
    lines = list(_FLASK_APP.finditer(file.read_text("utf-8", "replace"))) if file.is_file() else []
    value = next((lines[-1][form] for form in ("double", "single", "plain") if lines[-1][form]), "") if lines else ""
    path, _, name = value.strip().partition(":")
    if not path:
        return None
    whole = Path(os.path.normpath(source))
    place = Path(os.path.normpath(source / path.removesuffix(".py").removesuffix("/__init__")))
    if whole not in place.parents:
        return None
    folder, module = place.parent, place.name
    while folder != whole and (folder / "__init__.py").is_file():
        folder, module = folder.parent, f"{folder.name}.{module}"
    root = folder.relative_to(whole).as_posix()
    return FlaskApp("" if root == "." else root, module, name.strip(), f"FLASK_APP={value.strip()}")
