"""Settings of network families, with one registry for generators and one for discriminators."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from ganarium.config.base import Before, Formerly
from ganarium.config.given import GivenDiscriminatorConfig, GivenGeneratorConfig, recall
from ganarium.config.layers import (
    Activation,
    BiasConfig,
    DiscriminatorConfig,
    FourierConfig,
    GeneratorConfig,
    Hidden,
    HiddenLayersConfig,
    ImageDiscriminatorConfig,
    InitializationConfig,
    LatentConfig,
    Norm,
    Output,
    SharedChannelsConfig,
    StagesConfig,
)
from ganarium.config.registry import Entry, Registry


class DenseGeneratorConfig(LatentConfig, InitializationConfig, HiddenLayersConfig, SharedChannelsConfig, FourierConfig):
    """Dense generator: latent (and one-hot label) → hidden layers → image."""

    kind: Literal["dense"] = "dense"


class DenseDiscriminatorConfig(
    ImageDiscriminatorConfig, InitializationConfig, HiddenLayersConfig, SharedChannelsConfig, FourierConfig
):
    """Dense discriminator: image (and one-hot label) → hidden layers → one raw logit."""

    kind: Literal["dense"] = "dense"

    @property
    def may_cross_samples(self) -> bool:
        """Return whether a sample's logit may depend on the rest of the batch."""
        return super().may_cross_samples or (self.norm == "batch" and bool(self.hidden))


class ConvGeneratorConfig(LatentConfig, InitializationConfig, StagesConfig, BiasConfig):
    """Convolutional generator: latent → dense layers, if any → coarse feature map → doubling stages → image."""

    kind: Literal["conv"] = "conv"
    hidden: Hidden = Field((), description="sizes of dense layers before the coarsest feature map")
    stem: Literal["transposed", "dense"] = Field(
        "transposed",
        description="layer from the latent to the coarsest feature map, normalized per channel if transposed, per "
        "value if dense",
    )
    up: Literal["transposed", "nearest", "bilinear"] = Field(
        "transposed",
        description="how a stage doubles the resolution: transposed convolution, or upsampling before a convolution",
    )
    kernel: int = Field(4, ge=2, le=9, description="kernel size of each stage")
    norm: Norm = Field("batch", description="normalization after every stage but the last")
    activation: Activation = Field("relu", description="activation of every stage but the last")
    pixel_noise: bool = Field(
        False,
        description="add single-channel noise, scaled per channel, to every feature map (Karras 2019, §2)",
    )


class ConvDiscriminatorConfig(ImageDiscriminatorConfig, InitializationConfig, StagesConfig, HiddenLayersConfig):
    """Convolutional discriminator: image → stages that halve the resolution → dense layers, if any → one raw logit."""

    kind: Literal["conv"] = "conv"
    hidden: Hidden = Field((), description="sizes of dense layers after the last stage")
    down: Literal["stride", "max-pool", "average-pool"] = Field(
        "stride",
        description="how a stage halves the resolution: strided convolution, or pooling after a convolution",
    )
    kernel: int = Field(4, ge=2, le=9, description="kernel size of each stage")
    norm: Norm = Field("batch", description="normalization after each stage and hidden layer")
    normalized: Literal["inner", "all"] = Field(
        "inner", description="stages that are normalized: all, or all but the first (inner)"
    )
    activation: Activation = Field("leaky-relu", description="activation of each stage and hidden layer")

    @property
    def may_cross_samples(self) -> bool:
        """Return whether a sample's logit may depend on the rest of the batch.

        The result is conservative: with a single stage and no hidden layers, nothing may be normalized.
        """
        return super().may_cross_samples or self.norm == "batch"


class ResidualConfig(StagesConfig):
    """Base settings of residual generators and discriminators."""

    width: PositiveInt = Field(8, description="number of channels of the finest stage; doubles at each coarser stage")
    max_channels: Annotated[PositiveInt, Formerly("widest")] = Field(
        256, description="maximum number of channels of a stage"
    )
    space_to_depth: Literal[1, 2, 4] = Field(
        1,
        description="side of the squares of pixels that are the channels of one position of the finest stage, which "
        "with 2 or 4 has a half or a quarter of the image's height and width",
    )
    blocks: PositiveInt = Field(1, description="number of residual blocks per stage")
    expansion: PositiveInt = Field(
        1, description="number of channels inside a block, as a multiple of the block's output channels"
    )
    group_size: NonNegativeInt = Field(
        0, description="number of channels per group of the 3×3 convolutions; 0 for a single group"
    )
    resampling: Annotated[Literal["centred", "shifted"], Before("shifted")] = Field(
        "centred",
        description="filter for upsampling and downsampling: centred is [1, 3, 3, 1], as in R3GAN's code; shifted is "
        "[1, 2, 1] at every other pixel, which shifts feature maps by half a pixel",
    )


class ResidualGeneratorConfig(LatentConfig, ResidualConfig):
    """Residual generator without normalization: latent → scaled learned feature map → residual stages → image."""

    kind: Literal["residual"] = "residual"
    conditioning: Literal["concat"] = Field(
        "concat",
        description="use of the label: concatenation with the latent (there is no normalization to condition)",
    )
    output: Output = Field("linear", description="activation of the last layer, which determines the output range")
    pixel_noise: bool = Field(
        False, description="add single-channel noise, scaled per channel, to the input of every residual branch"
    )


class ResidualDiscriminatorConfig(ImageDiscriminatorConfig, ResidualConfig):
    """Residual discriminator without normalization: image → residual stages → one raw logit."""

    zero_initial_weights: ClassVar[bool] = True

    kind: Literal["residual"] = "residual"
    conditioning: Literal["concat", "projection"] = Field(
        "projection",
        description="use of the label: concatenation with the image, or projection of features onto a class embedding",
    )


class ShapesGeneratorConfig(LatentConfig, InitializationConfig):
    """Generator of shapes with straight edges: latent → hidden layers → a code for each object → edges → image.

    An object is a union of convex parts, and a part is the intersection of half-planes, as in BSP-Net.
    """

    kind: Literal["shapes"] = "shapes"
    conditioning: Literal["concat"] = Field("concat", description="use of the label: concatenation with the latent")
    hidden: Hidden = Field((256, 256), description="sizes of the hidden dense layers, from input to output")
    activation: Activation = Field("leaky-relu", description="activation after each hidden layer")
    objects: PositiveInt = Field(
        1, description="maximum number of objects in an image; with several, each may be absent"
    )
    parts: PositiveInt = Field(1, description="number of convex parts of an object")
    edges: PositiveInt = Field(4, description="number of straight edges of a part")
    angles: Literal["free", "even", "regular"] = Field(
        "free",
        description="directions of the edges of a part: free; evenly distributed and constant (even), so that four "
        "edges form a rectangle; or those of a regular polygon with 3 to `edges` sides (regular); the edges of a "
        "second shape that splits objects are always free",
    )
    size: float = Field(
        0.25,
        gt=0,
        le=1,
        description="initial distance of the edges from the object's centre, as a share of the image's shorter side",
    )
    turned: bool = Field(
        False, description="each object also has a direction and a size, by which its edges are turned and scaled"
    )
    split: NonNegativeInt = Field(
        0,
        description="number of convex parts of a second shape that splits each object into two pieces, the pixels "
        "inside and outside of it, with centres of their own; 0 for whole objects",
    )
    whole_pixels: bool = Field(
        False,
        description="round centres to whole pixels, so that moved pieces keep their pixels; gradients ignore this",
    )
    presence: Literal["soft", "hard"] = Field(
        "soft",
        description="whether one of several objects may be faint (soft), or is either absent or clear (hard); "
        "gradients are those of soft",
    )
    code: PositiveInt = Field(32, description="number of values from which an object is decoded")
    shape_latents: NonNegativeInt | None = Field(
        None,
        description="number of latent dimensions on which edges depend, besides the label; the others affect poses and "
        "presence only; by default, edges depend on all of them",
    )
    output: Output = Field("tanh", description="activation of the last layer, which determines the output range")

    @model_validator(mode="after")
    def _has_enough_latents(self) -> Self:
        if self.shape_latents is not None and self.shape_latents > self.latent:
            raise ValueError(
                f"shape_latents={self.shape_latents} exceeds latent={self.latent}; use at most {self.latent}"
            )
        return self

    @model_validator(mode="after")
    def _can_be_regular(self) -> Self:
        if self.angles == "regular" and self.split:
            raise ValueError("angles=regular is for whole objects; use split=0, or angles=even")
        if self.angles == "regular" and self.edges < 3:
            raise ValueError(f"angles=regular needs at least 3 edges, but edges={self.edges}")
        return self


class UNetConfig(GeneratorConfig, InitializationConfig, BiasConfig):
    """U-Net translator: downsampling, then upsampling, with a skip connection at each level."""

    translates: ClassVar[bool] = True

    kind: Literal["unet"] = "unet"
    width: PositiveInt = Field(32, description="number of channels of the finest level; doubles at each coarser level")
    max_channels: Annotated[PositiveInt, Formerly("widest")] = Field(
        256, description="maximum number of channels of a level"
    )
    levels: int | None = Field(
        None,
        ge=1,
        le=7,
        description="number of levels, each of which halves the resolution; by default, until 2 to 3 pixels are left",
    )
    norm: Norm = Field("instance", description="normalization of all layers but the first, the coarsest and the last")


class ResNetConfig(GeneratorConfig, InitializationConfig, BiasConfig):
    """ResNet translator: two downsampling layers, residual blocks, two upsampling layers."""

    translates: ClassVar[bool] = True

    kind: Literal["resnet"] = "resnet"
    width: PositiveInt = Field(
        32, description="number of channels at full resolution; doubles at each of the two downsampling layers"
    )
    blocks: PositiveInt = Field(4, description="number of residual blocks, applied at a quarter of the resolution")
    norm: Norm = Field("instance", description="normalization of all layers but the last")


class PatchConfig(DiscriminatorConfig, InitializationConfig, BiasConfig):
    """Patch discriminator: image → one raw logit per patch."""

    kind: Literal["patch"] = "patch"
    width: PositiveInt = Field(64, description="number of channels of the first layer; doubles at each further layer")
    max_channels: Annotated[PositiveInt, Formerly("widest")] = Field(
        512, description="maximum number of channels of a layer"
    )
    layers: int = Field(
        2,
        ge=1,
        le=5,
        description="number of layers that halve the resolution: 1 to 5 give patches of 16, 34, 70, 142 or 286 pixels",
    )
    norm: Norm = Field("instance", description="normalization of all layers but the first and the last")

    @property
    def may_cross_samples(self) -> bool:
        """Return whether a sample's logit may depend on the rest of the batch."""
        return self.norm == "batch"


GOODFELLOW = "Goodfellow et al. 2014, Generative adversarial nets (arXiv 1406.2661)"
RADFORD = "Radford, Metz, Chintala 2016, DCGAN (arXiv 1511.06434)"
HUANG = "Huang et al. 2024, The GAN is dead; long live the GAN! (arXiv 2501.05441)"
CHEN = "Chen, Tagliasacchi, Zhang 2020, BSP-Net (arXiv 1911.06971)"
ISOLA = "Isola et al. 2017, Image-to-image translation, pix2pix (arXiv 1611.07004)"
ZHU = "Zhu et al. 2017, CycleGAN (arXiv 1703.10593)"

GIVEN_LINE = "a module passed from Python"

GENERATORS: Registry[GeneratorConfig] = Registry(
    "generator",
    Entry("dense", "fully connected layers", GOODFELLOW, DenseGeneratorConfig, "networks.dense:DenseGenerator"),
    Entry(
        "conv", "convolutions that double the resolution", RADFORD, ConvGeneratorConfig, "networks.conv:ConvGenerator"
    ),
    Entry(
        "residual",
        "residual blocks without normalization",
        HUANG,
        ResidualGeneratorConfig,
        "networks.residual:ResidualGenerator",
    ),
    Entry(
        "shapes",
        "objects with straight edges, each a union of convex parts",
        f"{CHEN}; objects with shared weights as in van Steenkiste et al. 2018 (arXiv 1810.10340)",
        ShapesGeneratorConfig,
        "networks.shapes:ShapesGenerator",
    ),
    Entry("unet", "image-to-image network with skip connections", ISOLA, UNetConfig, "networks.translators:UNet"),
    Entry("resnet", "image-to-image network with residual blocks", ZHU, ResNetConfig, "networks.translators:ResNet"),
    given=Entry("custom", GIVEN_LINE, "", GivenGeneratorConfig, "networks.foreign:generator", code=recall),
)
DISCRIMINATORS: Registry[DiscriminatorConfig] = Registry(
    "discriminator",
    Entry("dense", "fully connected layers", GOODFELLOW, DenseDiscriminatorConfig, "networks.dense:DenseDiscriminator"),
    Entry(
        "conv",
        "convolutions that halve the resolution",
        RADFORD,
        ConvDiscriminatorConfig,
        "networks.conv:ConvDiscriminator",
    ),
    Entry(
        "residual",
        "residual blocks without normalization",
        HUANG,
        ResidualDiscriminatorConfig,
        "networks.residual:ResidualDiscriminator",
    ),
    Entry("patch", "one logit for each patch of an image", ISOLA, PatchConfig, "networks.translators:Patch"),
    given=Entry("custom", GIVEN_LINE, "", GivenDiscriminatorConfig, "networks.foreign:discriminator", code=recall),
)
