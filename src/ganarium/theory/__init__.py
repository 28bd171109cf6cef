"""Computable GAN theory: closed forms, optimal discriminators and toy games; see docs/theory.md."""

from ganarium.theory.basics import (
    batch_normalized,
    by_autograd,
    by_hand,
    cross_entropy,
    descend,
    dropped_out,
    dropped_out_and_scaled,
    squared_error,
)
from ganarium.theory.densities import (
    DIVERGENCES,
    Densities,
    gaussian,
    gaussians,
    jensen_shannon,
    kl,
    mixture,
    neyman,
    on_grid,
    pearson,
    reverse_kl,
    tables,
    total_variation,
    triangular,
    value_at_best,
    wasserstein,
)
from ganarium.theory.derivatives import SLOPES, Slopes
from ganarium.theory.games import PENALTIES, ToyGame, bilinear, dirac, eigenvalues
from ganarium.theory.gaussian_check import Checked, checked, objective
from ganarium.theory.label_smoothing import best_answer, smoothed
from ganarium.theory.min_max_order import four_modes, max_inside, min_inside, told_of, value_of_min_inside
from ganarium.theory.neural_distance import best_loss, learned_loss
from ganarium.theory.optima import OPTIMA, Optimum, loss_beside_means, optimum, penalized_critic
from ganarium.theory.orbits import RULES, fate, orbit, radii
from ganarium.theory.packing import packed_variation
from ganarium.theory.tabular_discriminator import expected, train_table
from ganarium.theory.transposed_convolution import by_backward_pass, by_zeros, zeros_between

__all__ = [
    "DIVERGENCES",
    "OPTIMA",
    "PENALTIES",
    "RULES",
    "SLOPES",
    "Checked",
    "Densities",
    "Optimum",
    "Slopes",
    "ToyGame",
    "batch_normalized",
    "best_answer",
    "best_loss",
    "bilinear",
    "by_autograd",
    "by_backward_pass",
    "by_hand",
    "by_zeros",
    "checked",
    "cross_entropy",
    "descend",
    "dirac",
    "dropped_out",
    "dropped_out_and_scaled",
    "eigenvalues",
    "expected",
    "fate",
    "four_modes",
    "gaussian",
    "gaussians",
    "jensen_shannon",
    "kl",
    "learned_loss",
    "loss_beside_means",
    "max_inside",
    "min_inside",
    "mixture",
    "neyman",
    "objective",
    "on_grid",
    "optimum",
    "orbit",
    "packed_variation",
    "pearson",
    "penalized_critic",
    "radii",
    "reverse_kl",
    "smoothed",
    "squared_error",
    "tables",
    "told_of",
    "total_variation",
    "train_table",
    "triangular",
    "value_at_best",
    "value_of_min_inside",
    "wasserstein",
    "zeros_between",
]
