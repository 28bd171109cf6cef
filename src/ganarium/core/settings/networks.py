"""Network families: settings and entries, one catalog for each player."""

from typing import Literal

from pydantic import Field, PositiveInt

from ganarium.core.catalog import Catalog, Entry
from ganarium.core.frozen import Config

Activation = Literal["relu", "leaky-relu", "elu", "softplus", "tanh"]
Output = Literal["sigmoid", "tanh", "linear"]
Init = Literal["he", "glorot", "small", "uniform"]

INIT_HELP = (
    "he: normal, sd √(2/fan-in); glorot: normal, sd √(2/(fan-in+fan-out)); small: normal, sd 0.02; "
    "all with biases 0; uniform: weights and biases in ±1/√fan-in"
)

Hidden = tuple[PositiveInt, ...]


class GeneratorSettings(Config):
    """Settings of one generator family."""

    kind: str
    init: Init = Field("he", description=INIT_HELP)
    latent: PositiveInt = Field(100, description="numbers in one latent")
    noise: Literal["normal", "uniform"] = Field("normal", description="law of the latent; uniform on [−1, 1)")
    output: Output = Field("sigmoid", description="what the last layer's activation is; it sets the output range")


class DiscriminatorSettings(Config):
    """Settings of one discriminator family."""

    kind: str
    init: Init = Field("he", description=INIT_HELP)


class Dense(Config):
    """What dense generators and discriminators share."""

    hidden: Hidden = Field((256,), description="sizes of the hidden layers, input side first")
    activation: Activation = "relu"
    dropout: float = Field(0.0, ge=0, lt=1, description="share of hidden units masked in training")
    dropout_rescaled: bool = Field(True, description="divide what is left by 1 − dropout")


class DenseGenerator(GeneratorSettings, Dense):
    """Latent (and one-hot label) → hidden layers → picture."""

    kind: Literal["dense"] = "dense"


class DenseDiscriminator(DiscriminatorSettings, Dense):
    """Picture (and one-hot label) → hidden layers → one raw logit."""

    kind: Literal["dense"] = "dense"


GOODFELLOW = "Goodfellow et al. 2014, Generative adversarial nets (arXiv 1406.2661)"

GENERATORS: Catalog[GeneratorSettings] = Catalog(
    "generator",
    Entry("dense", "fully connected layers", GOODFELLOW, DenseGenerator, "networks.dense:DenseGenerator"),
)
DISCRIMINATORS: Catalog[DiscriminatorSettings] = Catalog(
    "discriminator",
    Entry("dense", "fully connected layers", GOODFELLOW, DenseDiscriminator, "networks.dense:DenseDiscriminator"),
)
