"""Diagnose three failed runs and try the suggested remedies: python -m benchmarks.doctor.trials

Writes results/trials.md and an image of each trial.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from ganarium import api
from ganarium.diagnosis.advice import commands_for
from ganarium.diagnosis.text import diagnosis_lines
from ganarium.report.remedy_trial import trial_lines

RESULTS = Path(__file__).parents[2] / "results"
SICK = {
    "collapsed": ("dense-digits", ("optim.lr=1e-3", "train.steps=4000")),
    "weak": (
        "plane",
        ("optim.discriminator_lr=1e-5", "optim.schedule=constant", "remedies.r1=none", "train.steps=4000"),
    ),
    "strong": (
        "dense-digits",
        (
            "objective=minimax",
            "update=alternating",
            "update.discriminator_steps=3",
            "optim.discriminator_lr=1e-2",
            "train.steps=3000",
        ),
    ),
}


def shown(name: str, folder: Path) -> list[str]:
    """Return the Markdown lines for one run: command, diagnosis and trial."""
    recipe, words = SICK[name]
    run = api.train(recipe, *words, "engine.threads=1", out=folder / name)
    diagnosis = api.diagnose(run)
    commands = {one.name: commands_for(one, run) for one in diagnosis.findings}
    tried = api.trial(run)
    picture = RESULTS / "trials" / f"{name}.png"
    picture.parent.mkdir(parents=True, exist_ok=True)
    picture.write_bytes(Path(tried.picture).read_bytes())
    said = [*diagnosis_lines(diagnosis, commands), "", *trial_lines(tried)]
    text = "\n".join(said).replace(f"{folder}/", "runs/").replace("  fork ", "  ganarium fork ")
    return [
        f"## {name}",
        "",
        f"`ganarium train {recipe} {' '.join(words)}`",
        "",
        "```text",
        text,
        "```",
        "",
        f"![{name}](trials/{name}.png)",
        "",
    ]


def main() -> None:
    """Run the trials and write results/trials.md."""
    torch.set_num_threads(1)
    lines = [
        "# Three trials of remedies",
        "",
        "Three runs that fail on purpose, with the output of `ganarium diagnose` and `ganarium trial`.",
        "",
    ]
    with TemporaryDirectory() as folder:
        for name in SICK:
            lines += shown(name, Path(folder))
    (RESULTS / "trials.md").write_text("\n".join([*lines, "`python -m benchmarks.doctor.trials`"]) + "\n")


if __name__ == "__main__":
    main()
