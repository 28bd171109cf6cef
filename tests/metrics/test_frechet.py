import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from torch import Tensor

from ganarium.core.errors import InputError
from ganarium.core.random_streams import Streams, normal, permutation
from ganarium.metrics.frechet import extrapolated_frechet, frechet_distance, gaussian_distance

STREAMS = Streams(0)


def gaussian(name: str, n: int, d: int, step: int = 0) -> Tensor:
    return STREAMS.at(name, normal(n, d), step)


def correlated(name: str, n: int, d: int) -> Tensor:
    """Features with unequal, correlated columns around a mean of their own."""
    return gaussian(name, n, d) @ gaussian(f"{name}.mix", d, d) + gaussian(f"{name}.mean", 1, d)


def textbook(real_nd: Tensor, fake_md: Tensor) -> float:
    """The formula as printed, with SciPy's general matrix square root."""
    real, fake = real_nd.double().numpy(), fake_md.double().numpy()
    s1, s2 = np.cov(real, rowvar=False), np.cov(fake, rowvar=False)
    apart = np.square(real.mean(0) - fake.mean(0)).sum()
    return float(apart + np.trace(s1 + s2 - 2 * sqrtm(s1 @ s2).real))


def with_exact_moments(x_nd: Tensor, mean_d: Tensor, deviation_d: Tensor) -> Tensor:
    """The rows moved so that their mean and unbiased covariance are exactly these."""
    x_nd = x_nd.double() - x_nd.double().mean(0)
    white_nd = x_nd @ torch.linalg.inv(torch.linalg.cholesky(torch.cov(x_nd.T))).T
    return white_nd * deviation_d + mean_d


def test_two_gaussians_on_the_axes_have_the_closed_form():
    means = torch.tensor([[0.0, 1.0, -2.0], [3.0, 1.0, 2.0]], dtype=torch.float64)
    deviations = torch.tensor([[1.0, 0.5, 2.0], [2.0, 0.1, 2.0]], dtype=torch.float64)
    expected = (means[0] - means[1]).square().sum() + (deviations[0] - deviations[1]).square().sum()
    real, fake = (with_exact_moments(gaussian(f"axes{i}", 50, 3), means[i], deviations[i]) for i in range(2))
    assert frechet_distance(real, fake) == pytest.approx(expected.item(), rel=1e-10)


def test_gaussians_of_known_moments_need_no_sample():
    one, zero = torch.eye(1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    assert gaussian_distance(zero, one, zero + 3, 4 * one) == pytest.approx(9 + (2 - 1) ** 2)


def test_agrees_with_the_printed_formula():
    real, fake = correlated("real", 300, 12), correlated("fake", 200, 12)
    assert frechet_distance(real, fake) == pytest.approx(textbook(real, fake), rel=1e-6)


@pytest.mark.slow
def test_agrees_with_torchmetrics():
    from torchmetrics.image.fid import FrechetInceptionDistance

    class Columns(torch.nn.Module):
        num_features = 12

        def forward(self, x: Tensor) -> Tensor:
            return x.flatten(1)

    peer = FrechetInceptionDistance(Columns(), input_img_size=(12, 1, 1)).set_dtype(torch.float64)
    real, fake = correlated("real", 300, 12).double(), correlated("fake", 200, 12).double()
    peer.update(real[:, :, None, None], real=True)
    peer.update(fake[:, :, None, None], real=False)
    assert frechet_distance(real, fake) == pytest.approx(peer.compute().item(), rel=1e-6)


def test_is_symmetric():
    real, fake = correlated("real", 300, 12), correlated("fake", 200, 12)
    assert frechet_distance(real, fake) == pytest.approx(frechet_distance(fake, real), rel=1e-10)


def test_is_zero_on_itself():
    real = correlated("real", 300, 12)
    assert 0 <= frechet_distance(real, real) < 1e-9 * torch.cov(real.T).trace()


def test_fewer_rows_than_columns_still_agree_with_themselves():
    real = correlated("real", 5, 12)
    assert 0 <= frechet_distance(real, real) < 1e-6


def test_grows_with_noise():
    real, noise = correlated("real", 400, 8), gaussian("noise", 400, 8)
    distances = [frechet_distance(real, real + strength * noise) for strength in (0, 0.5, 1, 2, 4)]
    assert distances == sorted(distances)
    assert distances[-1] > 10


def test_notices_a_change_of_the_covariance_alone():
    real = correlated("real", 400, 8)
    centre = real.mean(0)
    assert frechet_distance(real, centre + 0.5 * (real - centre)) == pytest.approx(
        0.25 * torch.cov(real.T).trace().item(), rel=1e-4
    )


def test_samples_of_one_gaussian_are_as_far_apart_as_theory_says():
    d, n, repeats = 16, 500, 40
    expected = 2 * d / n + d * (d + 1) / (2 * n)
    distances = [
        frechet_distance(gaussian("left", n, d, step), gaussian("right", n, d, step)) for step in range(repeats)
    ]
    assert np.mean(distances) == pytest.approx(expected, rel=0.05)


def test_order_of_the_rows_does_not_matter():
    real, fake = correlated("real", 300, 12), correlated("fake", 200, 12)
    shuffled = fake[STREAMS.at("order", permutation(200), 0)]
    assert frechet_distance(real, shuffled) == pytest.approx(frechet_distance(real, fake), rel=1e-10)


def order(name: str, n: int, step: int = 0) -> Tensor:
    return STREAMS.at(name, permutation(n), step)


@pytest.mark.slow
def test_extrapolation_takes_the_bias_away():
    d, n, repeats = 8, 400, 100
    bias = 2 * d / n + d * (d + 1) / (2 * n)
    pairs = [
        (gaussian("left", n, d, s), gaussian("right", n, d, s), order("a", n, s), order("b", n, s))
        for s in range(repeats)
    ]
    both = [extrapolated_frechet(real, fake, a, b) for real, fake, a, b in pairs]
    assert np.mean(both) == pytest.approx(0, abs=0.1 * bias)
    fake_alone = [extrapolated_frechet(real, fake, a) for real, fake, a, _ in pairs]
    assert np.mean(fake_alone) == pytest.approx(bias / 2, abs=0.1 * bias)


def test_extrapolation_leaves_a_true_distance():
    d, n = 8, 600
    found = [
        extrapolated_frechet(
            gaussian("left", n, d, s), 2 * gaussian("right", n, d, s) + 1, order("a", n, s), order("b", n, s)
        )
        for s in range(20)
    ]
    assert np.mean(found) == pytest.approx(d * (1 + 1), rel=0.01)  # ‖μ‖² + d(2 − 1)²


def test_extrapolation_of_both_is_symmetric_even_where_sizes_differ():
    real, fake = correlated("real", 300, 6), correlated("fake", 200, 6)
    a, b = order("a", 300), order("b", 200)
    assert extrapolated_frechet(real, fake, b, a) == pytest.approx(extrapolated_frechet(fake, real, a, b), rel=1e-9)


def test_extrapolation_is_a_line_through_the_rows_as_they_are_dealt():
    """By hand: 15 sizes from 15 to 30; each starts where the last stopped."""
    real, fake, b = correlated("real", 50, 3), correlated("fake", 30, 3), order("b", 30)
    start, inverse, distances = 0, [], []
    for i in range(15):
        size = round(15 + 15 * i / 14)
        rows = [int(b[(start + j) % 30]) for j in range(size)]
        start += size
        inverse.append(1 / size)
        distances.append(frechet_distance(real, fake[rows]))
    slope = np.cov(inverse, distances)[0, 1] / np.var(inverse, ddof=1)
    expected = np.mean(distances) - slope * np.mean(inverse)
    assert extrapolated_frechet(real, fake, b) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("fake", "complaint"),
    [
        (torch.zeros(1, 3), "n >= 2"),
        (torch.zeros(9), "n >= 2"),
        (torch.zeros(9, 4), "widths 3 and 4"),
        (torch.full((9, 3), torch.nan), "not all finite"),
    ],
)
def test_refuses_what_has_no_distance(fake, complaint):
    with pytest.raises(InputError, match=complaint):
        frechet_distance(torch.ones(9, 3), fake)
    with pytest.raises(InputError, match=r"widths|real"):
        frechet_distance(fake, torch.ones(9, 3))
