"""The newest scores of a run for each split: those of `ganarium evaluate`, or those recorded during training."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from ganarium.core.errors import GanariumError
from ganarium.evaluation.score import Score
from ganarium.runs.directory import SCORES
from ganarium.runs.events import Scored
from ganarium.web.log_tail import RunLog
from ganarium.web.safe_files import read_bytes

FILE = re.compile(r"step-(\d{8,15})-(test|validation)-(\d{1,9})(?:-.{1,100})?\.json")
MOST_BYTES, MOST_FILES = 4 << 20, 1000


def final_scores(run: Path, log: RunLog) -> dict[str, dict[str, Score]]:
    """Return the newest scores by split and name."""
    found: dict[str, dict[str, Score]] = {}
    for name, score in log.score_heads.items():
        found.setdefault(_split_of(score), {})[name] = _score(score)
    for split, scores in _evaluated(run):
        found[split] = found.get(split, {}) | {score.name: score for score in scores}
    return found


def as_rows(scores: dict[str, dict[str, Score]]) -> list[dict[str, Any]]:
    """Return scores as JSON-compatible rows."""
    return [
        {
            "split": split,
            "name": score.name,
            "value": score.value,
            "floor": score.floor,
            "error": score.error,
            "interval": list(score.interval) if score.interval else None,
            "n": score.n,
            "meaning": score.note,
        }
        for split, table in sorted(scores.items())
        for score in table.values()
    ]


def lower_is_better(note: str) -> bool | None:
    """Return the direction of a score as its description says; None for one that is best at a value."""
    return True if "lower is better" in note else False if "higher is better" in note else None


def _split_of(score: Scored) -> str:
    """Return the split of the samples that a score compared with, as in "mnist/validation/1a2b3c4d"."""
    parts = score.against.split("/")
    return next((part for part in parts if part in ("test", "validation", "train")), "validation")


def _score(event: Scored) -> Score:
    return Score(
        event.name, event.value, event.floor, event.n, event.note, event.error, event.against, tuple(event.counts)
    )


def _evaluated(run: Path) -> Iterator[tuple[str, list[Score]]]:
    """Yield the split and the scores of each evaluation of the newest evaluated step, fewest samples first."""
    matches: list[re.Match[str] | None] = []
    with suppress(OSError):
        if not (run / SCORES).is_symlink():
            matches = [FILE.fullmatch(path.name) for path in islice((run / SCORES).iterdir(), MOST_FILES)]
    names = [(int(found[1]), found[2], int(found[3]), found[0]) for found in matches if found]
    newest = max((step for step, *_ in names), default=0)
    for step, split, _, name in sorted(names):
        if step == newest:
            with suppress(OSError, ValueError, GanariumError, TypeError, AttributeError):
                values = from_json(read_bytes(run, SCORES, name, most=MOST_BYTES))
                rows = values if isinstance(values, list) else values["scores"]
                yield split, [_checked(Score.from_dict(one)) for one in rows]


def _checked(score: Score) -> Score:
    """Return a score whose numbers are numbers. Raises `TypeError`."""
    for number in (score.value, score.floor or 0.0, score.error or 0.0):
        if not isinstance(number, int | float):
            raise TypeError("not a number")
    return score
