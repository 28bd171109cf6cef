"""Sections that compare groups of runs: what differs, losses, scores, pictures and a conclusion."""

from collections.abc import Iterator

from ganarium.config.overrides import flatten, plain
from ganarium.core.escape import command, printable
from ganarium.plotting.images import png
from ganarium.report.document.blocks import Block, Gallery, Paragraph, Picture, Section, Table, number, shortened
from ganarium.report.document.groups import Compared, Groups, compared, data_hashes, difference, with_margin
from ganarium.report.document.pictures import native
from ganarium.report.document.run_view import RunView
from ganarium.report.document.score_names import measure_title, score_title
from ganarium.report.document.sections.samples_section import grid_width
from ganarium.report.document.sections.settings_section import value_text
from ganarium.report.document.texts import Texts
from ganarium.studies.compare import BETTER, NO_DIFFERENCE, NUISANCE, ONE_SEED, WORSE, Comparison

MOST_SETTINGS, MOST_PICTURES = 40, 24
LONGEST_NAME = 120


def comparison_sections(groups: Groups, t: Texts) -> list[Section]:
    """Return the sections that compare groups of runs, the conclusion last."""
    scores = compared(groups)
    sections = [
        Section(t("compared.groups"), [_groups_table(groups, t), *_differences(groups, t)]),
        Section(t("compared.losses"), list(_losses(groups, t))),
        Section(t("compared.scores"), list(_scores(groups, scores, t))),
        Section(t("compared.pictures"), list(_pictures(groups, t))),
    ]
    return [*sections, Section(t("compared.conclusion"), [Paragraph(text) for text in conclusion(groups, scores, t)])]


def group_title(groups: Groups, name: str) -> str:
    """Return the letter and the name of a group."""
    return shortened(f"{groups.letter(name)}: {printable(name)}", LONGEST_NAME)


def _groups_table(groups: Groups, t: Texts) -> Table:
    rows = [
        (
            group_title(groups, name),
            t.joined([view.name for view in some]),
            t.joined([str(view.experiment.seed) for view in some]),
            t.joined(list(dict.fromkeys(f"{view.step:,}" for view in some))),
            t.joined(list(dict.fromkeys(t(f"state.{view.state}") for view in some))),
        )
        for name, some in groups.views.items()
    ]
    head = [t(f"compared.{name}") for name in ("group", "run", "seeds", "steps", "state")]
    return Table(t("compared.groups-table"), head, rows)


def _differences(groups: Groups, t: Texts) -> Iterator[Block]:
    """Yield a table of the settings that differ between the groups."""
    tables = {name: dict(flatten(plain(some[0].experiment))) for name, some in groups.views.items()}
    keys = dict.fromkeys(key for table in tables.values() for key in table)
    differing = [
        key
        for key in keys
        if not any(key == other or key.startswith(f"{other}.") for other in NUISANCE)
        and len({repr(table.get(key)) for table in tables.values()}) > 1
    ]
    if not differing:
        yield Paragraph(t("compared.no-differences"))
        return
    view = groups.all[0]
    rows = [
        (key, *(value_text(view, table.get(key)) for table in tables.values())) for key in differing[:MOST_SETTINGS]
    ]
    if len(differing) > MOST_SETTINGS:
        rows.append((t("data.more", n=f"{len(differing) - MOST_SETTINGS:,}"), *([""] * len(tables))))
    yield Table(t("compared.differences"), [t("settings.name"), *map(groups.letter, tables)], rows)


def _losses(groups: Groups, t: Texts) -> Iterator[Block]:
    rows = []
    for name, some in groups.views.items():
        means = [view.losses.mean for view in some if view.losses]
        players = [[getattr(mean, player) for mean in means] for player in ("discriminator", "generator")]
        rows.append((group_title(groups, name), *map(with_margin, players)))
    head = [t("compared.group"), t("player.discriminator"), t("player.generator")]
    yield Table(t("compared.losses-table"), head, rows, numbers=(1, 2))


def _scores(groups: Groups, scores: Compared, t: Texts) -> Iterator[Block]:
    data = data_hashes(groups)
    if len(data) > 1:
        yield Paragraph(t("compared.different-data", data=t.joined(list(dict.fromkeys(data.values())))), "warning")
        return
    if scores.missing:
        runs = [view.run for view in groups.all]
        yield Paragraph(t("compared.not-scored", command=command("compare", *runs)), "note")
        return
    if scores.comparison is None:
        yield Paragraph(t("compared.incomparable", reason=shortened(scores.reason, 500)), "warning")
        return
    if scores.split == "validation":
        yield Paragraph(t("compared.validation"), "note")
    yield _score_table(groups, scores.comparison, t)
    if len(scores.comparison.groups) > 1 and len(scores.comparison.groups) < len(groups.all):
        yield _paired_table(groups, scores.comparison, t)


def _score_table(groups: Groups, comparison: Comparison, t: Texts) -> Table:
    names = list(comparison.groups)
    rows = []
    for row in comparison.rows:
        cells = []
        for name in names:
            entry = row[name]
            margin = "" if entry.margin is None else f" ± {number(entry.margin, 2)}"
            worst = f" [{number(entry.worst)}]" if len(entry.values) > 1 else ""
            verdict = f" {t(f'compared.{entry.verdict}')}" if entry.verdict and entry.verdict != ONE_SEED else ""
            cells.append(f"{number(entry.mean)}{margin}{worst}{verdict}")
        rows.append((score_title(row.name, t), number(row.floor), *cells))
    head = [t("scores.score"), t("scores.floor"), *map(groups.letter, names)]
    caption = t("compared.scores-table", n=f"{comparison.n:,}", against=shortened(comparison.against, 100))
    return Table(caption, head, rows, numbers=range(1, len(head)))


def _paired_table(groups: Groups, comparison: Comparison, t: Texts) -> Table:
    names = list(comparison.groups)[1:]
    rows = []
    for row in comparison.rows:
        pairs = [difference(comparison, row, name) for name in names]
        cells = [
            t("compared.n/a (1 seed)") if margin is None else f"{number(mean)} ± {number(margin, 2)}"
            for mean, margin in pairs
        ]
        rows.append((score_title(row.name, t), *cells))
    head = [t("scores.score"), *map(groups.letter, names)]
    return Table(t("compared.paired-table"), head, rows, numbers=range(1, len(head)))


def _pictures(groups: Groups, t: Texts) -> Iterator[Block]:
    """Yield the newest grid of the first run of each group, side by side."""
    chosen = [(group_title(groups, name), some[0]) for name, some in groups.views.items()][:MOST_PICTURES]
    found = [picture for title, view in chosen if (picture := grid_picture(view, title))]
    if not found:
        yield Paragraph(t("samples.none"), "note")
        return
    yield Paragraph(t("compared.pictures-text"))
    yield Gallery(found)


def grid_picture(view: RunView, title: str) -> Picture | None:
    """Return the newest grid of a run with a title, if there is one."""
    if not view.pictures:
        return None
    step, image = view.pictures[-1]
    small = native(view, image)
    width = round(0.85 * grid_width(small))
    return Picture(png(small), f"{title} ({step:,})", view.t("compared.picture-alt", name=title), width)


def conclusion(groups: Groups, scores: Compared, t: Texts) -> Iterator[str]:
    """Yield sentences that follow from the comparison and from nothing else."""
    comparison = scores.comparison
    if comparison is None or not comparison.rows:
        yield t("conclusion.not-compared")
        return
    first = comparison.rows[0]
    if first.floor is not None:
        floor = first.floor
        best = min(comparison.groups, key=lambda name: abs(first[name].mean - floor))
        values = {"group": group_title(groups, best), "value": with_margin(first[best].values), "floor": number(floor)}
        yield t("conclusion.nearest", score=score_title(first.name, t), **values)
    others = list(comparison.groups)[1:]
    if any(row[name].verdict == ONE_SEED for row in comparison.rows for name in others):
        yield t("conclusion.one-seed")
    for name in others:
        title = group_title(groups, name)
        for verdict, key in ((BETTER, "separated"), (WORSE, "separated"), (NO_DIFFERENCE, "equal")):
            named = [measure_title(row.name, t) for row in comparison.rows if row[name].verdict == verdict]
            if named:
                words = t.joined(list(dict.fromkeys(named)))
                yield t(f"conclusion.{key}", group=title, verdict=t(f"compared.{verdict}"), scores=words)
