"""Train on your own torch Dataset: rings of two sizes, with the size as the class.

python examples/own_data.py
"""

import math

import torch
from torch import Tensor
from torch.utils.data import Dataset

import ganarium

STEPS = 2000


class Rings(Dataset):
    """Grey images [1, 32, 32] in [0, 1] of one ring each, with label 0 (small) or 1 (large)."""

    def __len__(self) -> int:
        return 2_000

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        draws = torch.Generator().manual_seed(index)  # the same item at every read
        x, y = (12 + 8 * torch.rand(2, generator=draws)).tolist()
        label = index % 2
        rows, columns = torch.meshgrid(torch.arange(32), torch.arange(32), indexing="ij")
        distance = torch.sqrt((rows - y) ** 2 + (columns - x) ** 2)
        return torch.exp(-((distance - (4 + 5 * label)) ** 2) / 2)[None], label


if __name__ == "__main__":
    rings = Rings()
    for finding in ganarium.check(rings):
        print(finding.text)
    run = ganarium.train("digits", data=rings, steps=STEPS, out="runs/rings")
    print(ganarium.load(run).sample(8, labels=1).shape, math.prod(run.provenance.shape))
