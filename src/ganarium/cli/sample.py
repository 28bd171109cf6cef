"""The commands `sample`, `interpolate` and `translate`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganarium.cli.console import At, Json, Overwrite, RunName, Weights, result, tell
from ganarium.cli.options import above_zero, numbers, step_named, weights_named
from ganarium.core.arguments import MOST_SAMPLES
from ganarium.core.outputs import format_of, refuse_taken, write_file, write_folder
from ganarium.report.busy import busy

if TYPE_CHECKING:
    from torch import Tensor

    from ganarium.runs.directory import Run
    from ganarium.training.sampler import Sampler

ARRAYS_OR_GRID = ("png", "npz")


def sample(
    run: RunName,
    out: Annotated[
        Path,
        typer.Option(help="x.png: a grid; x.npz: arrays; else a folder of 0.png, 1.png, … and truth.npz with labels."),
    ],
    n: Annotated[int, typer.Option("-n", min=1, help="How many.")] = 64,
    label: Annotated[
        str | None, typer.Option(help="The name of one class for all; without it the classes take turns.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Sample i depends on the seed and i alone.")] = 0,
    at: At = None,
    truncation: Annotated[float | None, typer.Option(help="Keep latents within ±t: fewer kinds, more typical.")] = None,
    weights: Weights = None,
    invert: Annotated[bool, typer.Option("--invert", help="Black on white.")] = False,
    beside: Annotated[
        bool, typer.Option("--beside", help="Real ones on the left of x.png, or behind points; reads the data.")
    ] = False,
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Generate pictures or points; needs neither the data (except with --beside) nor the training state.

    Example: ganarium sample runs/digits -n 40 --label 7 --out sevens.png
    """
    from ganarium.core.errors import UsageError
    from ganarium.data.export import labelled
    from ganarium.runs.directory import find_run
    from ganarium.training.sampler import load

    if beside and invert:
        raise UsageError("--invert: real ones stand beside as the data have them; leave it out, or --beside")
    _refuse_out_of_range(n, truncation)
    found = find_run(run)
    pictures = len(found.provenance.shape) > 1
    kind = format_of(out, ARRAYS_OR_GRID[:1] if beside else ARRAYS_OR_GRID, folder=pictures and not beside)
    refuse_taken(out, overwrite=overwrite, folder=not kind)
    sampler = load(found, step_named(at))
    _refuse_unsuited(run, sampler, label, invert=invert)
    with busy(f"generating {n:,} samples"):
        made = sampler.sample(n, seed=seed, label=label, truncation=truncation, weights=weights_named(weights))
    labels = sampler.labels(n, label)
    if beside:
        files = _write_beside(found, made, labels, out)
    elif pictures:
        files = _write_pictures(1 - made if invert else made, out, kind, labelled(labels, sampler.classes))
    else:
        files = _write_points(made, out, kind)
    values = {"out": str(out), "n": n, "seed": seed, "step": sampler.step, "files": files}
    result(values, f"{n} samples of step {sampler.step:,}: {out}", as_json=json)


def _refuse_out_of_range(n: int, truncation: float | None) -> None:
    """Raise `UsageError`, which names the flag, for an invalid number of samples or truncation."""
    from ganarium.core.errors import UsageError

    if n > MOST_SAMPLES:
        raise UsageError(f"-n {n}: must be between 1 and {MOST_SAMPLES:,}")
    if truncation is not None:
        above_zero("--truncation", truncation, 0.7)


def _refuse_unsuited(run: str, sampler: Sampler, label: str | None, *, invert: bool) -> None:
    """Raise `UsageError` for flags that do not apply to this generator."""
    from ganarium.core.errors import UsageError

    if label is not None and not sampler.classes:
        raise UsageError(f"--label {label!r}: {run} is told no labels; leave it out")
    if invert and len(sampler.shape) == 1:
        raise UsageError(f"--invert: {run} makes points, which have no black and white; leave it out")


def interpolate(
    run: RunName,
    out: Annotated[Path, typer.Option(help="x.gif, x.webp, or x.png for a strip.")],
    seeds: Annotated[str, typer.Option(help="Where the walk passes, two seeds at least.")] = "1,2,3",
    labels: Annotated[str, typer.Option(help="The name of a class for all, or one for each seed: 3,8,3.")] = "",
    frames: Annotated[int, typer.Option(min=1, max=1000, help="Frames from one seed to the next.")] = 24,
    weights: Weights = None,
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Interpolate between samples on great circles, and between classes.

    Example: ganarium interpolate runs/digits --seeds 1,2,3 --labels 3,8,5 --out walk.gif
    """
    from ganarium.core.errors import UsageError
    from ganarium.data.batches import to_bytes
    from ganarium.plotting.pictures import animation, grid, png
    from ganarium.training.sampler import load

    kind = format_of(out, ("gif", "webp", "png"))
    passed = numbers("--seeds", seeds)
    if len(passed) < 2:
        raise UsageError(f"--seeds {seeds}: give two seeds at least, for example 1,2")
    refuse_taken(out, overwrite=overwrite)
    sampler = load(run)
    if len(sampler.shape) == 1:
        raise UsageError(f"{run} makes points: there is no picture to walk through; try ganarium sample")
    names = [labels] if labels in sampler.classes else labels.split(",") if labels else []
    if names and not sampler.classes:
        raise UsageError(f"--labels {labels}: {run} is told no labels; leave it out")
    if len(names) not in (0, 1, len(passed)):
        raise UsageError(f"--labels {labels}: give one class for all, or one for each of the {len(passed)} seeds")
    with busy("walking"):
        made = sampler.interpolate(passed, frames, labels=names, weights=weights_named(weights))
        walk = to_bytes(made).numpy()
    if kind == "png":
        data = png(grid(walk, columns=frames))
    else:
        data = animation([grid(frame[None], 1, 280) for frame in walk], kind.upper())
    write_file(out, data)
    result({"out": str(out), "frames": len(walk)}, f"{len(walk)} frames: {out}", as_json=json)


def translate(
    run: RunName,
    out: Annotated[
        Path,
        typer.Option(help="x.png: before and after; x.npz: arrays; else a folder of PNG files named as in --from."),
    ],
    source: Annotated[
        Path | None,
        typer.Option("--from", help="A picture, folder, zip or npz; by default the data's own test pictures."),
    ] = None,
    n: Annotated[
        int | None,
        typer.Option("-n", min=1, help="At most so many: all of --from by default, 64 of the test pictures."),
    ] = None,
    back: Annotated[bool, typer.Option("--back", help="From the second domain to the first.")] = False,
    invert: Annotated[bool, typer.Option("--invert", help="Exchange black and white of --from first.")] = False,
    weights: Weights = None,
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Translate pictures from one domain into the other.

    Example: ganarium translate runs/pix2pix --from sketches --out filled
    """
    import numpy as np
    import torch

    from ganarium.core.errors import UsageError
    from ganarium.data.batches import to_bytes
    from ganarium.training.translation_inputs import inputs_for
    from ganarium.training.translator import load_translations

    if invert and source is None:
        raise UsageError("--invert: exchanges black and white of the pictures of --from; add --from, or leave it out")
    kind = format_of(out, ARRAYS_OR_GRID, folder=True)
    refuse_taken(out, overwrite=overwrite, folder=not kind)
    translations = load_translations(run)
    inputs = inputs_for(translations, source, n, back=back, invert=invert)
    for sentence in inputs.said:
        tell(sentence)
    with busy(f"translating {len(inputs.pictures):,} pictures"):
        made = translations.translate(inputs.pictures, back=back, weights=weights_named(weights))
    if kind == "png":
        beside = torch.stack([inputs.pictures, to_bytes(made)], 1).flatten(0, 1)
        files = _write_pictures(beside / 255, out, kind, columns=8)
    else:
        known = {"names": np.array(inputs.names)} if inputs.names and kind else {}
        files = _write_pictures(made, out, kind, known, names=inputs.names)
    values = {"out": str(out), "n": len(made), "step": translations.step, "files": files, "done": list(inputs.said)}
    result(values, f"{len(made)} translations of step {translations.step:,}: {out}", as_json=json)


def _write_beside(found: Run, made: Tensor, labels: Tensor | None, out: Path) -> list[str]:
    from ganarium.plotting.pictures import png
    from ganarium.training.grids import picture_beside_real
    from ganarium.training.loop import data_of

    alike = labels if found.experiment.game.labelled else None  # InfoGAN codes are not classes of the data
    write_file(out, png(picture_beside_real(made, alike, data_of(found))))
    return [str(out)]


def _write_pictures(
    made: Tensor,
    out: Path,
    kind: str,
    known: Mapping[str, Any] = MappingProxyType({}),
    columns: int | None = None,
    names: Sequence[str] = (),
) -> list[str]:
    """Write a grid, arrays with the `known` ones, or a folder of PNG files named by `names` or else numbered."""
    from ganarium.data.batches import to_bytes
    from ganarium.data.export import compressed
    from ganarium.data.files.archive import TRUTH
    from ganarium.plotting.pictures import grid, png, to_image

    pictures = to_bytes(made).numpy()
    if kind == "png":
        write_file(out, png(grid(pictures, columns)))
        return [str(out)]
    if kind == "npz":
        return _write_arrays(out, {"images": pictures, **known})
    names = names or [f"{i}.png" for i in range(len(pictures))]
    files = ((name, png(to_image(picture))) for name, picture in zip(names, pictures, strict=True))
    truth = [(TRUTH, compressed(known))] if known else []
    return [*map(str, write_folder(out, chain(files, truth)))]


def _write_points(made: Tensor, out: Path, kind: str) -> list[str]:
    from ganarium.plotting.figures import cloud
    from ganarium.plotting.pictures import png

    if kind == "npz":
        return _write_arrays(out, {"points": made.numpy()})
    write_file(out, png(cloud(made.numpy())))
    return [str(out)]


def _write_arrays(out: Path, arrays: Mapping[str, Any]) -> list[str]:
    from ganarium.data.export import compressed

    write_file(out, compressed(arrays))
    return [str(out)]
