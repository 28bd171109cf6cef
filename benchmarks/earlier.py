"""Settings of an earlier recipe, and notes for result pages with values that were measured under earlier rules."""

from collections.abc import Sequence

DENSE = (
    *("generator=dense", "generator.latent=64", "generator.hidden=[512,512]", "generator.activation=leaky-relu"),
    *("discriminator=dense", "discriminator.hidden=[512,512]", "discriminator.activation=leaky-relu"),
    *("optim.lr=3e-3", "optim.discriminator_lr=none", "optim.final=0", "remedies.r1.gamma=0.02"),
    *("remedies.ema.decay=0.999", "train.batch=128", "train.steps=9000"),
)  # `digits` with the dense networks that the recipe had before its convolutions
HEAD = ("", "## Measured with earlier rules", "")
FEATURES = (
    "**Scores by random features** (`random-conv-…`) used features that were fitted to the first 10,000 training "
    "images, and floors of the first training images. The first rows are not a random sample: with 12,000 training "
    "digits the Fréchet floor of 1,000 images is 3.41 for the first rows and 1.89 for random ones; with files sorted "
    "by class it was 30.6. The features have another hash in their name now, and old and new values are not "
    "comparable."
)
LABELS = (
    "**Scores of conditional runs** used the labels of the first 10,000 training images; now they use those of random "
    "ones, which changes the scores within their errors. Errors of `copy-rate` were 0 at values of 0 and below, those "
    "of shares were 0 at 0 and 1, and those of `similarity` were 1.3 to 1.4 times too small."
)
AVERAGE = (
    "**Recipes with a moving average** (`digits`, `fashion`, `conv-shapes`, `stacked-digits`, `r3gan`, `ring`, "
    "`grid`) started it at the initial weights, which are a third of it after 1,000 steps, and `conv-shapes` also "
    "averaged the variances of its batch norm. Short runs had worse scores than their weights deserve: after 300 steps "
    "of a small convolutional pair the Fréchet distance of the average was 82.4 and that of the newest weights 8.9; "
    "with warm-up and recomputed statistics it is 8.8 (`remedies.ema.warmup=false` is the earlier rule)."
)


def section(lines: Sequence[str], command: str) -> list[str]:
    """Return the lines of the section, including the command for measuring with the current rules."""
    return [*HEAD, *(f"- {line}" for line in lines), "", f"To measure with the current rules: {command}"]


def of_recipes() -> list[str]:
    """Return the section for results/recipes.md."""
    networks = (
        "**Recipes with batch or instance norm** (`lsgan`, `hinge`, `relativistic`, `wgan`, `wgan-gp`, `acgan`, "
        "`infogan`, `few-labels`, `conv-shapes`, `dcgan`, `pix2pix`, `cyclegan`) had biases before the norms, whose "
        "gradients are only rounding noise, which Adam turns into steps of ±lr. Those with `init=dcgan` initialized "
        "the norms' scales with 1 instead of N(1, 0.02). `generator.biases=all discriminator.biases=all "
        "generator.init=small discriminator.init=small` select the earlier networks."
    )
    residual = (
        "**`r3gan` and `stacked-digits`** resampled with [1, 2, 1] at every other pixel, which moved maps by half a "
        "pixel at each downsampling (`generator.resampling=shifted discriminator.resampling=shifted`)."
    )
    return section((networks, residual, AVERAGE, FEATURES, LABELS), "the command of each row.")


def of_collapse() -> list[str]:
    """Return the section for results/collapse.md."""
    diffusion = (
        "**`diffusion`** changed T by the sign of each batch. The current rule, the mean of four batches, is "
        "`remedies.diffusion=true`; the study file selects the earlier one, and the biases that networks had before "
        "norms."
    )
    points = "**High-quality shares** on the ring and the grid are unchanged; their errors were 0 at shares of 0 and 1."
    command = "remove these settings from `benchmarks/studies/collapse-*.toml` and run the commands of this page."
    return section((FEATURES, diffusion, points), command)
