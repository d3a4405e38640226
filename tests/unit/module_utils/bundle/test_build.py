"""A bundle is whole or not there; the environment here is a folder with a python in it, pip is tested elsewhere."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from module_utils.bundle import build
from module_utils.bundle.build import BundlePlan, Serving, make_bundle, plan_bundle
from module_utils.bundle.errors import BundleError


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "app.py").write_text("app = 1")
    (folder / "requirements.txt").write_text("gunicorn")
    return folder


def plan(source: Path) -> BundlePlan:
    return plan_bundle("web", source, sys.executable, source.parent / "state", None)


def with_environment(planned: BundlePlan) -> BundlePlan:
    """As if another bundle with the same requirements had been made before."""
    (planned.environment / "bin").mkdir(parents=True)
    (planned.environment / "bin" / "python").touch()
    return planned


def test_planning_writes_nothing(source: Path) -> None:
    planned = plan(source)
    assert not planned.is_made
    assert not planned.state.exists()
    assert planned.reference == f"bundle.localcloud/web@sha256:{planned.digest}"
    assert planned.digest == plan(source).digest


def test_a_bundle(source: Path) -> None:
    planned = with_environment(plan(source))
    make_bundle(planned)
    assert planned.is_made
    assert sorted(path.name for path in planned.folder.iterdir()) == ["bundle.json", "source"]
    description = json.loads((planned.folder / "bundle.json").read_text())
    assert (planned.folder / description["environment"]).resolve() == planned.environment.resolve()
    assert description["digest"] == planned.digest
    assert description["application"] == "app:app"
    assert [path.name for path in planned.folder.parent.iterdir()] == [planned.digest]


def test_a_second_maker_finds_it_there(source: Path) -> None:
    planned = with_environment(plan(source))
    make_bundle(planned)
    created = (planned.folder / "bundle.json").stat().st_mtime_ns
    make_bundle(planned)
    build._place(planned.folder, lambda folder: build._write(planned, folder))
    assert (planned.folder / "bundle.json").stat().st_mtime_ns == created
    assert [path.name for path in planned.folder.parent.iterdir()] == [planned.digest]


def test_requirements_and_source_both_count(source: Path) -> None:
    first = plan(source)
    (source / "requirements.txt").write_text("gunicorn\nflask")
    second = plan(source)
    assert first.environment != second.environment
    assert first.digest != second.digest
    (source / "app.py").write_text("app = 2")
    third = plan(source)
    assert third.environment == second.environment
    assert third.digest != second.digest


def test_a_source_that_changes_meanwhile_leaves_nothing(source: Path) -> None:
    planned = with_environment(plan(source))
    (source / "app.py").write_text("app = 2")
    with pytest.raises(BundleError) as refused:
        make_bundle(planned)
    assert str(refused.value) == (
        f"{source} changed while it was copied; run the same command again when it is at rest"
    )
    assert list(planned.folder.parent.iterdir()) == []


def test_a_state_folder_that_cannot_be_written(source: Path) -> None:
    planned = plan(source)
    planned.state.write_text("a file in the way")
    with pytest.raises(BundleError) as refused:
        make_bundle(planned)
    assert str(refused.value) == (
        f"state_dir is {planned.state}, which cannot be written: Not a directory; make room or choose another folder"
    )


def test_a_health_path_is_added_unless_the_source_configures_its_own_serving(source: Path) -> None:
    module = source.parent / "flaskscale_serving.py"
    module.write_text("served")
    serving = Serving(module, "/health")
    added = plan_bundle("web", source, sys.executable, source.parent / "state", serving)
    assert added.target == "flaskscale_serving:serve('app:app', '/health')"
    assert added.digest != plan(source).digest
    (source / "gunicorn.conf.py").write_text("wsgi_app = 'app:app'")
    own = plan_bundle("web", source, sys.executable, source.parent / "state", serving)
    assert (own.target, own.digest) == ("app:app", plan(source).digest)


def test_a_project_is_imported_from_where_it_is_installed_too(source: Path) -> None:
    (source / "requirements.txt").unlink()
    (source / "app.py").unlink()
    (source / "src" / "shop").mkdir(parents=True)
    (source / "src" / "shop" / "__init__.py").write_text("app = 1")
    (source / "pyproject.toml").write_text('[project]\nname = "shop"\n')
    module = source.parent / "flaskscale_serving.py"
    module.touch()
    planned = plan_bundle("web", source, sys.executable, source.parent / "state", Serving(module, "/up"))
    assert planned.target == "flaskscale_serving:serve('shop:app', '/up', 'src', '../installed')"
