"""Observe training: print every score and the path of every grid of samples.

python examples/own_observer.py
"""

from pathlib import Path

import ganarium

STEPS = 2000


class Scoreboard(ganarium.Observer):
    """Observer that prints scores, the best so far, and the paths of sample grids."""

    def on_start(self, run: ganarium.Run, step: int) -> None:
        self.best: dict[str, float] = {}

    def on_score(self, score) -> None:
        better = score.value < self.best.get(score.name, float("inf"))
        self.best[score.name] = min(score.value, self.best.get(score.name, float("inf")))
        print(f"step {score.step}: {score.name} {score.value:.4g}{' (best)' if better else ''}")

    def on_sample(self, sample, path: Path) -> None:
        print(f"step {sample.step}: {path}")


if __name__ == "__main__":
    ganarium.train(
        "dense-digits",
        observers=[Scoreboard()],
        record={"evaluate_every": STEPS // 2, "sample_every": STEPS // 2},
        steps=STEPS,
        out="runs/observed",
    )
