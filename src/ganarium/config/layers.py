"""Base classes for the settings of network families."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, field_validator

from ganarium.config.base import Before, Config, Formerly

Activation = Literal["relu", "leaky-relu", "elu", "softplus", "tanh"]
DenseActivation = Literal[Activation, "maxout"]
Output = Literal["sigmoid", "tanh", "linear", "binary"]
Init = Literal["he", "glorot", "lecun", "small", "dcgan", "uniform", "first-axis"]
Biases = Literal["needed", "all", "none"]
Norm = Literal["none", "batch", "virtual", "instance"]
BatchFeatures = Literal["none", "discrimination", "deviation"]

Hidden = tuple[PositiveInt, ...]


class InitializationConfig(Config):
    """Base settings of network families with configurable weight initialization."""

    init: Init = Field(
        "he",
        description="he: normal, sd √(2/fan-in); glorot: normal, sd √(2/(fan-in+fan-out)); lecun: normal, sd "
        "1/√fan-in; small: normal, sd 0.02; dcgan: small, with normalization scales drawn from a normal distribution "
        "with mean 1 and sd 0.02; first-axis: normal, sd √(2/a), where a is the number of inputs of a dense layer or "
        "the kernel height of a convolution (S2); all of these set biases to 0; uniform: weights and biases uniform "
        "in ±1/√fan-in",
    )


class BiasConfig(Config):
    """Base settings of network families in which normalized layers may omit their biases."""

    biases: Annotated[Biases, Before("all")] = Field(
        "needed",
        description="which layers have biases: all; none; or needed: all except those before a normalization that "
        "subtracts each channel's mean; attention layers always have biases",
    )


class GeneratorConfig(Config):
    """Base settings of all generator families."""

    translates: ClassVar[bool] = False  # whether the generator maps images, rather than latents, to images

    kind: str
    output: Output = Field(
        "sigmoid",
        description="activation of the last layer, which determines the output range; binary: the sign, −1 or 1, with "
        "the gradient of tanh (Dong & Yang 2018, arXiv 1810.04714)",
    )


class LatentConfig(GeneratorConfig):
    """Base settings of generators that map latents to images or points."""

    latent: PositiveInt = Field(100, description="number of latent dimensions")
    noise: Literal["normal", "uniform"] = Field(
        "normal", description="distribution of the latent: standard normal, or uniform on [−1, 1)"
    )
    conditioning: Literal["concat", "norm"] = Field(
        "concat",
        description="use of the label: concatenation with the latent, or scale and shift of each normalization",
    )


class OwnGeneratorConfig(LatentConfig):
    """Base settings of registered generators."""

    output: Output | None = Field(  # type: ignore[assignment]
        None,
        description="output range: sigmoid for [0, 1], tanh or linear for [−1, 1]; by default, it is measured on the "
        "first samples and recorded in the run",
    )


class DiscriminatorConfig(Config):
    """Base settings of all discriminator families.

    zero_initial_weights: whether any layer starts with all weights at 0
    """

    zero_initial_weights: ClassVar[bool] = False

    kind: str

    @property
    def may_cross_samples(self) -> bool:
        """Return whether a sample's logit may depend on the rest of the batch, for at least some data shapes."""
        return False


class ImageDiscriminatorConfig(DiscriminatorConfig):
    """Base settings of discriminators that return one logit per image."""

    conditioning: Literal["concat", "projection"] = Field(
        "concat",
        description="use of the label: concatenation with the image, or projection of features onto a class embedding",
    )
    batch_features: Annotated[BatchFeatures, Formerly("across")] = Field(
        "none",
        description="batch statistics added to the inputs of the last layer: distances to the other images (minibatch "
        "discrimination), or the mean standard deviation of a group (minibatch standard deviation)",
    )
    batch_features_kernels: Annotated[PositiveInt, Formerly("across_kernels")] = Field(
        100, description="number of kernels of minibatch discrimination (B in the paper)"
    )
    batch_features_group: Annotated[int, Before(0), Formerly("across_group")] = Field(
        4, ge=0, description="group size of minibatch standard deviation; 0 for the whole batch"
    )

    @property
    def may_cross_samples(self) -> bool:
        """Return whether a sample's logit may depend on the rest of the batch."""
        return self.batch_features != "none"

    @field_validator("batch_features_group")
    @classmethod
    def _has_several_samples(cls, group: int) -> int:
        if group == 1:
            raise ValueError(
                "a single sample has a standard deviation of 0; use groups of 2 or more, or 0 for the whole batch"
            )
        return group


class HiddenLayersConfig(BiasConfig):
    """Base settings of hidden dense layers: sizes, activation, normalization and dropout."""

    hidden: Hidden = Field((256,), description="sizes of the hidden dense layers, from input to output")
    activation: DenseActivation = Field("relu", description="activation after each hidden layer")
    norm: Norm = Field("none", description="normalization after each hidden layer")
    dropout: float = Field(0.0, ge=0, lt=1, description="probability that a hidden unit is set to 0 during training")
    dropout_rescaled: bool = Field(True, description="divide the remaining units by 1 − dropout")


class SharedChannelsConfig(Config):
    """Base settings of network families that can process each channel of an image as an image of its own."""

    shared_channels: bool = Field(
        False,
        description="apply one network to every channel of the image, with the same weights; the generator computes a "
        "latent for each channel, and the discriminator combines the features of all channels",
    )


class FourierConfig(Config):
    """Base settings of networks whose input, latents or points, may be replaced by its Fourier features."""

    fourier_octaves: int = Field(
        0,
        ge=0,
        le=16,
        description="number of octaves of Fourier features sin(2ᵏ π x/w) and cos(2ᵏ π x/w) of the input x, which is "
        "the latent of a generator or a point; 0 for the input itself (Tancik 2020, arXiv 2006.10739)",
    )
    fourier_half_width: PositiveFloat = Field(
        1.0, description="half-width w of the interval [−w, w] that one period of the lowest octave covers"
    )


class StagesConfig(SharedChannelsConfig):
    """Base settings of the convolutional stages between the image and the coarsest feature map."""

    width: PositiveInt = Field(64, description="number of channels of the finest stage; doubles at each coarser stage")
    max_channels: Annotated[PositiveInt, Formerly("widest")] = Field(
        512, description="maximum number of channels of a stage"
    )
    stages: int | None = Field(
        None,
        ge=1,
        le=6,
        description="number of stages, each of which halves the resolution; by default, until the shorter side has 4 "
        "to 7 pixels",
    )
    attention: NonNegativeInt = Field(
        0, description="stage after which self-attention is applied, counted from the input; 0 for none"
    )
