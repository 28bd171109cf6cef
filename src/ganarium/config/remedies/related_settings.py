"""Settings outside `remedies` that improve training; `ganarium remedies` lists them after the remedies."""

from dataclasses import dataclass

from ganarium.config.updates import UPDATES

EXTRA_STEPS = ("adaptive", "unrolled", "extragradient")


@dataclass(frozen=True)
class Choice:
    """A setting outside `remedies` that improves training, with a one-line description and the paper."""

    setting: str
    line: str
    paper: str


CHOICES = (
    Choice(
        "discriminator.batch_features=discrimination",
        "minibatch discrimination: gives the last layer distances to the rest of the batch; slow for small networks",
        "Salimans et al. 2016, §3.2 (arXiv 1606.03498)",
    ),
    Choice(
        "discriminator.batch_features=deviation",
        "minibatch standard deviation: gives the last layer the spread of each group of samples; no cost",
        "Karras et al. 2018, Progressive GAN, §3: minibatch stddev (arXiv 1710.10196)",
    ),
    Choice(
        "generator.norm=virtual",
        "virtual batch normalization: uses statistics of a fixed reference batch; doubles the cost of the forward pass",
        "Salimans et al. 2016, §3.5 (arXiv 1606.03498)",
    ),
    Choice(
        "generator.norm=batch",
        "batch normalization: normalizes each layer over the batch; adds a few per cent to the step time",
        "Ioffe & Szegedy 2015 (arXiv 1502.03167); in GANs Radford et al. 2016, §3 (arXiv 1511.06434)",
    ),
    Choice(
        "optim.discriminator_lr=4e-4",
        "two time scales: a separate learning rate for each player; no cost",
        "Heusel et al. 2017, TTUR, §2 (arXiv 1706.08500)",
    ),
    Choice(
        "optim.schedule=linear",
        "learning rate decay: both learning rates decrease linearly to 0; no cost",
        "Robbins & Monro 1951",
    ),
    *(Choice(f"update={name}", entry.line, entry.paper) for name, entry in UPDATES.items() if name in EXTRA_STEPS),
)
