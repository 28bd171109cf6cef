"""Settings that were added later keep their earlier value in runs recorded before."""

from typing import Annotated

import pytest
from pydantic import ValidationError

from ganarium.config.base import RECORDED, Before, Config


class Inner(Config):
    depth: int = 1
    warm: Annotated[bool, Before(False)] = True


class Outer(Config):
    inner: Inner = Inner()


@pytest.mark.parametrize(
    ("values", "context", "warm"),
    [
        ({"inner": {"depth": 2}}, None, True),
        ({"inner": {"depth": 2}}, RECORDED, False),
        ({"inner": {"depth": 2, "warm": True}}, RECORDED, True),
        ({}, RECORDED, True),  # the whole part did not exist
    ],
)
def test_an_absent_setting_has_its_earlier_value_only_in_what_a_run_recorded(
    values: dict[str, object], context: dict[str, bool] | None, warm: bool
) -> None:
    assert Outer.model_validate(values, context=context).inner.warm is warm


def test_an_unknown_key_of_a_recorded_setting_is_an_error() -> None:
    with pytest.raises(ValidationError, match="colour"):
        Outer.model_validate({"inner": {"colour": 1}}, context=RECORDED)
