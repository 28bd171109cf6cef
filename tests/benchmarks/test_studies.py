"""Every study of the benchmarks can be trained, and the page of collapse tells what their cells say."""

from pathlib import Path

import pytest

from benchmarks import collapse, tables
from ganarium.data.load import load_data
from ganarium.evaluation.score import Score
from ganarium.studies.study import StudyFolder, read_study, runs_of
from ganarium.training.compatibility import check

FILES = sorted(tables.STUDIES.glob("*.toml"))
NAMES = (*collapse.DIGITS.columns, *collapse.POINTS.columns)


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_study_has_cells_whose_parts_go_together(file: Path):
    study = read_study(file)
    cells = runs_of(study)
    assert len(cells) == len(study.seeds) * max(1, len(study.variants))
    source = load_data(cells[0].experiment.data)
    for cell in cells:
        if cell.experiment.seed == study.seeds[0]:
            check(cell.experiment, source)


def filled(home: StudyFolder, study: str, value) -> None:
    """Cells whose scores are `value(treatment, score, seed)`."""
    for cell in runs_of(read_study(tables.STUDIES / f"{study}.toml")):
        seed = cell.experiment.seed
        scores = [
            Score(name, value(cell.variant, name, seed), 0.0, 100, "made up", against="law", counts=(3, 1)).as_dict()
            for name in NAMES
        ]
        told = {"seconds": 8.0, "losses": {"generator": 2.5, "discriminator": 0.5}, "findings": ["missing-kinds"]}
        home.write_result(cell, {"treatment": cell.variant, "seed": seed, "scores": scores, **told})


@pytest.mark.slow
def test_the_page_says_which_treatments_are_better_and_which_cannot_be_told(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tables, "CELLS", tmp_path)

    def made_up(treatment: str, score: str) -> float:
        values = {"R1": 1.0, "balance": 9.0, "two-scales": 9.0 if score.startswith("frechet") else 1.0}
        return values.get(treatment, 4.0)

    filled(
        StudyFolder(tmp_path / "collapse-a"), "collapse-a", lambda name, score, seed: made_up(name, score) + 0.1 * seed
    )
    filled(StudyFolder(tmp_path / "collapse-b-source"), "collapse-b-source", lambda _name, _score, seed: float(seed))
    (tmp_path / "collapse-a" / "costs.json").write_text('{"plain": 1.0, "R1": 2.25}')
    page = "\n".join(collapse.page())
    assert "| S2-B | 2 | 2.5000, 0.5000 | 3.8933, 0.2038 | 2 | 2 | 2 | 2 | 3 1 | partial mode collapse |  |" in page
    assert "| S2-A | " not in page, "nothing of it was trained"
    row = "| R1<br>`remedies.r1.gamma=0.02` | 5 | " + "1.2 ± 0.2 [1.4] | " * 4
    assert f"{row}2.25 | better: classes missing, class KL, Fréchet, Fréchet by random features |" in page
    assert "better than plain in some score and worse in none: R1 (S2-A).  " in page
    assert "better in some scores and worse in others: two-scales (S2-A but worse on S2-A).  " in page
    assert "worse in some score and better in none: balance (S2-A)." in page
    assert (
        "No significant difference from plain in any of these scores: feature-matching, minibatch-discrimination, "
        in page
    )
