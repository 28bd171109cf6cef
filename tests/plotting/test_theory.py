"""Pictures of theory show what they are handed."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from ganarium.plotting.theory import MOST, densities, orbits


def picture(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(data)).convert("RGB")).astype(int)


def spiral(n: int, factor: float = 1.01) -> np.ndarray:
    points = (factor * np.exp(0.1j)) ** np.arange(n)
    return np.stack([points.real, points.imag], axis=1)


@pytest.mark.slow
@pytest.mark.parametrize(("panels", "wide"), [(1, 1), (3, 3), (5, 3)])
def test_panels_stand_beside_each_other_in_even_rows(panels: int, wide: int):
    height, width, _ = picture(orbits({f"orbit {i}": spiral(30) for i in range(panels)})).shape
    assert (width, height) == (round((2.5 * wide + 0.4) * 90), round((2.6 * -(-panels // 4) + 2.4) * 90))


@pytest.mark.slow
def test_another_orbit_is_another_picture_and_the_same_one_the_same_bytes():
    one, other = orbits({"a": spiral(50)}), orbits({"a": spiral(50, 0.98)})
    assert one == orbits({"a": spiral(50)}) != other


@pytest.mark.slow
def test_long_and_lost_and_resting_orbits_are_drawn():
    for path in (spiral(10 * MOST + 1, 1.0001), spiral(40, 1.5), np.zeros((4, 2))):
        assert picture(orbits({"x": path})).std() > 5


@pytest.mark.slow
def test_densities_and_answers_and_table_are_drawn():
    x = np.linspace(-5, 5, 101)
    p, q = np.exp(-(x**2) / 2), np.exp(-((x - 1) ** 2) / 2)
    rows = [["", "closed form"], ["JSD", "0.1"]]
    plain = densities(x, (p, q), (x, x), "logit", rows)
    assert picture(plain).shape[1] == round(7.6 * 90)
    for changed in (
        densities(x, (p, p), (x, x), "logit", rows),
        densities(x, (p, q), (x, -x), "logit", rows),
        densities(x, (p, q), (x, x), "D(x)", [*rows, ["TV", "0.2"]]),
    ):
        assert changed != plain


@pytest.mark.slow
def test_where_no_density_is_nothing_is_drawn_however_wild_the_answers():
    x = np.linspace(-50, 50, 1001)
    p, wild = np.exp(-(x**2) / 2), np.where(np.abs(x) > 20, 1e9, 0.0)
    rows = [[""], ["a"]]
    assert densities(x, (p, p), (wild, wild), "logit", rows) == densities(x, (p, p), (0 * x, 0 * x), "logit", rows)
