"""Runs whose networks are shared between channels: they resume, record and sample as all others."""

import pytest

from ganarium.data.load import load_data
from ganarium.testing.training import different, interrupted

NARROW = ("width=4", "max_channels=4", "norm=none", "shared_channels=true")
CONV = [f"{side}.{word}" for side in ("generator", "discriminator") for word in NARROW]


@pytest.mark.slow
def test_a_run_with_shared_channels_resumes_and_records_bit_for_bit(tiny):
    words = ("generator=conv", "discriminator=conv", *CONV, "generator.pixel_noise=true", "game.conditional=true")
    experiment = tiny(*words, "discriminator.dropout=0.3", "data=figures", "data.count=20", "data.size=16")
    straight, resumed = interrupted(experiment, load_data(experiment.data), 3)
    straight.advance(4)
    resumed.advance(2)
    resumed.record()
    resumed.advance(2)
    assert not [*different(straight.state.tensors(), resumed.state.tensors())]
