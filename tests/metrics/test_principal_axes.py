"""Principal axes are orthonormal, ordered by variance, and do not flip."""

import torch

from ganarium.metrics.principal_axes import principal_axes


def test_axes_of_a_stretched_cloud_are_its_directions_in_order():
    rotation = torch.linalg.qr(torch.randn(4, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)).Q
    cloud = torch.randn(5_000, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    points = (cloud * torch.tensor([1.0, 8.0, 0.1, 3.0])) @ rotation.T + 7
    axes = principal_axes(points)
    assert torch.allclose(axes.T @ axes, torch.eye(4, dtype=torch.float64), atol=1e-9)
    assert torch.allclose(
        (axes * rotation[:, [1, 3, 0, 2]]).sum(0).abs(), torch.ones(4, dtype=torch.float64), atol=1e-3
    )
    assert torch.allclose(principal_axes(2 * points.flip(0)), axes)
    assert (axes.gather(0, axes.abs().argmax(0, keepdim=True)) > 0).all()


def test_points_on_one_spot_have_axes():
    assert torch.allclose(principal_axes(torch.ones(3, 2)).abs().sum(0), torch.ones(2))
