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


def section(lines: Sequence[str], command: str) -> list[str]:
    """Return the lines of the section, including the command for measuring with the current rules."""
    return [*HEAD, *(f"- {line}" for line in lines), "", f"To measure with the current rules: {command}"]


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
