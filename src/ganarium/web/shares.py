"""Shares of the classes or modes of generated samples over time, and which were lost when."""

from __future__ import annotations

from typing import Any

from ganarium.web.log_tail import RunLog

LOST = 0.1  # share of what is due below which a class counts as lost


def shares_of(log: RunLog, classes: object, points: int) -> dict[str, Any]:
    """Return shares by step, the shares of real samples, and the lost classes.

    classes: names of the classes, which may be damaged
    """
    items = log.shares.items()
    lost = [one for i in range(len(log.due)) for one in _losses_of(items, i, log.due[i])]
    names = _names(log, classes)
    shown = log.shares.items(points)
    return {
        "sorts": log.sorts,
        "names": names,
        "due": log.due,
        "step": [step for step, _ in shown],
        "shares": [shares for _, shares in shown],
        "lost": [{"name": names[i], "step": step, "until": until} for i, step, until in lost],
    }


def _losses_of(items: list[tuple[int, list[float]]], i: int, due: float) -> list[tuple[int, int, int | None]]:
    """Return (class, first step without it, step at which it came back) for the longest time without a class.

    A class that has not appeared yet is not lost: only classes that were there before count.
    """
    if due <= 0:
        return []
    found: list[tuple[int, int, int | None]] = []
    was_there, since = False, None
    for step, shares in items:
        if shares[i] >= LOST * due:
            if since is not None:
                found.append((i, since, step))
            was_there, since = True, None
        elif was_there and since is None:
            since = step
    if since is not None:
        return [(i, since, None)]
    return found[-1:]


def _names(log: RunLog, classes: object) -> list[str]:
    if log.sorts == "class" and isinstance(classes, list) and len(classes) == len(log.due):
        return [str(name)[:100] for name in classes]
    return [f"{log.sorts} {i + 1}" for i in range(len(log.due))]
