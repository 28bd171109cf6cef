"""Hough transform for straight strokes: each inked pixel votes for all lines through it (Duda & Hart 1972).

Once a stroke is found, its ink and its votes are removed, so that the next maximum belongs to another stroke.
"""

import numpy as np

from ganarium.metrics.shapes.base import Bools, Floats, Ints
from ganarium.metrics.shapes.strokes import drawn

ANGLES = 60
INK = 0.25  # pixels with less unexplained ink do not vote
LEAST = 10.0  # smallest amount of unexplained ink in a stroke, in pixels of full ink
ROUNDS = 16
DARK = 0.45  # share of full ink below which a stroke is interrupted
TURNS = np.pi * np.arange(ANGLES) / ANGLES
COS, SIN = np.cos(TURNS), np.sin(TURNS)
ASIDE = np.arange(-3, 3.1, 0.75)  # distances from a proposed axis at which ink is sampled, in pixels


def propose(ink: Floats, strokes: Floats, picture: Ints) -> tuple[Floats, Ints]:
    """Return the given strokes and all others found in ink [n, size, size], and their image indices, in image order."""
    n, size = len(ink), ink.shape[-1]
    rest = unexplained(ink, strokes, picture)
    found, owner = [strokes], [picture]
    votes = voted(rest)
    active = np.arange(n)
    for _ in range(ROUNDS):
        near = votes[active] + 0.5 * (np.roll(votes[active], 1, 2) + np.roll(votes[active], -1, 2))
        near = near.reshape(len(active), ANGLES * votes.shape[2])
        best = near.argmax(axis=1)
        strong = near[np.arange(len(active)), best] > LEAST
        active, best = active[strong], best[strong]
        if not len(active):
            break
        turn, reach = np.divmod(best, votes.shape[-1])
        new, enough = traced(ink, rest, active, turn, reach - votes.shape[-1] // 2)
        for step in (-1, 0, 1):  # a position without a stroke is not examined again
            votes[active[~enough], turn[~enough], (reach[~enough] + step) % votes.shape[-1]] = 0
        owners = active[enough]
        found.append(new[enough])
        owner.append(owners)
        before = rest[owners]
        rest[owners] = np.maximum(rest[owners] - drawn(new[enough], np.arange(len(owners)), len(owners), size), 0)
        rest[owners] *= rest[owners] > INK
        votes[owners] -= voted(before - rest[owners])
    strokes, picture = np.concatenate(found), np.concatenate(owner)
    order = np.argsort(picture, kind="stable")
    return strokes[order], picture[order]


def unexplained(ink: Floats, strokes: Floats, picture: Ints) -> Floats:
    """Return the ink that the strokes do not cover, with faint remainders set to 0."""
    rest = ink - drawn(strokes, picture, len(ink), ink.shape[-1])
    return rest * (rest > INK)


def voted(ink: Floats) -> Floats:
    """Return the votes [n, angles, distances] of ink [n, size, size]; distance 0 is in the middle."""
    n, size = len(ink), ink.shape[-1]
    half = int(np.ceil(size * 0.71)) + 2
    width = 2 * half + 1
    picture, row, column = np.nonzero(ink)
    weight = ink[picture, row, column]
    x, y = column + 0.5 - size / 2, row + 0.5 - size / 2
    distance = np.rint(np.multiply.outer(y, COS) - np.multiply.outer(x, SIN)).astype(np.int64) + half
    cell = (picture[:, None] * ANGLES + np.arange(ANGLES)) * width + distance
    votes = np.bincount(cell.ravel(), np.repeat(weight, ANGLES), n * ANGLES * width)
    return np.asarray(votes, np.float64).reshape(n, ANGLES, width)


def traced(ink: Floats, rest: Floats, picture: Ints, turn: Ints, distance: Ints) -> tuple[Floats, Bools]:
    """Return one stroke along each proposed axis, [m, 5], and a mask of strokes with enough unexplained ink, [m]."""
    size = ink.shape[-1]
    angle = TURNS[turn]
    x, y = size / 2 - np.sin(angle) * distance, size / 2 + np.cos(angle) * distance
    along = np.arange(-np.ceil(size * 0.71), np.ceil(size * 0.71) + 1)
    for spread in (1.0, 0.5):
        free = sampled(rest, picture, x, y, angle, along, ASIDE * spread)
        dark = sampled(ink, picture, x, y, angle, along, np.array([-0.7, 0, 0.7]) * spread).max(axis=2) > DARK
        run, amount = longest(dark, free.sum(axis=2) * 0.75 * spread)
        weight = free * run[:, :, None]
        total = weight.sum(axis=(1, 2)) + 1e-9
        mean_u = (weight.sum(axis=2) * along).sum(axis=1) / total
        mean_v = (weight.sum(axis=1) * ASIDE * spread).sum(axis=1) / total
        u, v = along - mean_u[:, None], ASIDE * spread - mean_v[:, None]
        slope = np.einsum("muv,mu,mv->m", weight, u, v) / (np.einsum("muv,mu->m", weight, u**2) + 1e-9)
        x = x + mean_u * np.cos(angle) - mean_v * np.sin(angle)
        y = y + mean_u * np.sin(angle) + mean_v * np.cos(angle)
        angle = angle + np.arctan(np.clip(slope, -0.3, 0.3))
    # `run` refers to positions on the axis before the last shift by `mean_u`
    there = np.where(run, along, np.nan)
    start, end = np.nanmin(there, axis=1) - mean_u, np.nanmax(there, axis=1) - mean_u
    return np.stack([x, y, angle, start + 0.5, end - 0.5], axis=1), amount > LEAST


def sampled(ink: Floats, picture: Ints, x: Floats, y: Floats, angle: Floats, along: Floats, aside: Floats) -> Floats:
    """Return the interpolated ink [m, along, aside] at points near each axis; 0 outside the image."""
    size = ink.shape[-1]
    c, s = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
    px = x[:, None, None] + c * along[:, None] - s * aside - 0.5
    py = y[:, None, None] + s * along[:, None] + c * aside - 0.5
    inside = (px > -1) & (py > -1) & (px < size) & (py < size)
    px, py = np.clip(px, 0, size - 1.001), np.clip(py, 0, size - 1.001)
    column, row = px.astype(np.int64), py.astype(np.int64)
    right, down = px - column, py - row
    at = (picture[:, None, None] * size + row) * size + column
    flat = ink.ravel()
    upper = flat[at] * (1 - right) + flat[at + 1] * right
    lower = flat[at + size] * (1 - right) + flat[at + size + 1] * right
    return np.asarray((upper * (1 - down) + lower * down) * inside)


def longest(dark: Bools, free: Floats) -> tuple[Bools, Floats]:
    """Return the run of dark positions with the most unexplained ink, [m, u], and the amount of that ink, [m].

    The run is a mask that is never empty.
    """
    m, places = dark.shape
    breaks = np.cumsum(~dark, axis=1) + np.arange(m)[:, None] * (places + 1)
    amounts = np.bincount(breaks[dark], free[dark], m * (places + 1)).reshape(m, -1)
    best = amounts.argmax(axis=1)
    run = dark & (breaks == (best + np.arange(m) * (places + 1))[:, None])
    run[~run.any(axis=1), 0] = True
    return run, amounts.max(axis=1)
