"""What the command line says of a run that is too short to be sure of: never that it is healthy."""

import json

import pytest

WORDS = ("dense-digits", "generator.hidden=[16]", "discriminator.hidden=[16]", "optim.lr=0.02", "train.batch=16")
WORDS += ("data.count=300", "engine.threads=1", "engine.kernels=default", "engine.device=cpu", "engine.compile=no")
WORDS += ("record.sample_every=0", "record.evaluate_every=0")


@pytest.mark.slow
def test_a_short_collapsed_run_is_too_early_to_say_at_its_end_in_its_diagnosis_and_in_json(ganarium, tmp_path):
    trained = ganarium("train", *WORDS, "train.steps=200", "--out", "run", "--json", folder=tmp_path)
    assert trained.status == 0, trained.stderr
    (verdict,) = json.loads(trained.stdout)["diagnosis"]
    assert verdict.startswith("too-early:")
    said = ganarium("resume", "run", "--steps", 210, folder=tmp_path)
    assert "diagnosis: too early to say: possibly" in said.stdout
    said = ganarium("diagnose", "run", folder=tmp_path)
    assert said.stdout.startswith("too early to say")
    assert "possibly" in said.stdout.splitlines()[0]
    assert "missed in" in said.stdout
    (found,) = json.loads(ganarium("diagnose", "run", "--json", folder=tmp_path).stdout)["findings"]
    assert verdict == ":".join([found["name"], "+".join(found["would_be"])])
    assert {"missed", "unsure", "alarms"} <= found["errors"].keys()
    assert "resume run --steps 420" in found["remedies"][0]
