"""The commands `sample`, `interpolate` and `translate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganarium.cli.common import At, Json, Overwrite, RunName, Weights, print_note, print_result
from ganarium.cli.options import above_zero, seeds_in, step_named, weights_named
from ganarium.core.arguments import MOST_SAMPLES
from ganarium.core.errors import UsageError
from ganarium.core.escape import counted
from ganarium.core.outputs import format_of, refuse_taken
from ganarium.report.operation_progress import busy

if TYPE_CHECKING:
    from ganarium.api.sampling import Sampler


def sample(
    run: RunName,
    out: Annotated[
        Path,
        typer.Option(
            help="x.png: a grid; x.npz: arrays; x.csv: points; otherwise a folder of 0.png, 1.png, … and truth.npz "
            "with labels."
        ),
    ],
    n: Annotated[int, typer.Option("-n", min=1, help="Number of samples.")] = 64,
    label: Annotated[
        str | None, typer.Option(help="Class of all samples; by default, samples cycle through the classes.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Random seed; sample i depends only on the seed and i.")] = 0,
    at: At = None,
    truncation: Annotated[
        float | None, typer.Option(help="Limit latents to ±t, for less varied, more typical samples.")
    ] = None,
    weights: Weights = None,
    invert: Annotated[bool, typer.Option("--invert", help="Invert black and white.")] = False,
    beside: Annotated[
        bool, typer.Option("--beside", help="Also draw real samples, left of the images or behind the points.")
    ] = False,
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Generate images or points; the training data are needed only with --beside.

    Example: ganarium sample runs/digits -n 40 --label 7 --out sevens.png
    """
    from ganarium.api.lookup import open_run

    if beside and invert:
        raise UsageError(
            "--invert: cannot be combined with --beside, which shows real images unchanged; leave out one of the two"
        )
    _refuse_out_of_range(n, truncation)
    opened = open_run(run)
    are_images = len(opened.provenance.shape) > 1
    formats = ("png",) if beside else ("png", "npz") if are_images else ("png", "npz", "csv")
    kind = format_of(out, formats, folder=are_images and not beside)
    refuse_taken(out, overwrite=overwrite, folder=not kind)
    from ganarium.api.sampling import load, save_samples

    sampler = load(opened, step_named(at))
    _refuse_unsuited(run, sampler, label, invert=invert)
    with busy(f"generating {counted(n, 'sample')}"):
        files = save_samples(
            sampler,
            out,
            n,
            seed=seed,
            labels=label,
            truncation=truncation,
            weights=weights_named(weights),
            invert=invert,
            real=opened if beside else None,
        )
    values = {"out": str(out), "n": n, "seed": seed, "step": sampler.step, "files": files}
    print_result(values, f"{counted(n, 'sample')} of step {sampler.step:,}: {out}", as_json=json)


def _refuse_out_of_range(n: int, truncation: float | None) -> None:
    """Raise `UsageError` with the name of the flag if the number of samples or the truncation is invalid."""
    if n > MOST_SAMPLES:
        raise UsageError(f"-n {n}: must be between 1 and {MOST_SAMPLES:,}")
    if truncation is not None:
        above_zero("--truncation", truncation, 0.7)


def _refuse_unsuited(run: str, sampler: Sampler, label: str | None, *, invert: bool) -> None:
    """Raise `UsageError` for flags that do not apply to this generator."""
    if label is not None and not sampler.classes:
        raise UsageError(f"--label {label!r}: {run} is not class-conditional; omit --label")
    if invert and len(sampler.shape) == 1:
        raise UsageError(f"--invert: {run} generates points, not images; omit --invert")


def interpolate(
    run: RunName,
    out: Annotated[Path, typer.Option(help="x.gif or x.webp: an animation; x.png: a strip.")],
    seeds: Annotated[str, typer.Option(help="Seeds to interpolate between, at least two.")] = "1,2,3",
    labels: Annotated[str, typer.Option(help="One class for all frames, or one class per seed: 3,8,3.")] = "",
    frames: Annotated[int, typer.Option(min=1, max=1000, help="Number of frames from one seed to the next.")] = 24,
    weights: Weights = None,
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Interpolate spherically between the latents of several seeds, and between classes.

    Example: ganarium interpolate runs/digits --seeds 1,2,3 --labels 3,8,5 --out walk.gif
    """
    format_of(out, ("gif", "webp", "png"))
    chosen = seeds_in("--seeds", seeds)
    if len(chosen) < 2:
        raise UsageError(f"--seeds {seeds}: pass at least two seeds, for example 1,2")
    refuse_taken(out, overwrite=overwrite)
    from ganarium.api.sampling import load, save_interpolation

    sampler = load(run)
    if len(sampler.shape) == 1:
        raise UsageError(f"{run} generates points, not images; use `ganarium sample` instead")
    names = [labels] if labels in sampler.classes else labels.split(",") if labels else []
    if names and not sampler.classes:
        raise UsageError(f"--labels {labels}: {run} is not class-conditional; omit --labels")
    if len(names) not in (0, 1, len(chosen)):
        raise UsageError(f"--labels {labels}: pass one class, or one for each of the {len(chosen)} seeds")
    with busy("interpolating"):
        count = save_interpolation(sampler, out, chosen, frames, labels=names, weights=weights_named(weights))
    print_result({"out": str(out), "frames": count}, f"{counted(count, 'frame')}: {out}", as_json=json)


def translate(
    run: RunName,
    out: Annotated[
        Path,
        typer.Option(
            help="x.png: a grid of pairs; x.npz: arrays; otherwise a folder of PNG files, named as in --from."
        ),
    ],
    source: Annotated[
        Path | None,
        typer.Option("--from", help="An image, folder, zip file or npz file; by default test images of the run."),
    ] = None,
    n: Annotated[
        int | None,
        typer.Option("-n", min=1, help="Maximum number of images; by default all images of --from, or 64 test images."),
    ] = None,
    back: Annotated[bool, typer.Option("--back", help="Translate from the second domain to the first.")] = False,
    invert: Annotated[bool, typer.Option("--invert", help="Invert black and white in the input images.")] = False,
    weights: Weights = None,
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Translate images from one domain to the other.

    Example: ganarium translate runs/pix2pix --from sketches --out filled
    """
    if invert and source is None:
        raise UsageError("--invert: applies only to the images of --from; add --from, or omit --invert")
    kind = format_of(out, ("png", "npz"), folder=True)
    refuse_taken(out, overwrite=overwrite, folder=not kind)
    from ganarium.api.sampling import inputs_for, load_translations, save_translations

    translations = load_translations(run)
    inputs = inputs_for(translations, source, n, back=back, invert=invert)
    for sentence in inputs.said:
        print_note(sentence)
    count = len(inputs.pictures)
    with busy(f"translating {counted(count, 'image')}"):
        files = save_translations(translations, inputs, out, back=back, weights=weights_named(weights))
    values = {"out": str(out), "n": count, "step": translations.step, "files": files, "done": list(inputs.said)}
    print_result(values, f"{counted(count, 'translation')} of step {translations.step:,}: {out}", as_json=json)
