"""Verbs that use what a run has learned: sample, interpolate, translate."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganarium.cli.asked import above_zero, numbers, step_named, weights_named
from ganarium.cli.console import At, Json, Overwrite, RunName, Weights, check_out, result, write_out
from ganarium.core.arguments import MOST_SAMPLES
from ganarium.report.busy import busy

if TYPE_CHECKING:
    from torch import Tensor


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
    """Generate pictures or points; needs neither data nor the state of training, unless real ones stand beside.

    Example: ganarium sample runs/digits -n 40 --label 7 --out sevens.png
    """
    from ganarium.core.errors import UsageError
    from ganarium.data.export import labelled
    from ganarium.training.sampler import load

    if beside:
        _check_beside(out, invert=invert)
    if n > MOST_SAMPLES:
        raise UsageError(f"-n {n}: must be between 1 and {MOST_SAMPLES:,}")
    if truncation is not None:
        above_zero("--truncation", truncation, 0.7)
    check_out(out, overwrite=overwrite)
    sampler = load(run, step_named(at))
    if label is not None and not sampler.classes:
        raise UsageError(f"--label {label!r}: {run} is told no labels; leave it out")
    if invert and len(sampler.shape) == 1:
        raise UsageError(f"--invert: {run} makes points, which have no black and white; leave it out")
    with busy(f"generating {n:,} samples"):
        made = sampler.sample(n, seed=seed, label=label, truncation=truncation, weights=weights_named(weights))
    labels = sampler.labels(n, label)
    if beside:
        files = _write_beside(run, made, labels, out)
    elif len(sampler.shape) == 1:
        files = _write_points(made, out)
    else:
        files = _write_pictures(1 - made if invert else made, out, labelled(labels, sampler.classes))
    values = {"out": str(out), "n": n, "seed": seed, "step": sampler.step, "files": files}
    result(values, f"{n} samples of step {sampler.step:,}: {out}", as_json=json)


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
    """Walk between samples on great circles, and between classes.

    Example: ganarium interpolate runs/digits --seeds 1,2,3 --labels 3,8,5 --out walk.gif
    """
    from ganarium.core.errors import UsageError
    from ganarium.data.feed import to_bytes
    from ganarium.draw.pictures import animation, grid, png
    from ganarium.training.sampler import load

    kind = out.suffix.lower().removeprefix(".")
    if kind not in ("gif", "webp", "png"):
        raise UsageError(f"--out {out}: must end in .gif, .webp or .png")
    passed = numbers("--seeds", seeds)
    if len(passed) < 2:
        raise UsageError(f"--seeds {seeds}: give two seeds at least, for example 1,2")
    check_out(out, overwrite=overwrite)
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
    write_out(out, data)
    result({"out": str(out), "frames": len(walk)}, f"{len(walk)} frames: {out}", as_json=json)


def translate(
    run: RunName,
    out: Annotated[Path, typer.Option(help="x.png: before and after; x.npz: arrays; anything else: a folder.")],
    source: Annotated[
        Path | None,
        typer.Option("--from", help="A picture, folder, zip or npz; by default the data's own test pictures."),
    ] = None,
    n: Annotated[int, typer.Option("-n", min=1, help="At most so many.")] = 64,
    back: Annotated[bool, typer.Option("--back", help="From the second domain to the first.")] = False,
    invert: Annotated[bool, typer.Option("--invert", help="Exchange black and white of --from first.")] = False,
    weights: Weights = None,
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Translate pictures from one domain into the other.

    Example: ganarium translate runs/pix2pix --from sketches --out filled
    """
    import torch

    from ganarium.core.errors import UsageError
    from ganarium.data.feed import to_bytes
    from ganarium.training.translations import load_translations, pictures_for

    if invert and source is None:
        raise UsageError("--invert: exchanges black and white of the pictures of --from; add --from, or leave it out")
    check_out(out, overwrite=overwrite)
    translations = load_translations(run)
    pictures = pictures_for(translations, source, n, back=back, invert=invert)
    with busy(f"translating {len(pictures):,} pictures"):
        made = translations.translate(pictures, back=back, weights=weights_named(weights))
    if out.suffix == ".png":
        beside = torch.stack([pictures, to_bytes(made)], 1).flatten(0, 1)
        files = _write_pictures(beside / 255, out, columns=8)
    else:
        files = _write_pictures(made, out)
    values = {"out": str(out), "n": len(made), "step": translations.step, "files": files}
    result(values, f"{len(made)} translations of step {translations.step:,}: {out}", as_json=json)


def _check_beside(out: Path, *, invert: bool) -> None:
    from ganarium.core.errors import UsageError

    if out.suffix != ".png":
        raise UsageError(f"--out {out}: --beside makes one picture, give it the name x.png")
    if invert:
        raise UsageError("--invert: real ones stand beside as the data have them; leave it out, or --beside")


def _write_beside(run: str, made: Tensor, labels: Tensor | None, out: Path) -> list[str]:
    from ganarium.draw.pictures import png
    from ganarium.runs.directory import find_run
    from ganarium.training.gallery import picture_beside_real
    from ganarium.training.loop import data_of

    found = find_run(run)
    alike = labels if found.experiment.game.labelled else None  # codes are not classes of the data
    write_out(out, png(picture_beside_real(made, alike, data_of(found))))
    return [str(out)]


def _write_pictures(
    made: Tensor, out: Path, known: Mapping[str, Any] = MappingProxyType({}), columns: int | None = None
) -> list[str]:
    from ganarium.data.feed import to_bytes
    from ganarium.data.own.shelf import TRUTH
    from ganarium.draw.pictures import grid, png, to_image

    pictures = to_bytes(made).numpy()
    if out.suffix == ".png":
        write_out(out, png(grid(pictures, columns)))
        return [str(out)]
    if out.suffix == ".npz":
        return _write_arrays(out, {"images": pictures, **known})
    names = [out / f"{i}.png" for i in range(len(pictures))]
    for name, picture in zip(names, pictures, strict=True):
        write_out(name, png(to_image(picture)))
    return [*map(str, names), *(_write_arrays(out / TRUTH, known) if known else ())]


def _write_points(made: Tensor, out: Path) -> list[str]:
    from ganarium.core.errors import UsageError
    from ganarium.draw.clouds import cloud
    from ganarium.draw.pictures import png

    if out.suffix == ".png":
        write_out(out, png(cloud(made.numpy())))
        return [str(out)]
    if out.suffix == ".npz":
        return _write_arrays(out, {"points": made.numpy()})
    raise UsageError(f"--out {out}: points go to x.png or x.npz")


def _write_arrays(out: Path, arrays: Mapping[str, Any]) -> list[str]:
    from ganarium.data.export import compressed

    write_out(out, compressed(arrays))
    return [str(out)]
