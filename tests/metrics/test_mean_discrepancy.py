import pytest
import torch
from torch import Tensor

from ganarium.core.random_streams import Streams, normal, permutation
from ganarium.metrics.mean_discrepancy import blockwise_kernel_distance, kernel_distance, mean_within

STREAMS = Streams(0)


def gaussian(name: str, n: int, d: int, step: int = 0) -> Tensor:
    return STREAMS.at(name, normal(n, d), step)


def textbook(real_nd: Tensor, fake_md: Tensor) -> float:
    """The U-statistic pair by pair."""

    def mean(x: Tensor, y: Tensor, same: bool) -> float:
        values = [
            (float(a @ b) / len(a) + 1) ** 3
            for i, a in enumerate(x.double())
            for j, b in enumerate(y.double())
            if not (same and i == j)
        ]
        return sum(values) / len(values)

    return mean(real_nd, real_nd, True) + mean(fake_md, fake_md, True) - 2 * mean(real_nd, fake_md, False)


def test_agrees_with_the_formula_pair_by_pair():
    real, fake = gaussian("real", 25, 3), gaussian("fake", 31, 3) + 0.5
    assert kernel_distance(real, fake) == pytest.approx(textbook(real, fake), rel=1e-10)


def test_what_is_known_of_the_real_rows_changes_no_bit():
    real, fake = gaussian("real", 250, 9), gaussian("fake", 310, 9) + 0.5
    assert kernel_distance(real, fake, within_real=mean_within(real)) == kernel_distance(real, fake)


def test_two_pairs_of_numbers_on_the_line_have_it_by_hand():
    # within: (1·0 + 1)³ = 1 and (2·(−1) + 1)³ = −1; across: 3³, 0³, 1, 1
    assert kernel_distance(torch.tensor([[1.0], [0]]), torch.tensor([[2.0], [-1]])) == pytest.approx(0 - 2 * 29 / 4)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Metric:UserWarning")
def test_agrees_with_torchmetrics():
    from torchmetrics.image.kid import KernelInceptionDistance

    class Columns(torch.nn.Module):
        num_features = 12

        def forward(self, x: Tensor) -> Tensor:
            return x.flatten(1)

    peer = KernelInceptionDistance(Columns(), subsets=1, subset_size=300).set_dtype(torch.float64)
    real, fake = gaussian("real", 300, 12).double(), gaussian("fake", 300, 12).double() * 1.5
    peer.update(real[:, :, None, None], real=True)
    peer.update(fake[:, :, None, None], real=False)
    assert kernel_distance(real, fake) == pytest.approx(peer.compute()[0].item(), rel=1e-6)


def test_is_symmetric_and_knows_no_block_size():
    real, fake = gaussian("real", 150, 5), gaussian("fake", 90, 5) + 0.3
    whole = kernel_distance(real, fake)
    assert kernel_distance(fake, real) == pytest.approx(whole, rel=1e-10)
    assert [kernel_distance(real, fake, block) for block in (1, 7, 150)] == pytest.approx([whole] * 3, rel=1e-10)


def test_is_zero_on_average_for_one_law_and_below_zero_at_times():
    distances = torch.tensor(
        [kernel_distance(gaussian("left", 100, 4, step), gaussian("right", 100, 4, step)) for step in range(200)]
    )
    assert abs(distances.mean()) < 3 * distances.std() / 200**0.5
    assert distances.min() < 0 < distances.max()


def test_grows_with_noise_and_with_a_dropped_half():
    real, noise = gaussian("real", 300, 6), gaussian("noise", 300, 6)
    distances = [kernel_distance(real, real + strength * noise) for strength in (0, 0.5, 1, 2)]
    assert distances == sorted(distances)
    assert distances[-1] > distances[0] + 1
    fresh = gaussian("fresh", 600, 6)
    assert kernel_distance(real, fresh[fresh[:, 0] > 0]) > kernel_distance(real, fresh) + 0.05


def test_blocks_give_the_mean_of_their_distances():
    real, fake = gaussian("real", 65, 4), gaussian("fake", 48, 4) + 1
    parts = torch.tensor([kernel_distance(real[i : i + 20], fake[i : i + 20]) for i in (0, 20)], dtype=torch.float64)
    found = blockwise_kernel_distance(real, fake, 20)
    assert found.value == pytest.approx(parts.mean().item())
    assert found.error == pytest.approx((parts[0] - parts[1]).abs().item() / 2)


def test_the_error_says_how_far_repeats_scatter():
    repeats = [
        blockwise_kernel_distance(gaussian("left", 400, 4, step), gaussian("right", 400, 4, step) + 0.5, 50)
        for step in range(100)
    ]
    values, errors = torch.tensor(repeats).T
    assert values.std().item() == pytest.approx(errors.square().mean().sqrt().item(), rel=0.25)


def test_order_of_the_rows_does_not_matter():
    real, fake = gaussian("real", 80, 5), gaussian("fake", 80, 5)
    shuffled = fake[STREAMS.at("order", permutation(80), 0)]
    assert kernel_distance(real, shuffled) == pytest.approx(kernel_distance(real, fake), rel=1e-9)
