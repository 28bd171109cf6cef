"""Arguments of the wrong type or name raise a `UsageError` that says what to pass, before anything is written."""

import re

import numpy as np
import pytest
from torch import nn

import ganarium
from ganarium import testing
from ganarium.core.errors import UsageError

IMAGES = np.zeros((70, 1, 28, 28), "float32")


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: ganarium.evaluate(IMAGES, against="mnist", split="val"), "did you mean validation?"),
        (lambda: ganarium.evaluate(None, against="mnist"), "samples=None: pass a run, a file or folder"),
        (lambda: ganarium.evaluate(IMAGES, against=3), "against=3: pass the name or the path"),
        (lambda: ganarium.evaluate(IMAGES, against="mnist", features=3), "features=3: pass a path"),
        *[
            (lambda recipe=recipe: ganarium.train(recipe), "pass the name of a recipe, a TOML file or an Experiment")
            for recipe in (None, 3, nn.Linear(2, 2))
        ],
        (lambda: ganarium.train("digits", out=3), "out=3: pass a path"),
        (lambda: ganarium.train("ring", data=IMAGES, on_line="print"), "on_line='print': pass a function"),
        (lambda: ganarium.load_plugin(None), "path=None: pass a path"),
        (lambda: ganarium.compare("runs/digits"), "runs='runs/digits': pass a list of runs"),
        (lambda: ganarium.compare(["a", "b"], split="val"), "did you mean validation?"),
        *[
            (lambda name=name: getattr(ganarium, name)(None), "run=None: pass a run, its path, or its name")
            for name in ("load", "load_translations", "resume", "diagnose", "trial")
        ],
        (lambda: testing.check_generator(None), "generator=None: pass a registered name"),
        (lambda: testing.check_discriminator({}), "discriminator={}: pass a registered name"),
        (lambda: testing.check_remedy(None), "remedy=None: pass a registered name"),
    ],
)
def test_a_wrong_argument_is_named_with_what_to_pass(call, sentence: str, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=re.escape(sentence)):
        call()
    assert not [*tmp_path.iterdir()]
