"""The verbs of theory: numbers, pictures, and answers to wrong words."""

import json
import subprocess
import sys
from math import sqrt

import pytest

import ganarium.theory
from ganarium.cli.options import strength
from ganarium.plotting import theory as draw
from ganarium.theory.games import PENALTIES
from ganarium.theory.orbits import RULES

PNG = b"\x89PNG"


@pytest.fixture
def theory(ganarium, tmp_path):
    """Run a verb of theory with --json; what it answers."""

    def answered(*words: object) -> dict:
        said = ganarium("theory", *words, "--json", folder=tmp_path)
        assert said.status == 0, said.stderr
        (line,) = said.stdout.splitlines()
        return json.loads(line)

    return answered


@pytest.mark.slow
def test_dirac_tells_of_each_orbit(theory, tmp_path):
    told = theory("dirac", "--out", "x.png")
    assert told["objective"] == {"kind": "minimax"}
    assert (told["step_size"], told["start"], told["picture"]) == (0.2, [1, -1], "x.png")
    assert [(orbit["name"], orbit["fate"]) for orbit in told["orbits"]] == [
        ("simultaneous, no penalty", "diverges"),
        ("alternating, no penalty", "cycles"),
        ("simultaneous, r1 0.3", "converges"),
        ("alternating, r1 0.3", "converges"),
    ]
    free, _, drawn, _ = told["orbits"]
    assert (free["first"], free["last"], free["steps"]) == pytest.approx((sqrt(2), 3.10, 500), abs=0.005)
    assert free["eigenvalues"] == [pytest.approx([0, -0.5], abs=1e-9), pytest.approx([0, 0.5], abs=1e-9)]
    assert drawn["eigenvalues"][1] == pytest.approx([-0.15, sqrt(1 / 4 - 0.3**2 / 4)], abs=1e-6)
    assert (tmp_path / "x.png").read_bytes().startswith(PNG)


def test_dirac_does_as_it_is_asked(theory):
    told = theory(
        "dirac", "--objective", "f-divergence", "divergence=js", "--penalty", "clipping=0.7", "--penalty", "consensus",
        "--rule", "lookahead", "--step-size", "0.1", "--steps", "30", "--start", "0.5,0.25",
    )  # fmt: skip
    assert told["objective"] == {"kind": "f-divergence", "divergence": "js"}
    assert told["picture"] == "dirac.png"
    assert [orbit["name"] for orbit in told["orbits"]] == ["lookahead, clipping 0.7", "lookahead, consensus 1"]
    assert {orbit["steps"] for orbit in told["orbits"]} == {30}
    assert told["orbits"][0]["first"] == pytest.approx(sqrt(0.5**2 + 0.25**2))


def test_a_penalty_without_a_strength_has_one_at_which_it_can_be_seen():
    given = {name: strength(name, PENALTIES)[1] for name in PENALTIES}
    assert given == {
        "none": 0, "r1": 0.3, "r2": 0.3, "clipping": 1, "gradient-penalty": 0.5, "instance-noise": 1, "consensus": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("objective", "called", "odds"), [("minimax", "D(x)", True), ("least-squares", "logit", False)]
)
def test_only_what_is_a_probability_is_drawn_as_one(objective: str, called: str, odds: bool, theory, monkeypatch):
    drawn = []
    monkeypatch.setattr(draw, "densities", lambda *handed: drawn.append(handed) or PNG)
    theory("optimum", "b=3" if not odds else "--steps=60", "--objective", objective)
    ((_, _, answers, name, _),) = drawn
    assert name == called
    assert all((answer.max() > 1) != odds for answer in answers)


@pytest.mark.slow
def test_bilinear_plays_every_rule(theory, tmp_path):
    told = theory("bilinear")
    assert [orbit["name"] for orbit in told["orbits"]] == list(RULES)
    ends = {orbit["name"]: orbit["last"] for orbit in told["orbits"]}
    assert ends["simultaneous"] == pytest.approx(3.8252, abs=1e-4)
    assert ends["extragradient"] == pytest.approx(0.5229, abs=1e-4)
    assert (tmp_path / "bilinear.png").stat().st_size > 1000
    two = theory("bilinear", "--rule", "optimistic", "--rule", "continuous", "--steps", "7", "--out", "two.png")
    assert [(orbit["name"], orbit["steps"]) for orbit in two["orbits"]] == [("optimistic", 7), ("continuous", 7)]


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["minimax", "wasserstein", "relativistic"])
def test_optimum_sets_theory_beside_trial(objective: str, theory, tmp_path):
    told = theory("optimum", "--objective", objective, "--sigma", "2", "--steps", "150")
    assert (told["data"], told["model"]) == ([0, 1], [1, 2])
    assert told["trained"] == pytest.approx(told["closed"], rel=0.01, abs=2e-3)
    assert told["divergences"]["JSD"] == pytest.approx(0.128175, abs=1e-6)
    assert (tmp_path / "optimum.png").is_file()


def test_optimum_prints_a_table_for_people(ganarium, tmp_path):
    said = ganarium("theory", "optimum", "b=2", "--objective", "least-squares", "--mean", "0", folder=tmp_path)
    assert said.status == 0
    rows = dict(line.split("  ", 1) for line in said.stdout.splitlines() if line.startswith(("discrim", "W1", "TV")))
    assert rows["discriminator's loss"].split() == ["1.00000", "1.00000"]  # (b − a)²/2 · ∫ pq/(p + q)
    assert rows["W1"].split() == ["0.00000"]
    assert said.stdout.splitlines()[-1] == "plot: optimum.png"


def test_dirac_prints_a_line_for_each_orbit(ganarium, tmp_path):
    said = ganarium("theory", "dirac", "--steps", "20", "--penalty", "none", folder=tmp_path)
    assert said.stdout.splitlines()[1].split() == ["simultaneous,", "no", "penalty", "1.414", "1.557", "diverges"]
    assert said.stdout.splitlines()[-1] == "plot: dirac.png"


WRONG = [
    (("dirac", "--objective", "hnge"), "hnge", "hinge"),
    (("dirac", "--rule", "alternate"), "update rule", "alternate", "alternating"),
    (("bilinear", "--rule", "extragrad"), "extragrad", "extragradient"),
    (("dirac", "--penalty", "clip=1"), "penalty", "clip", "clipping"),
    (("dirac", "--penalty", "r1=much"), "r1=much", "NAME=STRENGTH"),
    (("dirac", "--penalty", "r1=-1"), "r1=-1", "negative"),
    (("dirac", "--penalty", "r1=nan"), "r1=nan"),
    (("dirac", "--penalty", "r1=inf"), "r1=inf"),
    (("dirac", "--step-size", "0"), "--step-size", "above 0"),
    (("bilinear", "--step-size", "nan"), "--step-size"),
    (("bilinear", "--step-size", "inf"), "--step-size"),
    (("bilinear", "--steps", "0"), "--steps"),
    (("dirac", "--start", "1"), "--start", "two numbers"),
    (("dirac", "--start", "1,nan"), "--start", "two numbers"),
    (("dirac", "--start", "1,2,3"), "--start", "two numbers"),
    (("dirac", "--objective", "f-divergence", "diverg=js"), "diverg", "objective.divergence"),
    (("dirac", "--objective", "f-divergence", "divergence=jss"), "jss", "js"),
    (("dirac", "gamma=1"), "gamma"),
    (("optimum", "--objective", "relativistic-average"), "relativistic-average", "relativistic"),
    (("optimum", "--mean", "21"), "--mean", "-20 and 20"),
    (("optimum", "--sigma", "0.1"), "--sigma", "0.2 and 5"),
    (("optimum", "--sigma", "nan"), "--sigma"),
    (("optimum", "--out", "x.pdf"), "x.pdf", ".png"),
    (("bilinear", "--out", "x"), "x: cannot write", ".png"),
    (("dirac", *(f"--penalty=r1={i}" for i in range(7))), "14", "12"),
    (("dirca",), "dirca", "dirac"),
]


@pytest.mark.slow
@pytest.mark.parametrize("words", WRONG, ids=lambda words: " ".join(words[0]))
def test_a_wrong_word_gets_one_line_and_nothing_is_written(words, ganarium, tmp_path):
    said = ganarium("theory", *words[0], folder=tmp_path)
    (line,) = said.stderr.splitlines()
    assert (said.status, said.stdout) == (2, "")
    assert all(part in line for part in words[1:]), line
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_nothing_is_overwritten_unasked(ganarium, tmp_path):
    (tmp_path / "x.png").write_text("mine")
    words = ("theory", "bilinear", "--steps", "3", "--out", "x.png")
    said = ganarium(*words, folder=tmp_path)
    assert said.status == 2
    assert "x.png already exists" in said.stderr
    assert (tmp_path / "x.png").read_text() == "mine"
    assert ganarium(*words, "--overwrite", folder=tmp_path).status == 0
    assert (tmp_path / "x.png").read_bytes().startswith(PNG)


@pytest.mark.parametrize("verb", ["dirac", "bilinear", "optimum"])
def test_help_has_an_example_that_names_the_verb(verb: str, ganarium, tmp_path):
    said = ganarium("theory", verb, "--help", folder=tmp_path)
    assert (said.status, said.stderr) == (0, "")
    assert f"Example: ganarium theory {verb}" in said.stdout


@pytest.mark.slow
def test_help_needs_neither_torch_nor_matplotlib():
    program = (
        "import sys\n"
        "from ganarium.cli.main import main\n"
        "for words in ([], ['theory'], ['theory', 'dirac'], ['theory', 'bilinear'], ['theory', 'optimum']):\n"
        "    sys.argv = ['ganarium', *words, '--help']\n"
        "    try:\n"
        "        main()\n"
        "    except SystemExit as ended:\n"
        "        assert not ended.code, words\n"
        "assert not {'torch', 'matplotlib', 'numpy'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_door_has_what_it_names_and_each_name_is_explained():
    for name in ganarium.theory.__all__:
        thing = getattr(ganarium.theory, name)
        assert not callable(thing) or thing.__doc__, name
    assert len(set(ganarium.theory.__all__)) == len(ganarium.theory.__all__) > 40
