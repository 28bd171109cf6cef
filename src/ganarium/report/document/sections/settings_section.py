"""The settings of a run: those that differ from the recipe first."""

from collections.abc import Iterator

from ganarium.config.overrides import differences, flatten, plain
from ganarium.recipes import RECIPES
from ganarium.report.document.blocks import Block, Folded, Paragraph, Section, Table, shortened
from ganarium.report.document.run_view import RunView

LONGEST_VALUE = 300
MOST = 1_000  # settings of a table


def settings_section(view: RunView) -> Section:
    """Return the settings that differ from the recipe, and the complete list, folded."""
    return Section(view.t("settings.title"), [*_changes(view), _all(view)])


def _changes(view: RunView) -> Iterator[Block]:
    recipe = RECIPES.get(view.experiment.recipe)
    if recipe is None:
        return
    changed = differences(recipe.experiment(), view.experiment)
    rows = [(key, value_text(view, old), value_text(view, new)) for key, (old, new) in list(changed.items())[:MOST]]
    if not rows:
        yield Paragraph(view.t("settings.no-changes"))
        return
    head = [view.t(f"settings.{name}") for name in ("name", "recipe", "run")]
    yield Table(view.t("settings.changes"), head, rows)


def _all(view: RunView) -> Block:
    settings = [(key, value) for key, value in flatten(plain(view.experiment)) if value is not None]
    rows = [(key, value_text(view, value)) for key, value in settings[:MOST]]
    title = view.t("settings.all")
    return Folded(title, [Table(title, [view.t("settings.name"), view.t("settings.value")], rows)])


def value_text(view: RunView, value: object) -> str:
    """Return the value of a setting as text."""
    return view.t("settings.none") if value is None else shortened(value, LONGEST_VALUE)
