"""Our own recipes for drawn images: points, lines, polygons and puzzles (the open question of source S1)."""

from ganarium.config.base import DataConfig
from ganarium.config.experiment import Experiment, RecordConfig, TrainConfig
from ganarium.config.games import SynthesisConfig
from ganarium.config.networks import CHEN, HUANG, ConvDiscriminatorConfig, ShapesGeneratorConfig
from ganarium.config.objectives import RelativisticConfig
from ganarium.config.optimizers import AdamConfig
from ganarium.config.remedies.optimization import EmaConfig
from ganarium.config.remedies.regularization import R1Config, R2Config
from ganarium.config.synthetic import LinesConfig, PointsConfig, PolygonsConfig, PuzzlesConfig
from ganarium.recipes.base import Recipe


def drawn(
    data: DataConfig, generator: ShapesGeneratorConfig, stages: int, *, gamma: float, labelled: bool, steps: int
) -> Experiment:
    """Return an experiment with a generator of shapes and a convolutional discriminator with R1 and R2."""
    penalty = {"gamma": gamma, "schedule": "cosine", "final": 0.3, "schedule_end": 0.2}
    return Experiment(
        data=data,
        game=SynthesisConfig(conditional=labelled),
        generator=generator.model_copy(update={"latent": 32}),
        discriminator=ConvDiscriminatorConfig(
            width=64 >> (stages - 1),
            max_channels=64,
            stages=stages,
            norm="none",
            hidden=(128,),
            conditioning="projection",
        ),
        objective=RelativisticConfig(),
        optim=AdamConfig(lr=1e-3, beta1=0.0, beta2=0.99, schedule="cosine", final=0.05, schedule_start=0.5),
        remedies={"r1": R1Config(**penalty), "r2": R2Config(**penalty), "ema": EmaConfig(decay=0.998)},
        train=TrainConfig(steps=steps, batch=32),
        record=RecordConfig(sample_every=1_000),
    )


def points() -> Experiment:
    """Return the recipe for images of plus-shaped marks."""
    generator = ShapesGeneratorConfig(objects=9, parts=2, edges=4, size=0.045, angles="even", output="binary")
    return drawn(PointsConfig(), generator, 2, gamma=10.0, labelled=True, steps=25_000)


def lines() -> Experiment:
    """Return the recipe for images of straight lines."""
    return drawn(
        LinesConfig(),
        ShapesGeneratorConfig(objects=9, edges=4, angles="even", size=0.1, turned=True),
        3,
        gamma=2.0,
        labelled=True,
        steps=10_000,
    )


def polygons() -> Experiment:
    """Return the recipe for images of one regular polygon."""
    data = PolygonsConfig(count=10_000)
    return drawn(
        data,
        ShapesGeneratorConfig(edges=12, angles="regular", size=0.25, turned=True, shape_latents=0),
        3,
        gamma=1.0,
        labelled=True,
        steps=12_000,
    )


def puzzles() -> Experiment:
    """Return the recipe for images of a rectangle in two pieces."""
    generator = ShapesGeneratorConfig(edges=4, angles="even", size=0.25, split=2, whole_pixels=True, output="binary")
    return drawn(PuzzlesConfig(), generator, 2, gamma=5.0, labelled=False, steps=20_000)


SOURCE = f"ours, for the open question of S1; {CHEN}; {HUANG}"
CHOICES = (
    "the whole recipe; the generator can draw straight edges only, and learns number, size, position and shape; marks, "
    "lines and the outlines of puzzles are rectangles, and polygons are regular",
    "relativistic pairs with R1 and R2, whose weights fall to 0.3 of their initial values in the first fifth",
    "Adam at 1e-3 with β₁ = 0, constant for half the training, then cosine decay to a twentieth, batch 32",
)

RECIPES = (
    Recipe("points", "0 to 9 plus-shaped marks, conditional on their number", SOURCE, CHOICES, points),
    Recipe("lines", "0 to 9 straight lines, conditional on their number", SOURCE, CHOICES, lines),
    Recipe("polygons", "one regular polygon, conditional on its number of sides", SOURCE, CHOICES, polygons),
    Recipe("puzzles", "a rectangle in two pieces that fit", SOURCE, CHOICES, puzzles),
)
