"""The workloads: each with a recipe, setting overrides, and the plain loop for comparison."""

from dataclasses import dataclass, replace

from benchmarks.earlier import DENSE
from benchmarks.peers import loops
from benchmarks.peers.pairs import Loop


@dataclass(frozen=True)
class Work:
    """A training workload for the speed benchmarks.

    line: description of the networks for the table
    jax: whether there is a JAX implementation
    """

    name: str
    line: str
    recipe: str
    loop: Loop
    words: tuple[str, ...] = ()
    jax: bool = False


ONE_BATCH = "latents=shared"  # both players use one generated batch, as in tutorials
ALL_BIASES = ("generator.biases=all", "discriminator.biases=all")  # also before batch norm, as in tutorials
S2_A = Work("S2-A", "dense 100-256-784 against 784-256-1", "dense-digits", loops.adversarial, jax=True)
DCGAN_28 = Work(
    "DCGAN-28",
    "64 and 128 channels, strided, batch norm",
    "dcgan",
    loops.adversarial,
    ("data=mnist", ONE_BATCH, *ALL_BIASES),
    jax=True,
)
LEAN_28 = Work(
    "lean-28",
    "32 and 64 channels, strided, batch norm",
    "dcgan",
    loops.adversarial,
    (
        *("data=mnist", "generator.latent=64", "optim.lr=5e-4", "train.batch=64", "train.steps=4000"),
        *(f"{side}.{word}" for side in ("generator", "discriminator") for word in ("width=32", "max_channels=64")),
        *(ONE_BATCH, *ALL_BIASES),
    ),
)
PLAIN_R3GAN = (  # without squares of pixels and schedules, which the plain loop does not have
    *(f"{side}.{word}" for side in ("generator", "discriminator") for word in ("stages=none", "space_to_depth=1")),
    *(
        f"remedies.{name}.{word}"
        for name in ("r1", "r2")
        for word in ("schedule=constant", "final=0", "schedule_end=1")
    ),
    *("generator.output=linear", "optim.lr=1e-3", "optim.final=0.25", "optim.schedule_start=0", "optim.beta2=0.99"),
    *("optim.beta2_final=none", "remedies.ema.ramp_share=none", "remedies.ema.decay=0.998", "remedies.ema.warmup=true"),
    *("train.batch=64", "train.steps=10000", "train.seconds=none"),
)
R3GAN = Work("R1 + R2", "residual pair of 16 to 64 channels, both penalties", "r3gan", loops.relativistic, PLAIN_R3GAN)
WORKS = (
    S2_A,
    Work("S1", "dense, two hidden layers, dropout", "dense-shapes", loops.adversarial, (ONE_BATCH,)),
    Work(
        "S2-B",
        "dense against a convolution of 5×5, a pooling and 256",
        "dense-conv-digits",
        loops.adversarial,
        (ONE_BATCH,),
    ),
    Work("S3", "64 channels, upsampling against poolings, 11 classes", "kplus1-digits", loops.classes, (ONE_BATCH,)),
    DCGAN_28,
    LEAN_28,
    Work(
        "DCGAN-64",
        "64 to 512 channels, strided, batch norm, colour",
        "dcgan",
        loops.adversarial,
        (ONE_BATCH, *ALL_BIASES),
    ),
    R3GAN,
    replace(
        R3GAN,
        name="R1 + R2 by differences",
        words=(*PLAIN_R3GAN, *(f"remedies.{name}.differences=0.01" for name in ("r1", "r2"))),
        line="the same pair, our penalties by differences of 0.01, the plain loop's exact",
    ),
)
SAME_GAME = Work(
    "digits",
    "dense, two hidden layers of 512 each, class-conditional; R1, cosine, average",
    "digits",
    loops.penalized,
    (*DENSE, "train.seconds=none"),
)
