"""The command `steer`: what it refuses, each with the fix, before it writes anything."""

import pytest

from ganarium.training.create import begin

WRONG = {
    "pauze": "no action named 'pauze'; did you mean pause?",
    "pause 3": "pause 3: pause takes no value; leave it out",
    "discriminator 0": "the number of updates must be a whole number between 1 and 10,000",
    "discriminator 1.5": "the number of updates must be a whole number between 1 and 10,000",
    "generator many": "VALUE must be a number, for example generator 3",
    "slow 0": "steps per second must be a number between 0.01 and 1,000,000, or nothing for full speed",
    "slow nan": "steps per second must be a number between 0.01 and 1,000,000, or nothing for full speed",
    "slow 1e999": "steps per second must be a number between 0.01 and 1,000,000, or nothing for full speed",
    "save": "run is not in training, so it cannot be steered; to continue it: ganarium resume run",
}


@pytest.mark.parametrize("words", WRONG)
def test_what_cannot_be_asked_is_refused_with_the_fix(words: str, tiny, ganarium, tmp_path):
    begin(tiny("engine.device=cpu", "engine.kernels=default"), tmp_path / "run")
    said = ganarium("steer", "run", *words.split(), folder=tmp_path)
    assert (said.status, said.stdout) == (2, "")
    assert WRONG[words] in said.stderr
    assert said.stderr.count("\n") == 1
    assert not (tmp_path / "run" / "requests").exists()


def test_a_run_that_does_not_exist_is_named(ganarium, tmp_path):
    said = ganarium("steer", "nowhere", "pause", folder=tmp_path)
    assert said.status == 2
    assert "named 'nowhere'" in said.stderr


def test_the_help_has_an_example(ganarium, tmp_path):
    said = ganarium("steer", "--help", folder=tmp_path)
    assert "ganarium steer runs/digits discriminator 3" in " ".join(said.stdout.split())
