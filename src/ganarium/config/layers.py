"""Base classes of the settings of network families."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, NonNegativeInt, PositiveInt, field_validator

from ganarium.config.base import Before, Config, Formerly

Activation = Literal["relu", "leaky-relu", "elu", "softplus", "tanh"]
DenseActivation = Literal[Activation, "maxout"]
Output = Literal["sigmoid", "tanh", "linear"]
Init = Literal["he", "glorot", "lecun", "small", "dcgan", "uniform", "first-axis"]
Biases = Literal["needed", "all", "none"]
Norm = Literal["none", "batch", "virtual", "instance"]
BatchFeatures = Literal["none", "discrimination", "deviation"]

Hidden = tuple[PositiveInt, ...]


class InitializationConfig(Config):
    """Settings of a family with a configurable weight initialization."""

    init: Init = Field(
        "he",
        description="he: normal, sd √(2/fan-in); glorot: normal, sd √(2/(fan-in+fan-out)); lecun: normal, sd "
        "1/√fan-in; small: normal, sd 0.02; dcgan: small, and scales of normalizations "
        "normal, mean 1, sd 0.02; first-axis: normal, sd √(2/a) where a is a dense layer's inputs or a "
        "convolution's kernel height (S2); all with biases 0; uniform: weights and biases in ±1/√fan-in",
    )


class BiasConfig(Config):
    """Settings of a family whose layers may be normalized and then need no biases."""

    biases: Annotated[Biases, Before("all")] = Field(
        "needed",
        description="which layers have biases: all, none, or those that need one, which are all but those before a "
        "normalization that subtracts each channel's mean; attention layers always have biases",
    )


class GeneratorConfig(Config):
    """Settings of one generator family."""

    translates: ClassVar[bool] = False  # whether it maps images, not latents, to images

    kind: str
    output: Output = Field("sigmoid", description="activation of the last layer, which determines the output range")


class LatentConfig(GeneratorConfig):
    """Settings of a family that generates images or points from latents."""

    latent: PositiveInt = Field(100, description="dimension of the latent")
    noise: Literal["normal", "uniform"] = Field(
        "normal", description="distribution of the latent: standard normal, or uniform on [−1, 1)"
    )
    conditioning: Literal["concat", "norm"] = Field(
        "concat",
        description="how a label enters: concatenated with the latent, or as scales and shifts of each normalization",
    )


class DiscriminatorConfig(Config):
    """Settings of one discriminator family.

    zero_initial_weights: whether all weights of some layer start at 0
    """

    zero_initial_weights: ClassVar[bool] = False

    kind: str

    @property
    def may_cross_samples(self) -> bool:
        """Return whether a layer may depend on the rest of the batch; the shape of the data decides in some cases."""
        return False


class ImageDiscriminatorConfig(DiscriminatorConfig):
    """Settings of a family that returns one logit per image."""

    conditioning: Literal["concat", "projection"] = Field(
        "concat",
        description="how a label enters: concatenated with the image, or by projecting features on a class vector",
    )
    batch_features: Annotated[BatchFeatures, Formerly("across")] = Field(
        "none",
        description="features of the rest of the batch given to the last layer: distances to the other images "
        "(minibatch discrimination), or the mean standard deviation of a group (minibatch standard deviation)",
    )
    batch_features_kernels: Annotated[PositiveInt, Formerly("across_kernels")] = Field(
        100, description="kernels of minibatch discrimination (B in its paper)"
    )
    batch_features_group: Annotated[int, Before(0), Formerly("across_group")] = Field(
        4, ge=0, description="group size of the minibatch standard deviation; 0 for the whole batch"
    )

    @property
    def may_cross_samples(self) -> bool:
        """Return whether a layer may depend on the rest of the batch."""
        return self.batch_features != "none"

    @field_validator("batch_features_group")
    @classmethod
    def _has_several_samples(cls, group: int) -> int:
        if group == 1:
            raise ValueError(
                "the standard deviation of a single sample is always 0: use 2 or more, or 0 for the whole batch"
            )
        return group


class HiddenLayersConfig(BiasConfig):
    """Settings of hidden dense layers, and of activation, normalization and dropout."""

    hidden: Hidden = Field((256,), description="sizes of the hidden dense layers, from input to output")
    activation: DenseActivation = Field("relu", description="activation after each hidden layer")
    norm: Norm = Field("none", description="normalization after each hidden layer")
    dropout: float = Field(0.0, ge=0, lt=1, description="probability that a hidden unit is set to 0 in training")
    dropout_rescaled: bool = Field(True, description="divide the remaining units by 1 − dropout")


class StagesConfig(Config):
    """Settings of the convolutional stages between the image and the coarsest feature map."""

    width: PositiveInt = Field(64, description="channels of the finest stage; each coarser one has twice as many")
    max_channels: Annotated[PositiveInt, Formerly("widest")] = Field(512, description="maximum channels of a stage")
    stages: int | None = Field(
        None,
        ge=1,
        le=6,
        description="number of halvings of the side; by default, until the shorter one has 4 to 7 pixels",
    )
    attention: NonNegativeInt = Field(
        0, description="stage after which self-attention is applied, counted from the input; 0 for none"
    )
