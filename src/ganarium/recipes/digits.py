"""The default recipe: digits by class, good after a few minutes on two cores."""

from ganarium.core.config import Experiment, Record, Train
from ganarium.core.settings.data import Mnist
from ganarium.core.settings.networks import DenseDiscriminator, DenseGenerator
from ganarium.core.settings.play import Adam, NonSaturating, Synthesis
from ganarium.core.settings.remedies import R1, Ema
from ganarium.recipes.base import Recipe


def digits() -> Experiment:
    """A class-conditional dense pair with R1 and an averaged generator."""
    return Experiment(
        data=Mnist(),
        game=Synthesis(conditional=True),
        generator=DenseGenerator(latent=64, hidden=(512, 512), activation="leaky-relu", output="sigmoid"),
        discriminator=DenseDiscriminator(hidden=(512, 512), activation="leaky-relu"),
        objective=NonSaturating(),
        optim=Adam(lr=3e-3, beta1=0.0, beta2=0.99, schedule="cosine"),
        remedies={"r1": R1(gamma=0.02), "ema": Ema(decay=0.999)},
        train=Train(steps=10_000, seconds=345, batch=128),
        record=Record(samples=1_000),
    )


RECIPES = (
    Recipe(
        "digits",
        "handwritten digits by class, in a few minutes on two cores",
        "ours, on Goodfellow et al. 2014, Mirza & Osindero 2014 and Mescheder et al. 2018",
        ("all of it",),
        digits,
    ),
)
