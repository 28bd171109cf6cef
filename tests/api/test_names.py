"""The public names of `ganarium`, which are imported on first use."""

import inspect
import subprocess
import sys

import pytest

import ganarium
from ganarium import api


def test_the_package_and_its_api_have_the_same_names_and_every_one_a_module():
    assert ganarium.__all__ == api.__all__ == sorted(api.__all__)
    assert dir(ganarium) == sorted([*api.__all__, *ganarium.MODULES])
    assert sorted(name for names in api.MODULES.values() for name in names) == api.__all__


@pytest.mark.parametrize("name", api.__all__)
def test_a_public_name_is_documented(name: str):
    assert inspect.getdoc(getattr(ganarium, name))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'ganarium' has no attribute 'trian'"):
        ganarium.trian  # noqa: B018


@pytest.mark.slow
@pytest.mark.parametrize(
    "code",
    ["import ganarium", "ganarium.plan('digits')", "ganarium.diagnose", "ganarium.config.R1()", "ganarium.metrics"],
)
def test_names_that_need_no_torch_do_not_import_it(code: str):
    program = f"import ganarium, sys; {code}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
