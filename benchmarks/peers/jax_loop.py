"""Training of dense and of strided networks in JAX, with many steps per `lax.scan`; needs an interpreter with JAX.

python benchmarks/peers/jax_loop.py SPEC.json

SPEC holds `family` (dense or strided), `pictures` (a .npy file, uint8 [n, C, H, W]), `generator` and `discriminator`
(layer sizes, or channels of strided networks), `coarsest`, `latent`, `uniform`, `batch`, `lr`, `betas`, `simultaneous`,
`precision` (float32 or bfloat16), `threads` and `device`. Each line of the input is a number of steps; a line of
JSON is printed when these are complete.
"""

import json
import os
import sys
from functools import partial
from pathlib import Path

SPEC = json.loads(Path(sys.argv[1]).read_text())
if SPEC["device"] == "cpu":
    os.environ["JAX_PLATFORMS"] = "cpu"
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: SPEC["threads"]])

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from jax import lax  # noqa: E402

NARROW = jnp.dtype(SPEC["precision"])
BATCH, (BETA1, BETA2), RATE, TINY = SPEC["batch"], SPEC["betas"], SPEC["lr"], 1e-8
LAYOUT = ("NHWC", "HWIO", "NHWC")
PAD = ((1, 1), (1, 1))


def product(x, w):
    """Multiply in the selected precision; inputs and outputs are float32."""
    return jnp.matmul(x.astype(NARROW), w.astype(NARROW), preferred_element_type=jnp.float32)


def halved(x, w):
    """Convolve with a 4×4 kernel and stride 2."""
    made = lax.conv_general_dilated(x.astype(NARROW), w.astype(NARROW), (2, 2), PAD, dimension_numbers=LAYOUT)
    return made.astype(jnp.float32)


def doubled(x, w):
    """Apply the transposed convolution with a 4×4 kernel and stride 2."""
    made = lax.conv_transpose(x.astype(NARROW), w.astype(NARROW), (2, 2), "SAME", dimension_numbers=LAYOUT)
    return made.astype(jnp.float32)


def normed(x, weights):
    """Normalize over all axes except channels, without running means; return the input if `weights` is None."""
    if weights is None:
        return x
    scale, shift = weights
    mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
    return (x - mean) * lax.rsqrt(variance + 1e-5) * scale + shift


def leaky(x):
    """Apply leaky ReLU with slope 0.2."""
    return jnp.where(x > 0, x, 0.2 * x)


def drawn(key, *shape, deviation):
    """Return normally distributed initial weights."""
    return deviation * jax.random.normal(key, shape, jnp.float32)


def dense_weights(key, sizes):
    """Return weights with He's initialization and zero biases."""
    keys = jax.random.split(key, len(sizes) - 1)
    pairs = zip(keys, sizes[:-1], sizes[1:], strict=True)
    return [(drawn(k, a, b, deviation=(2 / a) ** 0.5), jnp.zeros(b)) for k, a, b in pairs]


def dense(weights, x):
    """Apply dense layers with ReLU in between; the output is linear."""
    for w, b in weights[:-1]:
        x = jax.nn.relu(product(x, w) + b)
    w, b = weights[-1]
    return product(x, w) + b


def strided_weights(key, channels, stem, bias, unnormed):
    """Return 4×4 kernels and biases, norms except at one stage, and the dense layer at the coarsest map."""
    keys = jax.random.split(key, len(channels))
    stages = [
        (
            drawn(k, 4, 4, a, b, deviation=0.02),
            jnp.zeros(b),
            None if number == unnormed else (jnp.ones(b), jnp.zeros(b)),
        )
        for number, (k, a, b) in enumerate(zip(keys[1:], channels[:-1], channels[1:], strict=True))
    ]
    return {"stem": drawn(keys[0], *stem, deviation=0.02), "bias": jnp.zeros(bias), "stages": stages}


def strided_generator(weights, z):
    """Map latents [n, latent] to images [n, h, w, c]."""
    side, width = SPEC["coarsest"], SPEC["generator"][0]
    x = product(z, weights["stem"]).reshape(-1, side, side, width) + weights["bias"]
    x = normed(x, weights["norm"])
    for w, b, norm in weights["stages"]:
        x = normed(doubled(jax.nn.relu(x), w) + b, norm)
    return jnp.tanh(x)


def strided_discriminator(weights, x):
    """Map images [n, h, w, c] to logits [n, 1]."""
    for w, b, norm in weights["stages"]:
        x = leaky(normed(halved(x, w) + b, norm))
    return product(x.reshape(len(x), -1), weights["stem"]) + weights["bias"]


def started(key):
    """Return both players' initial weights, the generator function and the discriminator function."""
    of_generator, of_discriminator = jax.random.split(key)
    sizes_g, sizes_d = SPEC["generator"], SPEC["discriminator"]
    if SPEC["family"] == "dense":
        weights = dense_weights(of_generator, sizes_g), dense_weights(of_discriminator, sizes_d)
        return weights, lambda w, z: jax.nn.sigmoid(dense(w, z)), dense
    values = SPEC["coarsest"] ** 2
    stem_g, stem_d = (SPEC["latent"], values * sizes_g[0]), (values * sizes_d[-1], 1)
    generator = strided_weights(of_generator, sizes_g, stem_g, sizes_g[0], unnormed=len(sizes_g) - 2)
    generator["norm"] = (jnp.ones(sizes_g[0]), jnp.zeros(sizes_g[0]))
    discriminator = strided_weights(of_discriminator, sizes_d, stem_d, 1, unnormed=0)
    return (generator, discriminator), strided_generator, strided_discriminator


def adam(step, weights, gradients, moments):
    """Update weights and moments by Adam (Kingma & Ba 2015, Algorithm 1)."""
    first = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, moments[0], gradients)
    second = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, moments[1], gradients)
    rate = RATE * jnp.sqrt(1 - BETA2**step) / (1 - BETA1**step)
    moved = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) + TINY), weights, first, second)
    return moved, (first, second)


def latents(key):
    """Return latents for a batch."""
    shape = (BATCH, SPEC["latent"])
    return jax.random.uniform(key, shape, minval=-1.0) if SPEC["uniform"] else jax.random.normal(key, shape)


def one_step(generate, judge, pictures, state, _):
    """Update both players, either simultaneously or the generator after the discriminator with new noise."""
    step, key, generator, discriminator, moments_g, moments_d = state
    key, pick, noise, fresh = jax.random.split(key, 4)
    step, z = step + 1, latents(noise)
    rows = pictures[jax.random.randint(pick, (BATCH,), 0, len(pictures))].astype(jnp.float32)
    real = rows / 255 if SPEC["family"] == "dense" else rows / 127.5 - 1

    def of_discriminator(weights, fake):
        return (jax.nn.softplus(-judge(weights, real)) + jax.nn.softplus(judge(weights, fake))).mean()

    def of_generator(weights, judging, z):
        return jax.nn.softplus(-judge(judging, generate(weights, z))).mean()

    loss_d, gradients_d = jax.value_and_grad(of_discriminator)(discriminator, generate(generator, z))
    moved, moments_d = adam(step, discriminator, gradients_d, moments_d)
    judging, z = (discriminator, z) if SPEC["simultaneous"] else (moved, latents(fresh))
    loss_g, gradients_g = jax.value_and_grad(of_generator)(generator, judging, z)
    generator, moments_g = adam(step, generator, gradients_g, moments_g)
    return (step, key, generator, moved, moments_g, moments_d), (loss_d, loss_g)


def main():
    """Run the number of steps in each input line and print the losses."""
    pictures = np.load(SPEC["pictures"])
    n = len(pictures)
    pictures = pictures.reshape(n, -1) if SPEC["family"] == "dense" else pictures.transpose(0, 2, 3, 1)
    (generator, discriminator), generate, judge = started(jax.random.key(0))
    learned = sum(leaf.size for leaf in jax.tree.leaves((generator, discriminator)))
    empty = partial(jax.tree.map, jnp.zeros_like)
    state = (jnp.float32(0), jax.random.key(1), generator, discriminator)
    state = (*state, (empty(generator), empty(generator)), (empty(discriminator), empty(discriminator)))
    pictures = jax.device_put(pictures)

    @partial(jax.jit, static_argnums=2, donate_argnums=0)
    def many(state, pictures, steps):
        return lax.scan(partial(one_step, generate, judge, pictures), state, None, steps)

    print(json.dumps({"jax": jax.__version__, "device": jax.devices()[0].platform, "numbers": learned}), flush=True)
    for line in sys.stdin:
        state, (loss_d, loss_g) = jax.block_until_ready(many(state, pictures, int(line)))
        print(json.dumps({"discriminator": float(loss_d[-1]), "generator": float(loss_g[-1])}), flush=True)


if __name__ == "__main__":
    main()
