"""The question and the data of a run."""

from collections.abc import Iterator

from ganarium.plotting.images import png
from ganarium.recipes import RECIPES
from ganarium.report.document.blocks import Block, Listing, Paragraph, Picture, Section, Table, shortened
from ganarium.report.document.pictures import native
from ganarium.report.document.run_view import HELD_OUT, RunView

MOST_CLASSES = 40
PICTURE_WIDTH = 420


def data_section(view: RunView) -> Section:
    """Return the recipe, the data with their counts and classes, and a picture of the data."""
    return Section(view.t("data.title"), [*_question(view), *_facts(view), *_counts(view), *_picture(view)])


def _question(view: RunView) -> Iterator[Block]:
    recipe = RECIPES.get(view.experiment.recipe)
    if recipe is None:
        return
    line = view.t.recipe_line(recipe.name, recipe.line)
    yield Paragraph(view.t.sentences(view.t("data.question", line=line), view.t("data.source", source=recipe.source)))
    if recipe.choices:
        yield Paragraph(view.t("data.choices"))
        yield Listing([*map(view.t.choice, recipe.choices)])


def _facts(view: RunView) -> Iterator[Block]:
    shape, data = view.run.provenance.shape, view.data
    title = data_name(view) if isinstance(data, str) else data.card.title or data_name(view)
    if len(shape) == 3:
        form = view.t("data.images", channels=shape[0], height=shape[1], width=shape[2])
    else:
        form = view.t("data.points", dimensions=shape[0])
    yield Paragraph(view.t.sentences(view.t("data.set", title=shortened(title, 300)), form))
    if not isinstance(data, str) and data.card.licence:
        card = data.card
        yield Paragraph(view.t("data.licence", licence=card.licence, authors=card.authors or "–"))
    yield Paragraph(view.t("data.hash", hash=view.run.provenance.data_hash))


def _counts(view: RunView) -> Iterator[Block]:
    data = view.data
    if isinstance(data, str):
        yield Paragraph(view.t("data.unreadable", reason=shortened(data, 500)), "note")
        return
    endless = view.t("data.endless")
    held_out = {split: view.held_out(split) for split in HELD_OUT} if len(data) else {}
    rows = [(view.t("train"), f"{len(data):,}" if len(data) else endless)]
    rows += [(view.t(split), f"{count:,}") for split, count in held_out.items() if count]
    yield Table(view.t("data.counts"), (view.t("data.split"), view.t("data.count")), rows, numbers=(1,))
    labels = getattr(data, "labels", None)
    if labels is not None and len(data.classes):
        counts = labels.bincount(minlength=len(data.classes)).tolist()
        pairs = list(zip(data.classes, counts, strict=False))
        rows = [(shortened(name, 80), f"{count:,}") for name, count in pairs[:MOST_CLASSES]]
        if len(pairs) > MOST_CLASSES:
            rows.append((view.t("data.more", n=f"{len(pairs) - MOST_CLASSES:,}"), ""))
        yield Table(view.t("data.classes"), (view.t("data.class"), view.t("data.count")), rows, numbers=(1,))


def _picture(view: RunView) -> Iterator[Block]:
    image = view.data_picture
    if image is None:
        yield Paragraph(view.t("data.no-picture"), "note")
        return
    yield Picture(png(native(view, image)), view.t("data.picture"), view.t("data.picture-alt"), PICTURE_WIDTH)


def data_name(view: RunView) -> str:
    """Return the name of the data set, or the place of the user's data."""
    settings = view.experiment.data
    return f"{getattr(settings, 'location', None) or settings.kind}"
