"""pip's requirements files: read as pip reads them, with the files that they include."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from pathlib import Path

from .errors import (
    IncludedRequirementsMissingError,
    RequirementLocalError,
    RequirementsEncodingError,
    SourceUnreadableError,
)

REQUIREMENTS = "requirements.txt"
_EDITABLE = r"(?:-e|--editable)[ =]*"
_INCLUDE = re.compile(r"^(?:-r|--requirement|-c|--constraint)[ =]*(?P<file>\S+)")
_URL = re.compile(r"^\w[\w+.-]*://")
_COMMENT = re.compile(r"(?:^|\s+)#.*$")
_ITSELF = re.compile(rf"^(?:{_EDITABLE})?\./?(?:\[(?P<extras>[^]]*)\])?$")
_LOCAL = re.compile(
    rf"^(?:{_EDITABLE})?(?:\.|/|~|file:)"
    rf"|^{_EDITABLE}(?!.*://)"
    r"|^(?:-f|--find-links)[ =]*(?:file:|(?!.*://))"
    r"|^[^#]*@\s*file:"
    # What pip takes for a path: a name with a separator in it, a drive, or an archive's file name.
    r"|^(?!-)[^\s@;:\[]*[/\\](?!$)|^[A-Za-z]:[/\\]"
    r"|^(?!-)[^\s@;:]+\.(?:whl|zip|tar\.gz|tgz|tar\.bz2|tar\.xz)(?:$|[\s;\[])"
)
# As pip looks for them: a mark of UTF-32 begins with one of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
)
_CODING = re.compile(rb"^#.*coding[:=]\s*(?P<name>[-\w.]+)")


@dataclass
class Requirements:
    """`contents` are files for pip by their path in the source. The source itself is no line of them any more:
    `itself` is whether one of them asks for it, `extras` with what.
    """

    contents: dict[str, str] = field(default_factory=dict)
    itself: bool = False
    extras: set[str] = field(default_factory=set)

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of all the files."""
        return tuple(line for text in self.contents.values() for line in text.splitlines())


def read_requirements(source: Path) -> Requirements:
    """Read the source's requirements.txt and what it includes.

    Raises:
        SourceUnreadableError, RequirementsEncodingError: one of them cannot be read.
        RequirementLocalError: a requirement is a path.
        IncludedRequirementsMissingError: an included file is not there.
    """
    found = Requirements()
    _gather(source, Path(REQUIREMENTS), found)
    return found


def _gather(source: Path, file: Path, found: Requirements) -> None:
    """Collect a file and those that it includes."""
    lines = [_COMMENT.sub("", line).strip() for line in _text(source / file).splitlines()]
    asked = [match for line in lines if (match := _ITSELF.match(line))]
    for match in asked:
        found.itself = True
        found.extras |= {extra.strip() for extra in (match["extras"] or "").split(",") if extra.strip()}
    kept = [line for line in lines if line and not _ITSELF.match(line)]
    found.contents[file.as_posix()] = "".join(f"{line}\n" for line in kept)
    for line in kept:
        included = _INCLUDE.match(line)
        if included and not _URL.match(included["file"]):
            target = (source / file.parent / included["file"]).resolve()
            if not target.is_file() or not target.is_relative_to(source.resolve()):
                raise IncludedRequirementsMissingError(source / file, line)
            relative = target.relative_to(source.resolve())
            if relative.as_posix() not in found.contents:
                _gather(source, relative, found)
        elif not included and _LOCAL.match(line):
            raise RequirementLocalError(source / file, line)


def _text(file: Path) -> str:
    """As pip decodes: by the mark that it begins with (PowerShell writes UTF-16), by its coding line, else UTF-8."""
    try:
        content = file.read_bytes()
    except OSError as wrong:
        raise SourceUnreadableError(file, wrong.strerror or str(wrong)) from wrong
    mark, encoding = next(((mark, name) for mark, name in _MARKS if content.startswith(mark)), (b"", ""))
    said = next((match for line in content.splitlines()[:2] if (match := _CODING.match(line))), None)
    encoding = encoding or (said["name"].decode() if said else "utf-8")
    try:
        return content.removeprefix(mark).decode(encoding)
    except (UnicodeDecodeError, LookupError) as wrong:
        raise RequirementsEncodingError(file, encoding) from wrong
