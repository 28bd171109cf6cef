"""The samples of a run: film strip, final grid, classes, and ten single digits."""

from collections.abc import Iterator

from PIL import Image

from ganarium.core.errors import GanariumError
from ganarium.core.escape import listed
from ganarium.data.batches import to_bytes
from ganarium.diagnosis.diagnose import group_names
from ganarium.plotting.images import grid, png, to_image
from ganarium.report.document.blocks import Block, Cell, Gallery, Paragraph, Picture, Section, Table, shortened
from ganarium.report.document.pictures import first_row, native, spread, thumbnail
from ganarium.report.document.run_view import RunView
from ganarium.runs.curve_panels import events_of
from ganarium.runs.events import Snapshot
from ganarium.training.grids import picture_of_samples
from ganarium.training.sampler import Sampler
from ganarium.training.translator import Translations

DIGITS, DIGIT_SHAPE, DIGIT_WIDTH = 10, (1, 28, 28), 48
PER_CLASS, MOST_CLASSES, MOST_GROUPS = 8, 20, 30
SCALE, BESIDE_WIDTH = 32, 310  # height of a sample in a strip; width of a grid, in CSS pixels


def samples_section(view: RunView) -> Section:
    """Return the pictures of a run and, if its generator can be loaded, new samples."""
    blocks = [*_strip(view), *_final(view), *_from_generator(view), *_shares(view)]
    if view.lost_pictures:
        names = view.t.joined(view.lost_pictures[:10])
        blocks.append(Paragraph(view.t("samples.damaged", names=names), "warning"))
    return Section(view.t("samples.title"), blocks)


def _strip(view: RunView) -> Iterator[Block]:
    """Yield a table with one row for each of up to ten steps: the same latents over the course of training."""
    pictures = [view.pictures[i] for i in spread(len(view.pictures))]
    if len(pictures) < 2:
        return
    first, last = pictures[0][0], pictures[-1][0]
    caption = view.t("samples.strip", first=f"{first:,}", last=f"{last:,}")
    rows = [first_row(view, image) for _, image in pictures]
    if all(rows):
        lines = [
            (f"{step:,}", _strip_picture(view, step, row)) for (step, _), row in zip(pictures, rows, strict=True) if row
        ]
        yield Table(caption, [view.t("samples.step"), view.t("samples.pictures")], lines)
        return
    frames = [
        Picture(png(thumbnail(image)), f"{step:,}", view.t("samples.strip-alt", step=f"{step:,}"), 150)
        for step, image in pictures
    ]
    yield Gallery(frames, caption)


def _strip_picture(view: RunView, step: int, row: Image.Image) -> Picture:
    height = view.run.provenance.shape[1]
    width = round(row.width * max(1.0, SCALE / height))
    return Picture(png(row), "", view.t("samples.strip-alt", step=f"{step:,}"), min(width, 560))


def _final(view: RunView) -> Iterator[Block]:
    """Yield the newest grid next to real data at the same scale."""
    step, image = view.pictures[-1] if view.pictures else (view.step, None)
    if image is None and not isinstance(view.sampler, str) and not isinstance(view.data, str):
        step, image = view.sampler.step, picture_of_samples(view.sampler, view.data)
    if image is None:
        yield Paragraph(view.t("samples.none"), "note")
        return
    small = native(view, image)
    caption = view.t("samples.final", step=f"{step:,}")
    pictures = [Picture(png(small), caption, view.t("samples.final-alt", step=f"{step:,}"), grid_width(small))]
    real = view.data_picture
    if real is not None and len(view.run.provenance.shape) == 3 and not view.experiment.game.translates:
        beside = native(view, real)
        width = round(grid_width(small) * beside.width / small.width)
        pictures.append(Picture(png(beside), view.t("samples.data"), view.t("samples.data-alt"), width))
    yield Gallery(pictures)


def grid_width(image: Image.Image) -> int:
    """Return the width of a grid on the page: narrower for tall grids, so that each fits half a page."""
    return min(BESIDE_WIDTH, round(BESIDE_WIDTH * image.width / image.height)) if image.height else BESIDE_WIDTH


def _from_generator(view: RunView) -> Iterator[Block]:
    """Yield samples of each class, and ten single digits for data like MNIST."""
    if not view.lines or isinstance(view.sampler, Translations):
        return
    if isinstance(view.sampler, str):
        yield Paragraph(view.t("samples.no-sampler", reason=shortened(view.sampler, 500)), "note")
        return
    try:
        yield from _by_class(view, view.sampler)
        yield from _digits(view, view.sampler)
    except GanariumError as error:
        yield Paragraph(view.t("samples.no-sampler", reason=shortened(error, 500)), "note")


def _by_class(view: RunView, sampler: Sampler) -> Iterator[Block]:
    if len(sampler.shape) != 3 or not sampler.trained:
        return
    rows: list[tuple[Cell, ...]] = []
    for name in sampler.trained[:MOST_CLASSES]:
        images = to_bytes(sampler.sample(PER_CLASS, labels=name))
        row = grid(images.numpy(), PER_CLASS, smallest_side=1)
        alt = view.t("samples.by-class-alt", name=shortened(name, 80))
        rows.append(
            (shortened(name, 80), Picture(png(row), "", alt, min(560, round(row.width * max(1.0, 40 / row.height)))))
        )
    if len(sampler.trained) > MOST_CLASSES:
        rows.append((view.t("data.more", n=f"{len(sampler.trained) - MOST_CLASSES:,}"), ""))
    caption = view.t("samples.by-class", step=f"{sampler.step:,}")
    yield Table(caption, [view.t("data.class"), view.t("samples.title")], rows)


def _digits(view: RunView, sampler: Sampler) -> Iterator[Block]:
    if sampler.shape != DIGIT_SHAPE:
        return
    images = to_bytes(1 - sampler.sample(DIGITS)).numpy()
    pictures = [
        Picture(png(to_image(image)), "", view.t("samples.digit-alt", number=place), DIGIT_WIDTH)
        for place, image in enumerate(images, 1)
    ]
    yield Gallery(pictures, view.t("samples.digits", step=f"{sampler.step:,}"))


def _shares(view: RunView) -> Iterator[Block]:
    """Yield the shares of the classes or modes in the newest snapshot, next to those of the data."""
    snapshots = events_of(view.lines, Snapshot)
    if not snapshots or not 1 < len(snapshots[-1].counts) <= MOST_GROUPS or not sum(snapshots[-1].counts):
        return
    newest, total = snapshots[-1], sum(snapshots[-1].counts)
    named = newest.sorts == "class" and len(view.run.provenance.classes) == len(newest.counts)
    names = group_names(newest, view.run.provenance.classes)
    if not named and newest.sorts in ("mode", "cluster"):
        names = [view.t(f"group.{newest.sorts}", n=place) for place in range(1, len(newest.counts) + 1)]
    rows = [
        (shortened(name, 80), f"{count / total:.1%}", f"{due:.1%}")
        for name, count, due in zip(names, newest.counts, newest.due, strict=False)
    ]
    caption = view.t("samples.shares", n=f"{total:,}", step=f"{newest.step:,}", reader=listed([newest.reader]))
    head = [view.t(key) for key in ("samples.group", "samples.got", "samples.due")]
    yield Table(caption, head, rows, numbers=(1, 2))
