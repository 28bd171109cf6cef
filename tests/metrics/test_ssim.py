import pytest
import torch
from torch import Tensor

from ganarium.core.random_streams import Streams, integers, uniform
from ganarium.metrics.ssim import pairwise_similarity, structural_similarity, two_scale_similarity

STREAMS = Streams(0)


def pictures(name: str, n: int = 6, c: int = 1, size: int = 28) -> Tensor:
    """Smooth random pictures [n, c, size, size] in [0, 1]."""
    noise = STREAMS.at(name, uniform(n, c, size, size), 0).double()
    return torch.nn.functional.avg_pool2d(noise, 3, 1, 1, count_include_pad=False).clamp(0, 1)


REAL, FAKE = pictures("real"), (0.6 * pictures("real") + 0.4 * pictures("other"))


def textbook(x: Tensor, y: Tensor) -> float:
    """Window by window, for one picture of one channel."""
    values = []
    for i in range(x.shape[0] - 6):
        for j in range(x.shape[1] - 6):
            a, b = x[i : i + 7, j : j + 7].flatten(), y[i : i + 7, j : j + 7].flatten()
            cov = torch.cov(torch.stack([a, b]), correction=0)
            alike = (2 * a.mean() * b.mean() + 1e-4) * (2 * cov[0, 1] + 9e-4)
            values.append(alike / ((a.mean() ** 2 + b.mean() ** 2 + 1e-4) * (cov[0, 0] + cov[1, 1] + 9e-4)))
    return float(torch.stack(values).mean())


def test_agrees_with_the_formula_window_by_window():
    expected = [textbook(x[0], y[0]) for x, y in zip(REAL[:2, :, :12, :15], FAKE[:2, :, :12, :15], strict=True)]
    assert structural_similarity(REAL[:2, :, :12, :15], FAKE[:2, :, :12, :15]).tolist() == pytest.approx(expected)


def test_flat_pictures_have_the_brightness_term_alone():
    dark, light = torch.full((1, 1, 14, 14), 0.2), torch.full((1, 1, 14, 14), 0.8)
    expected = (2 * 0.16 + 1e-4) / (0.68 + 1e-4)
    assert structural_similarity(dark, light).item() == pytest.approx(expected, rel=1e-6)
    assert two_scale_similarity(dark, light).item() == pytest.approx(expected ** (0.2856 / 0.3304), rel=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("channels", [1, 3])
def test_agrees_with_torchmetrics_in_the_windows_inside(channels):
    """Torchmetrics also looks at windows that reach over the edge, into a reflection."""
    from torchmetrics.image import StructuralSimilarityIndexMeasure

    asked = {"gaussian_kernel": False, "kernel_size": 7, "data_range": 1.0, "reduction": "none"}

    def inside(x: Tensor, y: Tensor) -> Tensor:
        _, windows = StructuralSimilarityIndexMeasure(**asked, return_full_image=True).set_dtype(torch.float64)(x, y)
        return windows[..., 3:-3, 3:-3].flatten(1).mean(1)

    def contrast(x: Tensor, y: Tensor) -> Tensor:
        return StructuralSimilarityIndexMeasure(**asked, return_contrast_sensitivity=True)(x, y)[1]

    real = pictures("real", 5, channels)
    fake = 0.7 * real + 0.3 * pictures("other", 5, channels)
    assert structural_similarity(real, fake).tolist() == pytest.approx(inside(real, fake).tolist(), rel=1e-6)
    half = [torch.nn.functional.avg_pool2d(x, 2) for x in (real, fake)]
    two = contrast(real, fake) ** (0.0448 / 0.3304) * inside(*half) ** (0.2856 / 0.3304)
    assert two_scale_similarity(real, fake).tolist() == pytest.approx(two.tolist(), rel=1e-6)


@pytest.mark.parametrize("measure", [structural_similarity, two_scale_similarity])
def test_is_symmetric_one_on_itself_and_of_each_pair_alone(measure):
    forth = measure(REAL, FAKE)
    assert forth.tolist() == pytest.approx(measure(FAKE, REAL).tolist())
    assert measure(REAL, REAL).tolist() == pytest.approx([1] * 6)
    assert measure(REAL[2:3], FAKE[2:3]).item() == pytest.approx(forth[2].item())
    assert forth.max() < 0.99


def test_an_inverted_picture_counts_as_zero_at_two_scales_and_below_at_one():
    assert structural_similarity(REAL, 1 - REAL).max() < 0
    assert two_scale_similarity(REAL, 1 - REAL).tolist() == [0] * 6


@pytest.mark.parametrize("measure", [structural_similarity, two_scale_similarity])
def test_falls_with_noise(measure):
    other = pictures("other")
    means = [measure(REAL, (1 - share) * REAL + share * other).mean().item() for share in (0, 0.1, 0.3, 0.6, 1)]
    assert means == sorted(means, reverse=True)
    assert means[-1] < 0.3


def test_mean_similarity_rises_as_a_sample_collapses_and_knows_no_block_size():
    pairs = torch.stack([torch.arange(40) % 6, (torch.arange(40) + 1) % 6], 1)
    centre = REAL.mean(0, keepdim=True)
    samples = [centre + spread * (REAL - centre) for spread in (1, 0.6, 0.3, 0)]
    values = [pairwise_similarity(sample, pairs).mean().item() for sample in samples]
    assert values == sorted(values)
    assert values[-1] == pytest.approx(1)
    assert pairwise_similarity(REAL, pairs, block=3).mean().item() == pytest.approx(values[0], rel=1e-12)


def test_mean_similarity_is_that_of_its_pairs_either_way_round():
    pairs = STREAMS.at("pairs", integers(9, 2, high=3), 0) + torch.tensor([0, 3])
    expected = two_scale_similarity(REAL[pairs[:, 0]], REAL[pairs[:, 1]]).mean().item()
    assert pairwise_similarity(REAL, pairs).mean().item() == pytest.approx(expected)
    assert pairwise_similarity(REAL, pairs.flip(1)).mean().item() == pytest.approx(expected)
