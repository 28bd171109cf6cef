"""Settings and registry of games: which networks compete, and with which losses."""

from typing import ClassVar, Literal, Self

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveInt, model_validator

from ganarium.config.base import Config
from ganarium.config.networks import GOODFELLOW, ISOLA, ZHU
from ganarium.config.registry import Entry, Registry


class GameConfig(Config):
    """Base settings of a game."""

    translates: ClassVar[bool] = False  # whether the game translates images between domains
    predicts_classes: ClassVar[bool] = False  # whether the discriminator learns to classify the data

    kind: str

    @property
    def labelled(self) -> bool:
        """Return whether the game needs labelled images."""
        return False

    @property
    def class_conditional(self) -> bool:
        """Return whether the generator receives a class."""
        return self.labelled

    def generator_classes(self, classes: tuple[str, ...]) -> tuple[str, ...]:
        """Return the classes that the generator accepts, given the classes of the data."""
        return classes if self.class_conditional else ()


class SynthesisConfig(GameConfig):
    """One generator against one discriminator; both receive the label if `conditional`."""

    kind: Literal["synthesis"] = "synthesis"
    conditional: bool = Field(False, description="class-conditional: both networks receive the label")

    @property
    def labelled(self) -> bool:
        """Return whether the game needs labelled images."""
        return self.conditional


class KPlusOneConfig(GameConfig):
    """A discriminator with K + 1 classes: the K classes of the data and one class for generated images."""

    predicts_classes: ClassVar[bool] = True

    kind: Literal["k-plus-one"] = "k-plus-one"
    reading: Literal["generated", "printed"] = Field(
        "generated",
        description="generated: class K + 1 stands for generated images; printed: D(x) is the probability of the "
        "correct label, as in the losses printed in S3",
    )
    conditional: bool = Field(True, description="class-conditional: the generator receives the label")
    labels: PositiveInt | None = Field(
        None, description="number of labelled training images, distributed equally over the classes; all by default"
    )
    weight: NonNegativeFloat = Field(1.0, description="weight of the classification loss")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.conditional and self.labels is not None:
            raise ValueError(
                "labels: a class-conditional generator needs a label for every image; use game.conditional=false"
            )
        if self.reading == "printed" and not self.conditional:
            raise ValueError("reading=printed needs a label for each generated image; use game.conditional=true")
        return self

    @property
    def labelled(self) -> bool:
        """Return whether the game needs labelled images."""
        return True

    @property
    def class_conditional(self) -> bool:
        """Return whether the generator receives a class."""
        return self.conditional


class AuxiliaryConfig(GameConfig):
    """AC-GAN: the discriminator also classifies all images, and both players minimize the classification loss."""

    predicts_classes: ClassVar[bool] = True

    kind: Literal["auxiliary"] = "auxiliary"
    weight: NonNegativeFloat = Field(1.0, description="weight of the classification loss of both players")

    @property
    def labelled(self) -> bool:
        """Return whether the game needs labelled images."""
        return True


class InfoConfig(GameConfig):
    """InfoGAN: the discriminator also predicts the code of each generated image, without labels."""

    kind: Literal["info"] = "info"
    categories: int = Field(10, ge=2, le=1000, description="number of values of the categorical code")
    continuous: NonNegativeInt = Field(
        2, description="number of continuous codes, which are the first values of the latent"
    )
    weight: NonNegativeFloat = Field(1.0, description="weight of the loss of the categorical code (λ in the paper)")
    continuous_weight: NonNegativeFloat = Field(0.1, description="weight of the loss of the continuous codes")

    @property
    def class_conditional(self) -> bool:
        """Return True: the value of the categorical code takes the place of a class."""
        return True

    def generator_classes(self, classes: tuple[str, ...]) -> tuple[str, ...]:
        """Return the names of the categorical code's values, regardless of the classes of the data."""
        del classes
        return tuple(f"code {i}" for i in range(self.categories))


class CycleConfig(GameConfig):
    """CycleGAN: two translators in opposite directions, each with a discriminator, on unpaired images."""

    translates: ClassVar[bool] = True

    kind: Literal["cycle"] = "cycle"
    cycle: NonNegativeFloat = Field(10.0, description="weight of the cycle-consistency loss (λ)")
    identity: NonNegativeFloat = Field(
        0.0, description="weight of the identity loss, on images that are already in the target domain"
    )


class PairedConfig(GameConfig):
    """pix2pix: one translator trained on pairs; the discriminator sees each image together with its translation."""

    translates: ClassVar[bool] = True

    kind: Literal["paired"] = "paired"
    l1: NonNegativeFloat = Field(100.0, description="weight of the mean absolute difference from the target (λ)")


GAMES: Registry[GameConfig] = Registry(
    "game",
    Entry(
        "synthesis",
        "one generator against one discriminator",
        GOODFELLOW,
        SynthesisConfig,
        "training.games.synthesis:Synthesis",
    ),
    Entry(
        "k-plus-one",
        "a discriminator with K data classes and one class for generated images; also works with few labels",
        "Salimans et al. 2016, §5 (arXiv 1606.03498); Odena 2016 (arXiv 1606.01583)",
        KPlusOneConfig,
        "training.games.k_plus_one:KPlusOne",
    ),
    Entry(
        "auxiliary",
        "class-conditional, with an auxiliary classifier in the discriminator",
        "Odena, Olah, Shlens 2017, AC-GAN (arXiv 1610.09585)",
        AuxiliaryConfig,
        "training.games.auxiliary:Auxiliary",
    ),
    Entry(
        "info",
        "unsupervised classes: codes that the discriminator recovers from images",
        "Chen et al. 2016, InfoGAN (arXiv 1606.03657)",
        InfoConfig,
        "training.games.info:Info",
    ),
    Entry(
        "cycle", "unpaired translation with a cycle-consistency loss", ZHU, CycleConfig, "training.games.cycle:Cycle"
    ),
    Entry("paired", "translation learned from pairs of images", ISOLA, PairedConfig, "training.games.paired:Paired"),
)
