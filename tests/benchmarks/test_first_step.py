"""The time to the first step: real processes, whose stages add up to no more than they took."""

from time import perf_counter

import pytest
from benchmarks.first_step import STAGES, seconds_of


@pytest.mark.slow
def test_stages_are_parts_of_the_time_that_the_process_took():
    began = perf_counter()
    stages = seconds_of("ring")
    assert tuple(stages) == STAGES
    assert min(stages.values()) > 0
    assert sum(stages.values()) <= perf_counter() - began
