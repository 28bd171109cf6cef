"""Points in the plane: the mixtures on which mode collapse is counted."""

from ganarium.config.experiment import Experiment, Record, Train
from ganarium.config.networks import DenseDiscriminator, DenseGenerator
from ganarium.config.objectives import NonSaturating
from ganarium.config.optimizers import Adam
from ganarium.config.remedies.optimization import Ema
from ganarium.config.remedies.regularization import R1
from ganarium.config.toy2d import Grid, Ring
from ganarium.recipes.base import Recipe

PROTOCOL = "Lin et al. 2018, PacGAN, §4.1 (arXiv 1712.04086), for the data alone"
CHOICES = (
    "dense networks of three hidden layers of 256, and two latents; PacGAN's own are 4×400 with batch norm and maxout",
    "R1 and a moving average of the generator, without which modes are lost",
    "Adam at 1e-3 falling to 0 by a cosine, batch 256",
)


def ring() -> Experiment:
    """Eight narrow Gaussians on a circle."""
    return Experiment(
        data=Ring(),
        generator=DenseGenerator(latent=2, hidden=(256, 256, 256), output="linear"),
        discriminator=DenseDiscriminator(hidden=(256, 256, 256)),
        objective=NonSaturating(),
        optim=Adam(lr=1e-3, beta1=0.5, schedule="cosine"),
        remedies={"r1": R1(gamma=0.1), "ema": Ema(decay=0.999)},
        train=Train(steps=10_000, batch=256),
        record=Record(samples=1_000),
    )


def grid() -> Experiment:
    """Twenty-five narrow Gaussians on a grid."""
    return ring().model_copy(update={"data": Grid(), "train": Train(steps=20_000, batch=256)})


RECIPES = (
    Recipe("ring", "8 modes on a circle", PROTOCOL, CHOICES, ring),
    Recipe("grid", "25 modes on a grid", PROTOCOL, CHOICES, grid),
)
