"""A bundle is whole or not there; the environment here is a folder with a python in it, pip is tested elsewhere."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from module_utils.bundle import build
from module_utils.bundle.build import BundlePlan, Recipe, make_bundle, plan_bundle
from module_utils.bundle.errors import BundleError
from module_utils.source.errors import SourceError


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "app.py").write_text("import flask\napp = flask.Flask(__name__)")
    (folder / "requirements.txt").write_text("gunicorn")
    return folder


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    folder = tmp_path / "recipe"
    folder.mkdir()
    (folder / "flaskscale_serving.py").write_text("served")
    (folder / "gunicorn.conf.py").write_text("workers = 2")
    return Recipe(folder, "/health")


def plan(source: Path, recipe: Recipe | None = None, application: str = "") -> BundlePlan:
    return plan_bundle("web", source, sys.executable, source.parent / "state", recipe, application)


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
    (source / "app.py").write_text("import flask\napp = flask.Flask('2')")
    third = plan(source)
    assert third.environment == second.environment
    assert third.digest != second.digest


def test_a_source_that_changes_meanwhile_leaves_nothing(source: Path) -> None:
    planned = with_environment(plan(source))
    (source / "app.py").write_text("import flask\napp = flask.Flask('2')")
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


def test_a_health_path_is_added_unless_the_source_configures_its_own_serving(source: Path, recipe: Recipe) -> None:
    added = plan(source, recipe)
    assert added.target == "flaskscale_serving:serve('app:app', '/health')"
    assert added.digest != plan(source).digest
    (source / "gunicorn.conf.py").write_text("wsgi_app = 'app:app'")
    own = plan(source, recipe)
    assert (own.target, own.digest) == ("app:app", plan(source).digest)


def test_a_source_that_does_not_configure_gunicorn_carries_the_recipes_configuration(
    source: Path, recipe: Recipe
) -> None:
    first = with_environment(plan(source, recipe))
    make_bundle(first)
    assert (first.folder / "gunicorn.conf.py").read_text() == "workers = 2"
    assert not (first.folder / "source" / "gunicorn.conf.py").exists()
    recipe.configuration.write_text("workers = 3")
    second = plan(source, recipe)
    assert second.digest != first.digest
    assert second.environment == first.environment


def test_a_source_with_a_configuration_of_its_own_is_served_with_it_alone(source: Path, recipe: Recipe) -> None:
    (source / "gunicorn.conf.py").write_text("threads = 1")
    first = with_environment(plan(source, recipe))
    make_bundle(first)
    assert sorted(path.name for path in first.folder.iterdir()) == ["bundle.json", "source"]
    recipe.configuration.write_text("workers = 3")
    assert plan(source, recipe).digest == first.digest


def test_a_configuration_that_no_release_has_is_none_of_the_sources(source: Path, recipe: Recipe) -> None:
    (source / "gunicorn.conf.py").write_text("threads = 1")
    (source / ".dockerignore").write_text("gunicorn.conf.py\n")
    assert plan(source, recipe).configuration == b"workers = 2"


def test_the_configuration_finds_the_module_that_it_imports(source: Path, recipe: Recipe) -> None:
    """The environment has the module of the same recipe, another one where the module is another."""
    before = plan(source, recipe)
    recipe.module.write_text("served otherwise")
    assert plan(source, recipe).environment != before.environment


def test_of_several_applications_the_operator_names_one(source: Path, recipe: Recipe) -> None:
    (source / "app.py").unlink()
    for package in ("shop", "admin"):
        (source / package).mkdir()
        (source / package / "__init__.py").write_text("import flask\napp = flask.Flask(__name__)\n")
    with pytest.raises(SourceError) as refused:
        plan(source, recipe)
    assert str(refused.value) == (
        f"app_image_source is {source}, where admin:app and shop:app can be seen; expected one WSGI application; "
        "set app_image_application to the one to serve"
    )
    assert plan(source, recipe, "shop:app").target == "flaskscale_serving:serve('shop:app', '/health')"
    assert plan(source, recipe, "shop:app").digest != plan(source, recipe, "admin:app").digest


def test_what_gunicorn_would_not_take_is_refused(source: Path) -> None:
    with pytest.raises(SourceError) as refused:
        plan(source, application="shop.app")
    assert str(refused.value) == (
        "app_image_application is 'shop.app' but gunicorn takes module:app or module:create_app(); correct it, or "
        "leave it empty to have it found"
    )


@pytest.mark.parametrize("requirements", [True, False])
def test_a_source_without_flask_is_refused_unless_its_application_is_named(source: Path, requirements: bool) -> None:
    (source / "app.py").write_text("app = 1")
    if not requirements:
        (source / "requirements.txt").unlink()
    with pytest.raises(SourceError) as refused:
        plan(source)
    assert str(refused.value) == (
        f"app_image_source is {source}, where no file imports flask and no requirement names it; expected a Flask "
        "application; set app_image_source to its folder, or name its WSGI application in app_image_application"
    )
    (source / "requirements.txt").write_text("gunicorn")
    assert plan(source, application="app:app").target == "app:app"


def test_a_named_application_needs_requirements_too(source: Path) -> None:
    (source / "requirements.txt").unlink()
    with pytest.raises(SourceError) as refused:
        plan(source, application="app:app")
    assert str(refused.value) == (
        f"app_image_source is {source}, which has no requirements.txt, no pyproject.toml with [project], no setup.cfg "
        "and no setup.py; add a requirements.txt that names Flask and what else the application needs"
    )


def test_a_project_is_imported_from_where_it_is_installed_too(source: Path, recipe: Recipe) -> None:
    (source / "requirements.txt").unlink()
    (source / "app.py").unlink()
    (source / "src" / "shop").mkdir(parents=True)
    (source / "src" / "shop" / "__init__.py").write_text("import flask\napp = flask.Flask(__name__)")
    (source / "setup.py").touch()
    planned = plan(source, Recipe(recipe.folder, "/up"))
    assert planned.target == "flaskscale_serving:serve('shop:app', '/up', 'src', '../installed')"


def test_what_a_build_finds_its_requirements_in_counts_for_the_environment(source: Path) -> None:
    (source / "requirements.txt").unlink()
    (source / "setup.py").write_text("one")
    first = plan(source)
    (source / "app.py").write_text("import flask\napp = flask.Flask('2')")
    assert plan(source).environment == first.environment
    (source / "setup.py").write_text("two")
    assert plan(source).environment != first.environment
