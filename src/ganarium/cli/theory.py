"""The subcommands of `ganarium theory`: two toy games and the optimal discriminator, as plots and numbers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganarium.cli import options
from ganarium.cli.common import Json, Overwrite, Words, print_result
from ganarium.core.outputs import format_of, refuse_taken, write_file

if TYPE_CHECKING:
    from ganarium.api.theory import Orbits

app = typer.Typer(help="Simulate toy games and compute optimal discriminators.", no_args_is_help=True)

MOST_STEPS = 1_000_000

ObjectiveName = Annotated[str, typer.Option(help="Name of the objective; pass its settings as a.b=c.")]
Rules = Annotated[list[str] | None, typer.Option("--rule", help="Name of an update rule; may be repeated.")]
Steps = Annotated[int, typer.Option(min=1, max=MOST_STEPS, help="Number of steps.")]
StepSize = Annotated[float, typer.Option(help="Step size of both players.")]
Start = Annotated[str, typer.Option(metavar="A,B", help="Starting point.")]
Out = Annotated[Path | None, typer.Option(help="PNG file of the plot.", show_default=False)]


@app.command()
def dirac(
    words: Words = None,
    objective: ObjectiveName = "minimax",
    penalty: Annotated[
        list[str] | None,
        typer.Option(help="none, or NAME=STRENGTH, for example r1=0.3; may be repeated.", show_default=False),
    ] = None,
    rule: Rules = None,
    step_size: StepSize = 0.2,
    steps: Steps = 500,
    start: Start = "1,-1",
    out: Out = None,
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Simulate the Dirac-GAN with each penalty and update rule, and report which orbits converge, cycle or diverge.

    Example: ganarium theory dirac --objective non-saturating --penalty none --penalty r1=0.3 --out dirac.png
    """
    target = _target(out, "dirac.png", overwrite=overwrite)
    settings = options.objective_settings(objective, words or [])
    h, first = options.above_zero("--step-size", step_size, 0.1), options.point(start)
    from ganarium.api.theory import PENALTIES, RULES, play_dirac

    penalties = [options.strength(text, PENALTIES) for text in penalty or ("none", "r1")]
    rules = [options.known("update rule", name, RULES) for name in rule or ("simultaneous", "alternating")]
    orbits = play_dirac(objective, settings, penalties, rules, step_size=h, steps=steps, start=first)
    values = {"objective": {"kind": objective, **settings}, "step_size": h, "start": first}
    _show(orbits, values, target, as_json=json)


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
    """Simulate the bilinear game, min over x and max over y of xy, with each update rule.

    Example: ganarium theory bilinear --rule simultaneous --rule extragradient --out bilinear.png
    """
    target = _target(out, "bilinear.png", overwrite=overwrite)
    h, first = options.above_zero("--step-size", step_size, 0.1), options.point(start)
    from ganarium.api.theory import RULES, play_bilinear

    rules = [options.known("update rule", name, RULES) for name in rule or RULES]
    orbits = play_bilinear(rules, step_size=h, steps=steps, start=first)
    _show(orbits, {"step_size": h, "start": first}, target, as_json=json)


@app.command()
def optimum(
    words: Words = None,
    objective: ObjectiveName = "minimax",
    mean: Annotated[float, typer.Option(help="Mean of the model; the data are N(0, 1).")] = 1.0,
    sigma: Annotated[float, typer.Option(help="Standard deviation of the model.")] = 1.0,
    steps: Annotated[int, typer.Option(min=1, max=10_000, help="Number of training steps for the table.")] = 400,
    out: Out = None,
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Compute the optimal discriminator of two densities in closed form, and by training a table of logits.

    Example: ganarium theory optimum --objective hinge --mean 1 --sigma 2 --out optimum.png
    """
    target = _target(out, "optimum.png", overwrite=overwrite)
    settings = options.objective_settings(objective, words or [])
    options.between("--mean", mean, -20, 20)
    options.between("--sigma", sigma, 0.2, 5)
    from ganarium.api.theory import optimal_discriminator

    found = optimal_discriminator(objective, settings, mean=mean, sigma=sigma, steps=steps)
    write_file(target, found.plot)
    values = {
        "objective": {"kind": objective, **settings},
        "data": [0.0, 1.0],
        "model": [mean, sigma],
        "closed": found.closed,
        "trained": found.trained,
        "divergences": found.divergences,
        "picture": str(target),
    }
    lines = [f"{name:<22}{closed:>12}{trained:>16}".rstrip() for name, closed, trained in found.rows]
    print_result(values, "\n".join([*lines, f"plot: {target}"]), as_json=json)


def _show(orbits: Orbits, values: dict[str, Any], target: Path, *, as_json: bool) -> None:
    """Write the plot of all orbits and print the start, end and fate of each orbit."""
    write_file(target, orbits.plot)
    lines = [f"{'':<32}{'start':>10}{'end':>12}  orbit"]
    lines += [f"{row['name']:<32}{row['first']:>10.4g}{row['last']:>12.4g}  {row['fate']}" for row in orbits.rows]
    values |= {"orbits": orbits.rows, "picture": str(target)}
    print_result(values, "\n".join([*lines, f"plot: {target}"]), as_json=as_json)


def _target(out: Path | None, default: str, *, overwrite: bool) -> Path:
    target = out or Path(default)
    format_of(target, ("png",))
    refuse_taken(target, overwrite=overwrite)
    return target
