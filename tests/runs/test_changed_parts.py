"""A run records hashes of the parts that were registered, and says which of them have changed."""

import logging
import tomllib
from pathlib import Path

import pytest

import ganarium
from ganarium.config.overrides import to_toml
from ganarium.core.errors import InputError
from ganarium.runs.directory import Run
from ganarium.studies.study import settings_key

pytestmark = pytest.mark.usefixtures("own_registries")
SMALL = {
    "data": {"count": 200},
    "engine": {"threads": 1},
    "generator": {"hidden": [8]},
    "discriminator": {"hidden": [8]},
    "objective": "mine",
}


def register(factor: float) -> None:
    """Register a loss with a factor that is no setting, as a script does in which a constant has changed."""

    @ganarium.register.objective("mine")
    def mine(margin: float = 1.0):
        def of_discriminator(real, fake):
            return (margin - real).relu() + factor * (margin + fake).relu()

        return of_discriminator, lambda real, fake: -fake  # noqa: ARG005


def ignore(line: object) -> None:
    """No progress on stderr."""


@pytest.mark.slow
def test_a_changed_part_is_said_when_a_run_is_opened(tmp_path, caplog):
    register(1.0)
    run = ganarium.train("ring", **SMALL, out=tmp_path / "run", steps=2, on_line=ignore)
    register(1.0)
    assert Run.open(run.path).provenance.parts.keys() == {"objective"}
    assert not caplog.text
    register(2.0)
    with caplog.at_level(logging.WARNING):
        ganarium.resume(str(run.path), steps=4, on_line=ignore)
    (line,) = [record.getMessage() for record in caplog.records]
    assert line == f"{run.path}: the code of objective 'mine' has changed since the run was created"
    caplog.clear()
    file = run.path / "experiment.toml"
    earlier = tomllib.loads(file.read_text())
    del earlier["provenance"]["parts"]  # as in a run of an earlier version
    file.write_text(to_toml(earlier))
    assert Run.open(run.path).provenance.parts == {}
    assert not caplog.text


@pytest.mark.slow
def test_a_study_does_not_reuse_runs_of_a_changed_part(tmp_path):
    def study() -> Path:
        return ganarium.study("ring", **SMALL, seeds=1, steps=2, n=60, out=tmp_path / "study")

    register(1.0)
    study()
    study()
    register(2.0)
    with pytest.raises(
        InputError, match=r"cells/.*\.json: the code of objective 'mine' has changed .* restore the code"
    ):
        study()


def test_the_key_of_a_run_of_a_study_is_that_of_its_settings_alone():
    register(1.0)
    before = settings_key(ganarium.experiment("ring", **SMALL))
    register(2.0)
    assert settings_key(ganarium.experiment("ring", **SMALL)) == before
