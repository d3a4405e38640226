"""A .dockerignore, by the examples of Docker's reference."""

from __future__ import annotations

from pathlib import Path

import pytest

from module_utils.source.errors import SourceError
from module_utils.source.files import files
from module_utils.source.ignore import ignored_by


@pytest.mark.parametrize(
    ("lines", "left_out", "kept"),
    [
        ("*/temp*", ["somedir/temporary.txt", "somedir/temp"], ["temp", "a/b/temp"]),
        ("*/*/temp*", ["somedir/subdir/temporary.txt"], ["somedir/temp"]),
        ("temp?", ["tempa", "tempb/x"], ["temp", "tempab"]),
        ("**/*.go", ["main.go", "a/b/main.go"], ["main.gone"]),
        ("*.md\n!README.md", ["NOTES.md"], ["README.md", "docs/a.md"]),
        ("*.md\n!README*.md\nREADME-secret.md", ["README-secret.md"], ["README-public.md"]),
        ("# no pattern\n\n/data/", ["data/a", "data"], ["data2", "a/data"]),
        ("[ab].txt", ["a.txt"], ["c.txt"]),
        ("*.py[cod]\n*$py.class", ["a.pyc", "a$py.class"], ["a.py"]),
        ("[^a-c].txt", ["d.txt"], ["a.txt"]),
        ("[[]x[]]", ["[x]"], ["x"]),
        ("\\#notes\n\\[draft", ["#notes", "[draft"], ["notes"]),
        ("docs\n!docs/keep.md", ["docs/a.md"], ["docs/keep.md"]),
    ],
)
def test_what_is_left_out(tmp_path: Path, lines: str, left_out: list[str], kept: list[str]) -> None:
    (tmp_path / ".dockerignore").write_text(lines)
    ignored = ignored_by(tmp_path)
    assert [path for path in left_out if not ignored(path)] == []
    assert [path for path in kept if ignored(path)] == []


@pytest.mark.parametrize(
    ("lines", "left_out", "kept"),
    [
        ("*.sqlite\n", ["a.sqlite", "a/b.sqlite"], ["a.sqlite3"]),
        ("/data\nlogs/web\n", ["data/a", "logs/web", "logs/web/x"], ["a/data", "a/logs/web"]),
        ("build/\n", ["build/a", "a/build/b"], ["build", "a/build"]),
        ("a/**\n!a/keep\n", ["a/x", "a/x/keep"], ["a/keep"]),
        ("a/*\n!a/keep\n", ["a/x"], ["a/keep"]),
        ("a\n!a/keep\n", ["a/x", "a/keep"], ["b"]),
        ("[!a].txt\n\\!important\n# x\n", ["b.txt", "!important"], ["a.txt", "x"]),
        ("!.env\n!instance/\n", [".env.local"], [".env", "instance/app.sqlite"]),
        ("!.env.example\n", [".env"], [".env.example"]),
    ],
)
def test_a_gitignore_counts_where_there_is_no_dockerignore(
    tmp_path: Path, lines: str, left_out: list[str], kept: list[str]
) -> None:
    (tmp_path / ".gitignore").write_text(lines)
    ignored = ignored_by(tmp_path)
    assert [path for path in left_out if not ignored(path)] == []
    assert [path for path in kept if ignored(path)] == []
    (tmp_path / ".dockerignore").touch()
    assert not ignored_by(tmp_path)(kept[0].replace(".env", "x"))
    assert ignored_by(tmp_path)(".env")


@pytest.mark.parametrize("name", [".dockerignore", ".gitignore"])
@pytest.mark.parametrize("line", ["[abc", "x[z-a]"])
def test_a_line_that_is_no_pattern(tmp_path: Path, name: str, line: str) -> None:
    (tmp_path / name).write_text(f"# first\n{line}\n")
    with pytest.raises(SourceError) as refused:
        ignored_by(tmp_path)
    assert str(refused.value) == (
        f"line 2 of {tmp_path}/{name} is {line!r}, which is no pattern: a bracket in it is not closed, or its range "
        "runs backwards; correct it, or write \\[ for a bracket in a name"
    )


STAYS = [
    *(".env", ".env.local", "shop/.env", "instance/app.sqlite", "instance/config.py", "src/instance/app.sqlite"),
    *(".envrc", ".netrc", ".pypirc", ".ssh/id_rsa", ".aws/credentials", ".config/gcloud/access_tokens.db"),
]


def test_without_one_secrets_and_what_a_local_run_keeps_stay_at_home(tmp_path: Path) -> None:
    ignored = ignored_by(tmp_path)
    assert [path for path in STAYS if not ignored(path)] == []
    kept = [
        "anything",
        ".config/app.json",
        ".flaskenv",
        "env.py",
        "shop/instance/views.py",
        "templates/instance/list.html",
    ]
    assert [path for path in kept if ignored(path)] == []


def test_a_line_takes_back(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_text(
        "!.env\n!.env.*\n!**/.env\n!instance/\n!src/instance\n!.envrc\n!.netrc\n!.pypirc\n!.ssh\n!.aws\n!.config\n"
    )
    ignored = ignored_by(tmp_path)
    assert [path for path in STAYS if ignored(path)] == []


def test_of_an_instance_folder_that_is_a_package_the_modules_are_code(tmp_path: Path) -> None:
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance" / "__init__.py").touch()
    ignored = ignored_by(tmp_path)
    assert not ignored("instance/__init__.py")
    assert not ignored("instance/config.py")
    assert ignored("instance/app.sqlite")


def test_the_files_of_a_source(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_text("*.txt\n.dockerignore\n")
    (tmp_path / "a.txt").touch()
    (tmp_path / "app.py").touch()
    assert [path.name for path in files(tmp_path)] == ["app.py"]


def test_one_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_bytes(b"\xff")
    with pytest.raises(SourceError, match=rf"^{tmp_path}/.dockerignore cannot be read: .*; correct it and run"):
        ignored_by(tmp_path)
