"""The commands `ganarium theory`: two toy games and the optimal discriminator, as pictures and numbers."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganarium.cli import options
from ganarium.cli.console import Json, Overwrite, Words, result
from ganarium.core.outputs import format_of, refuse_taken, write_file
from ganarium.report.busy import busy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ganarium.theory.games import Point, ToyGame
    from ganarium.theory.orbits import Orbit

app = typer.Typer(help="Play the tiny games that theory is written about.", no_args_is_help=True)

MOST_ORBITS = 12
MOST_STEPS = 1_000_000

ObjectiveName = Annotated[str, typer.Option(help="Which loss; settings of its own follow as a.b=c.")]
Rules = Annotated[list[str] | None, typer.Option("--rule", help="An update rule; any number of them.")]
Steps = Annotated[int, typer.Option(min=1, max=MOST_STEPS, help="How many steps.")]
StepSize = Annotated[float, typer.Option(help="How far a step goes.")]
Start = Annotated[str, typer.Option(metavar="A,B", help="Where both players begin.")]
Out = Annotated[Path | None, typer.Option(help="Where the picture goes, x.png.", show_default=False)]


@app.command()
def dirac(
    words: Words = None,
    objective: ObjectiveName = "minimax",
    penalty: Annotated[
        list[str] | None, typer.Option(help="none, or NAME=STRENGTH: r1=0.3; any number of them.", show_default=False)
    ] = None,
    rule: Rules = None,
    step_size: StepSize = 0.2,
    steps: Steps = 500,
    start: Start = "1,-1",
    out: Out = None,
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Play the Dirac-GAN under each penalty and update rule: which orbits converge, circle or diverge.

    Example: ganarium theory dirac --objective non-saturating --penalty none --penalty r1=0.3 --out dirac.png
    """
    target = _target(out, "dirac.png", overwrite=overwrite)
    settings = options.objective_settings(objective, words or [])
    h, first = options.above_zero("--step-size", step_size, 0.1), options.point(start)
    from ganarium.theory.derivatives import SLOPES
    from ganarium.theory.games import PENALTIES
    from ganarium.theory.orbits import RULES

    bent = [options.strength(text, PENALTIES) for text in penalty or ("none", "r1")]
    turns = [options.known("update rule", name, RULES) for name in rule or ("simultaneous", "alternating")]
    slopes, games = SLOPES[objective](**settings), {}
    for (name, strength), turn in product(bent, turns):
        title = f"{turn}, no penalty" if name == "none" else f"{turn}, {name} {strength:g}"
        games[title] = (turn, PENALTIES[name](slopes, strength))
    values = {"objective": {"kind": objective, **settings}, "step_size": h, "start": first}
    _play(games, h, steps, first, values, target, as_json=json)


@app.command()
def bilinear(
    rule: Rules = None,
    step_size: StepSize = 0.1,
    steps: Steps = 200,
    start: Start = "1,1",
    out: Out = None,
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Play the bilinear game, min over x and max over y of xy, under each update rule.

    Example: ganarium theory bilinear --rule simultaneous --rule extragradient --out bilinear.png
    """
    target = _target(out, "bilinear.png", overwrite=overwrite)
    h, first = options.above_zero("--step-size", step_size, 0.1), options.point(start)
    from ganarium.theory.games import ToyGame
    from ganarium.theory.games import bilinear as xy
    from ganarium.theory.orbits import RULES

    turns = [options.known("update rule", name, RULES) for name in rule or RULES]
    games = {turn: (turn, ToyGame(xy)) for turn in turns}
    _play(games, h, steps, first, {"step_size": h, "start": first}, target, players=("x", "y"), as_json=json)


@app.command()
def optimum(
    words: Words = None,
    objective: ObjectiveName = "minimax",
    mean: Annotated[float, typer.Option(help="Of the model; the data are N(0, 1).")] = 1.0,
    sigma: Annotated[float, typer.Option(help="The model's standard deviation.")] = 1.0,
    steps: Annotated[int, typer.Option(min=1, max=10_000, help="How long the table is trained.")] = 400,
    out: Out = None,
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Compute the optimal discriminator between two densities, in closed form and as a table trained to convergence.

    Example: ganarium theory optimum --objective hinge --mean 1 --sigma 2 --out optimum.png
    """
    target = _target(out, "optimum.png", overwrite=overwrite)
    settings = options.objective_settings(objective, words or [])
    options.between("--mean", mean, -20, 20)
    options.between("--sigma", sigma, 0.2, 5)
    from ganarium.plotting.theory import densities
    from ganarium.theory.densities import DIVERGENCES, gaussians
    from ganarium.theory.gaussian_check import ODDS, checked

    with busy("training the table"):
        both = checked(objective, mean, sigma, steps, **settings)
        gaps = {name: gap(gaussians(mean, sigma)) for name, gap in DIVERGENCES.items()}
    rows = [["", "closed form", "trained table"]]
    rows += [[f"{side}'s loss", f"{both.closed[side]:.5f}", f"{both.trained[side]:.5f}"] for side in both.closed]
    rows += [[name, f"{gap:.5f}", ""] for name, gap in gaps.items()]
    found = both.densities
    answers = [(logits.sigmoid() if objective in ODDS else logits).numpy() for logits in (both.best, both.table)]
    laws = (found.p.numpy() / found.step, found.q.numpy() / found.step)
    called = "D(x)" if objective in ODDS else "logit"
    write_file(target, densities(found.x.numpy(), laws, (answers[0], answers[1]), called, rows))
    values = {
        "objective": {"kind": objective, **settings},
        "data": [0.0, 1.0],
        "model": [mean, sigma],
        "closed": both.closed,
        "trained": both.trained,
        "divergences": gaps,
        "picture": str(target),
    }
    lines = [f"{name:<22}{first:>12}{second:>16}".rstrip() for name, first, second in rows]
    result(values, "\n".join([*lines, f"picture: {target}"]), as_json=json)


def _play(
    games: Mapping[str, tuple[str, ToyGame]],
    h: float,
    steps: int,
    start: Point,
    values: dict[str, Any],
    target: Path,
    *,
    players: tuple[str, str] = ("θ", "ψ"),
    as_json: bool,
) -> None:
    """Compute each game's orbit under its rule; write a picture of all orbits and print how each ended."""
    from ganarium.core.errors import UsageError
    from ganarium.plotting.theory import orbits
    from ganarium.theory.games import eigenvalues
    from ganarium.theory.orbits import RULES, fate, orbit, radii

    if len(games) > MOST_ORBITS:
        raise UsageError(f"{len(games)} orbits do not fit into one picture: at most {MOST_ORBITS}")
    paths: dict[str, Orbit] = {}
    rows, lines = [], [f"{'':<32}{'start':>10}{'end':>12}  it"]
    for title, (rule, game) in games.items():
        with busy(title):
            path = paths[title] = orbit(game, RULES[rule], h, steps, start)
        first, last, came = float(radii(path)[0]), float(radii(path)[-1]), fate(path)
        turning = [[value.real, value.imag] for value in eigenvalues(game.field)]
        rows.append(
            {"name": title, "steps": len(path) - 1, "first": first, "last": last, "fate": came, "eigenvalues": turning}
        )
        lines.append(f"{title:<32}{first:>10.4g}{last:>12.4g}  {came}")
    write_file(target, orbits(paths, players))
    values |= {"orbits": rows, "picture": str(target)}
    result(values, "\n".join([*lines, f"picture: {target}"]), as_json=as_json)


def _target(out: Path | None, default: str, *, overwrite: bool) -> Path:
    target = out or Path(default)
    format_of(target, ("png",))
    refuse_taken(target, overwrite=overwrite)
    return target
