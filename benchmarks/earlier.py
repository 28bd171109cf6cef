"""What pages say of numbers that were measured by rules which have changed since and were not measured again."""

from collections.abc import Sequence

HEAD = ("", "## Measured by earlier rules", "")
FEATURES = (
    "**Scores by random features** (`random-conv-…`) are by features that were fitted to the first 10,000 training "
    "pictures, and floors are those of the first training pictures. The first rows are not a random sample: with "
    "12,000 training digits the Fréchet floor of 1,000 pictures is 3.41 by the first rows and 1.89 by random ones; "
    "where files are sorted by class it was 30.6. Their names carry another hash now, and the old and the new values"
    " do not compare."
)
LABELS = (
    "**Scores of conditional runs** were taken with the labels of the first 10,000 training pictures; now they are "
    "those of random ones, which changes the scores within their errors. Errors of `copies` were 0 at values of 0 "
    "and below, those of shares were 0 at 0 and 1, and those of `similarity` were 1.3 to 1.4 times too small."
)
AVERAGE = (
    "**Recipes with a moving average** (`digits`, `fashion`, `conv-shapes`, `stacked-digits`, `r3gan`, `ring`, "
    "`grid`) began it at the initial weights, which are a third of it after 1,000 steps, and `conv-shapes` also "
    "averaged the variances of its batch norm. Short runs looked worse than they were: after 300 steps of a small "
    "convolutional pair the Fréchet distance of the average was 82.4 beside 8.9 of the newest weights, and is 8.8 "
    "with warm-up and recomputed statistics (`remedies.ema.warmup=false` is the earlier rule)."
)


def section(lines: Sequence[str], command: str) -> list[str]:
    """Return the lines of the section, with the command that measures by the rules of today."""
    return [*HEAD, *(f"- {line}" for line in lines), "", f"To measure by the rules of today: {command}"]


def of_recipes() -> list[str]:
    """Return the section of results/recipes.md."""
    networks = (
        "**Recipes with batch or instance norm** (`lsgan`, `hinge`, `relativistic`, `wgan`, `wgan-gp`, `acgan`, "
        "`infogan`, `few-labels`, `conv-shapes`, `dcgan`, `pix2pix`, `cyclegan`) had biases before the norms, which "
        "only took rounding noise that Adam turns into steps of ±lr, and those of them with `init=dcgan` began the "
        "norms' scales at 1 instead of N(1, 0.02). `generator.biases=all discriminator.biases=all "
        "generator.init=small discriminator.init=small` are the earlier networks."
    )
    residual = (
        "**`r3gan` and `stacked-digits`** resampled with [1, 2, 1] at every other pixel, which moved maps by half a "
        "pixel at each halving (`generator.resampling=shifted discriminator.resampling=shifted`)."
    )
    return section((networks, residual, AVERAGE, FEATURES, LABELS), "the command of each row.")


def of_collapse() -> list[str]:
    """Return the section of results/collapse.md."""
    diffusion = (
        "**`diffusion`** moved T by the sign of every batch. The rule of today, the mean of four batches, is "
        "`remedies.diffusion=true`; the study's file names the earlier one, as it names the biases that networks had"
        " before norms."
    )
    points = (
        "**Shares of high quality** on the ring and the grid are unchanged; their errors were 0 at shares of 0 and 1."
    )
    command = "take those words out of `benchmarks/studies/collapse-*.toml` and run the commands of this page."
    return section((FEATURES, diffusion, points), command)
