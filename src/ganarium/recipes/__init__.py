"""Named, complete experiments, defined by functions that build on one another; this package does not import torch."""

from ganarium.core.errors import UnknownNameError
from ganarium.recipes import conditional, conv, dense, digits, drawn, losses, points, translation
from ganarium.recipes.base import Recipe

RECIPES = {
    recipe.name: recipe
    for recipe in (
        *digits.RECIPES,
        *drawn.RECIPES,
        *dense.RECIPES,
        *conv.RECIPES,
        *losses.RECIPES,
        *conditional.RECIPES,
        *translation.RECIPES,
        *points.RECIPES,
    )
}


def find_recipe(name: str) -> Recipe:
    """Return a recipe by name; raise `UnknownNameError` with similar names if there is no such recipe."""
    if name not in RECIPES:
        raise UnknownNameError("recipe", name, RECIPES)
    return RECIPES[name]
