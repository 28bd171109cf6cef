"""Settings of other parts that improve training, listed together with the remedies."""

from dataclasses import dataclass

from ganarium.config.updates import UPDATES

EXTRA_STEPS = ("adaptive", "unrolled", "extragradient")


@dataclass(frozen=True)
class Choice:
    """A setting of another part that improves training, listed together with the remedies."""

    setting: str
    line: str
    paper: str


CHOICES = (
    Choice(
        "discriminator.batch_features=discrimination",
        "minibatch discrimination: gives the last layer distances to the rest of the batch; slow if networks are small",
        "Salimans et al. 2016, §3.2 (arXiv 1606.03498)",
    ),
    Choice(
        "discriminator.batch_features=deviation",
        "minibatch standard deviation: gives the last layer the spread of each group of samples; no cost",
        "Karras et al. 2018, Progressive GAN, §3: minibatch stddev (arXiv 1710.10196)",
    ),
    Choice(
        "generator.norm=virtual",
        "virtual batch normalization: uses statistics of a fixed reference batch; twice the forward pass",
        "Salimans et al. 2016, §3.5 (arXiv 1606.03498)",
    ),
    Choice(
        "generator.norm=batch",
        "batch normalization: normalizes each layer over the batch; a few per cent of a step",
        "Ioffe & Szegedy 2015 (arXiv 1502.03167); in GANs Radford et al. 2016, §3 (arXiv 1511.06434)",
    ),
    Choice(
        "optim.discriminator_lr=4e-4",
        "two time scales: a separate learning rate for each player; no cost",
        "Heusel et al. 2017, TTUR, §2 (arXiv 1706.08500)",
    ),
    Choice("optim.schedule=linear", "both learning rates decay to 0; no cost", "Robbins & Monro 1951"),
    *(Choice(f"update={name}", entry.line, entry.paper) for name, entry in UPDATES.items() if name in EXTRA_STEPS),
)
