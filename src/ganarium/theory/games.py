"""Games of two players with one parameter each: gradients, modifications, and eigenvalues at the equilibrium.

In the Dirac-GAN the data lie at 0, the model is one point θ, and the discriminator is the line D(x) = ψx (Mescheder,
Geiger, Nowozin 2018, §2): the logit of the real point is 0, that of the generated point is t = ψθ, and the equilibrium
is (0, 0). Mescheder's discriminator increases towards the generated side; here it increases towards the real side, as
everywhere in this project, so Mescheder's (1, 1) is (1, −1) here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import hypot

import numpy as np
from numpy.typing import NDArray

from ganarium.theory.derivatives import Slopes

Point = tuple[float, float]
Field = Callable[[float, float], Point]  # (θ, ψ) -> the gradients that θ and ψ descend
Settle = Callable[[Point], Point]

TINY = 1e-5  # step of central differences
NODES = 24  # nodes of the quadrature over noise


def _stay(point: Point) -> Point:
    return point


@dataclass(frozen=True)
class ToyGame:
    """The gradients that the two players descend, and a function applied to the point after each move."""

    field: Field
    settle: Settle = _stay


def dirac(slopes: Slopes) -> Field:
    """Return the gradients of the Dirac-GAN for an objective given by its derivatives."""

    def field(theta: float, psi: float) -> Point:
        t = psi * theta
        return psi * slopes.generator(0.0, t), theta * slopes.fake(0.0, t)

    return field


def bilinear(x: float, y: float) -> Point:
    """Return the gradients of the game min_x max_y xy.

    All games in this module behave like this game near the equilibrium.
    """
    return y, -x


def with_ridge(field: Field, gamma: float) -> Field:
    """Add γ/2·ψ² to the discriminator's loss.

    This is both R1 and R2, since a line has the same slope everywhere (Mescheder 2018, eq. 9).
    """

    def ridged(theta: float, psi: float) -> Point:
        of_theta, of_psi = field(theta, psi)
        return of_theta, of_psi + gamma * psi

    return ridged


def with_gradient_penalty(field: Field, weight: float) -> Field:
    """Add λ(|ψ| − 1)² to the discriminator's loss (Gulrajani 2017, eq. 3)."""

    def bent(theta: float, psi: float) -> Point:
        of_theta, of_psi = field(theta, psi)
        return of_theta, of_psi + 2 * weight * (abs(psi) - 1) * float(np.sign(psi))

    return bent


def clipping(limit: float) -> Settle:
    """Return a function that clips ψ to ±limit (Arjovsky 2017, Algorithm 1)."""
    return lambda point: (point[0], min(max(point[1], -limit), limit))


def with_noise(slopes: Slopes, sigma: float) -> Field:
    """Return the gradients of the Dirac-GAN with noise N(0, σ²) on both points (Sønderby 2017, §3).

    The mean over the noise is computed by Gauss–Hermite quadrature for each pair of points, not over a batch:
    objectives that use batch means receive batches of one sample.
    """
    z, weight = np.polynomial.hermite_e.hermegauss(NODES)
    shares = np.outer(weight, weight) / weight.sum() ** 2
    x, noise = sigma * z[:, None], sigma * z[None, :]

    def field(theta: float, psi: float) -> Point:
        y = theta + noise
        real, fake = psi * x, psi * y
        of_psi = (shares * (x * slopes.real(real, fake) + y * slopes.fake(real, fake))).sum()
        return float(psi * (shares * slopes.generator(real, fake)).sum()), float(of_psi)

    return field


def with_consensus(field: Field, gamma: float) -> Field:
    """Add γ/2·‖gradients‖² to both players' losses (Mescheder, Nowozin, Geiger 2017, arXiv 1705.10461)."""

    def agreed(theta: float, psi: float) -> Point:
        here = np.array(field(theta, psi))
        pull = here + gamma * (bend(field, (theta, psi)).T @ here)
        return float(pull[0]), float(pull[1])

    return agreed


PENALTIES: dict[str, Callable[[Slopes, float], ToyGame]] = {
    "none": lambda slopes, _: ToyGame(dirac(slopes)),
    "r1": lambda slopes, gamma: ToyGame(with_ridge(dirac(slopes), gamma)),
    "r2": lambda slopes, gamma: ToyGame(with_ridge(dirac(slopes), gamma)),
    "clipping": lambda slopes, limit: ToyGame(dirac(slopes), clipping(limit)),
    "gradient-penalty": lambda slopes, weight: ToyGame(with_gradient_penalty(dirac(slopes), weight)),
    "instance-noise": lambda slopes, sigma: ToyGame(with_noise(slopes, sigma)),
    "consensus": lambda slopes, gamma: ToyGame(with_consensus(dirac(slopes), gamma)),
}


def bend(field: Field, point: Point, width: float = TINY) -> NDArray[np.float64]:
    """Return the Jacobian [2, 2] of the gradients: row i for player i, column j for player j's parameter."""
    theta, psi = point
    columns = [
        np.subtract(field(theta + width, psi), field(theta - width, psi)),
        np.subtract(field(theta, psi + width), field(theta, psi - width)),
    ]
    return np.stack(columns, axis=1) / (2 * width)


def eigenvalues(field: Field, point: Point = (0.0, 0.0)) -> list[complex]:
    """Return the eigenvalues of the gradient flow near a point, or an empty list where `field` is discontinuous.

    Negative real parts attract, positive real parts repel, and non-zero imaginary parts rotate.
    """
    near, nearer = bend(field, point, 2 * TINY), bend(field, point)
    if not np.allclose(near, nearer, atol=1e-3):
        return []
    return sorted(np.linalg.eigvals(-nearer).astype(complex).tolist(), key=lambda v: (v.real, v.imag))


def distance(point: Point) -> float:
    """Return the distance of a point from the equilibrium."""
    return hypot(*point)
