"""Every study of the benchmarks can be trained, and the page of collapse tells what their cells say."""

from pathlib import Path

import pytest

from benchmarks import collapse, data_or_network, tables
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
    for cell in cells:
        if cell.experiment.seed == study.seeds[0]:
            data = cell.experiment.data
            few = data.model_copy(update={"count": min(data.count, 200)}) if hasattr(data, "count") else data
            check(cell.experiment, load_data(few))


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


VALID = {"dense 800": 0.1, "dense 10000": 0.2, "dense 100000": 0.3, "strided 10000": 0.2, "new 10000": 0.9}


@pytest.fixture
def question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The page of the open question for one set with made-up cells: recipes that exist, and one valid image in ten."""
    text = (tables.STUDIES / "data-or-network-points.toml").read_text()
    (tmp_path / "data-or-network-points.toml").write_text(text.replace(' = "points"', ' = "conv-shapes"'))
    monkeypatch.setattr(tables, "STUDIES", tmp_path)
    monkeypatch.setattr(tables, "CELLS", tmp_path / "cells")
    monkeypatch.setattr(data_or_network, "SETS", {"points": data_or_network.SETS["points"]})
    home = StudyFolder(tmp_path / "cells/data-or-network-points")
    told = {"machine": "a machine", "torch": "2", "engine": {"threads": 1, "kernels": "default", "precision": "fp32"}}
    for cell in runs_of(read_study(tmp_path / "data-or-network-points.toml")):
        if cell.variant not in VALID:
            continue
        seed, valid = cell.experiment.seed, VALID[cell.variant]
        noise = 0.01 * seed
        scores = [Score("valid/points-reader-1", valid + noise, 1.0, 200, "", 0.01, "points/test/0")]
        scores += [Score("ink/pixels", 1.0, 0.5, 200, "", 0.1, "points/test/0")]
        scores += [
            Score(f"frechet/random-conv-{hash(cell.variant) % 1000:08x}", 6.0, 2.0, 200, "", None, "points/test/0")
        ]
        if valid >= 0.2 and (cell.variant, seed) != ("strided 10000", 0):
            scores += [Score("count/points-reader-1", 0.25, 0.05, 200, "", None, "points/test/0")]
        values = [score.as_dict() for score in scores]
        home.write_result(
            cell, {"treatment": cell.variant, "seed": seed, "steps": 100 + seed, "scores": values, **told}
        )
    return "\n".join(data_or_network.page())


@pytest.mark.slow
def test_the_open_question_is_answered_from_the_cells_that_are_there(question: str):
    assert "with 100,000 instead of 800 training images is 31 % instead of 11 % (a significant difference)." in question
    assert "four times the time" not in question.split("| network")[0].split("## points")[1], (
        "nothing of it was trained"
    )
    assert (
        "that of strided convolutions is 21 % instead of 21 % (no significant difference), and that of the new recipe "
        "91 % instead of 21 % (a significant difference)." in question
    )


@pytest.mark.slow
def test_what_cannot_be_read_is_undefined_and_features_are_multiples_of_their_own_floor(question: str):
    assert "| dense 800 | 3 | 11 ± 2.5 [10] | undefined | 100–102 |" in question
    assert "| strided 10000 | 3 | 21 ± 2.5 [20] | 0.25 ± 0 [0.25] (2 of 3 seeds) | 100–102 |" in question
    assert "| new 10000 | 3 | 91 ± 2.5 [90] | 0.25 ± 0 [0.25] | 1 ± 0 [1] | 3 ± 0 [3] | undefined |" in question
    assert "| real images | | 100 | 0.05 | 0.5 | 1 |  |" in question
