"""A user's wrong word ends with status 2 and one line that names it and the nearest right one; nothing is written."""

import pytest

TRAIN, SAMPLE, WALK = ("train", "dense-digits"), ("sample", "shapes", "--out", "x.png"), ("interpolate", "shapes")
LONG = "x" * 300

# words, and what the one line on stderr must hold
VERBS = [
    (("trian", "digits"), "trian", "train"),
    (("data", "lst"), "lst", "list"),
    (("--vers",), "--vers"),
    (("recipes", "more"), "more"),
    (("train",), "RECIPE"),
    (("resume",), "RUN"),
    (("show",), "RECIPE|RUN"),
    (("fork", "shapes"), "--at"),
    (("sample", "shapes"), "--out"),
    (("sample", "--out", "x.png"), "RUN"),
    (("interpolate", "shapes"), "--out"),
    (("data", "show"), "NAME"),
    (("data", "export", "ring"), "--out"),
    ((*TRAIN, "--out"), "--out"),
    ((*TRAIN, "--overwrit"), "--overwrit", "--overwrite"),
    ((*SAMPLE, "more"), "more"),
]
NAMES = [
    (("train", "digts"), "digts", "digits"),
    (("train", "dense-layer"), "dense-layer", "dense-layers"),
    (("show", "dense-digit"), "dense-digit", "dense-digits"),
    (("show", "shaeps"), "shaeps", "shapes"),
    (("show", "runs/shape"), "did you mean runs/shapes"),
    (("resume", "runs/shape"), "did you mean runs/shapes"),
    (("resume", "shaps"), "shaps", "shapes"),
    (("resume", "pla"), "matches several runs", "plane", "plane-2"),
    (("resume", "folder"), "folder", "shapes"),
    (("fork", "plain", "--at", "0"), "plain", "plane"),
    (("sample", "nowhere", "--out", "x.png"), "nowhere", "shapes"),
    (("evaluate", "plan-2"), "plan-2", "plane-2"),
    (("evaluate", "letter.txt"), "letter.txt", "--against mnist"),
    (("evaluate", "shapes", "--split", "tset"), "tset", "test"),
    (("evaluate", "shapes", "--at", "bset"), "bset", "best"),
    (("sample", "shapes", "--at", "-3", "--out", "x.png"), "-3", "best"),
    (("evaluate", "nothing.npz", "--against", "mnist"), "nothing.npz", "does not exist"),
    (("evaluate", "shapes", "--against", "pairs"), "two domains"),
    (("evaluate", "folder", "--against", "mnist"), "folder"),
    (("evaluate", "shapes", "--features"), "--features"),
    (("compare", "shapes", "nowhere"), "nowhere", "shapes"),
    (("compare", "shapes", "--out", "x.gif"), "x.gif", ".png"),
    (("compare", "shapes", "--split", "tset"), "tset", "test"),
    (("study", "missing.toml"), "missing.toml"),
    (("study", "broken.toml"), "broken.toml", "TOML"),
    (("study", "letter.txt"), "letter.txt"),
    (("evaluate", "shapes", "--against", "mnits"), "mnits", "mnist"),
    (("evaluate", "shapes", "--against", "mnist"), "(1, 16, 16)", "resized"),
    (("evaluate", "letter.txt", "--against", "mnist"), "letter.txt"),
    (("data", "show", "mnits"), "mnits", "mnist"),
    (("data", "export", "rnig", "--out", "x.npz"), "rnig", "ring"),
    (("data", "show", "ring", "--split", "tset"), "tset", "test"),
    ((*SAMPLE, "--label", "cat"), "cat", "0, 1, 2"),
    ((*SAMPLE, "--label", "77"), "77", "7"),
    (("sample", "plane", "--out", "x.png", "--label", "3"), "'3'", "not class-conditional"),
    ((*SAMPLE, "--weights", "emma"), "emma", "ema"),
    (("sample", "plane", "--out", "x.png", "--weights", "ema"), "ema", "raw"),
    (("sample", "shapes", "--out", "x.npz", "--beside"), "x.npz", "x.png"),
    (("sample", "shapes", "--out", "x.png", "--beside", "--invert"), "--invert", "leave out one"),
    ((*WALK, "--out", "x.gif", "--labels", "cat"), "cat", "0, 1, 2"),
    ((*WALK, "--out", "x.gif", "--seeds", "1"), "--seeds 1", "two seeds"),
    ((*WALK, "--out", "x.gif", "--seeds", "1,2,3", "--labels", "3,8"), "--labels 3,8", "3 seeds"),
    (("sample", "plane", "--out", "x.png", "--label", "x"), "--label 'x'", "not class-conditional"),
    ((*SAMPLE, "--truncation", "inf"), "--truncation inf", "0.7"),
    (("interpolate", "plane", "--out", "x.gif"), "plane", "points", "sample"),
]
SETTINGS = [
    ((*TRAIN, "optim.lrr=1"), "optim.lrr", "optim.lr"),
    ((*TRAIN, "optm.lr=1"), "optm", "optim"),
    ((*TRAIN, "data.size=20"), "data.size"),
    ((*TRAIN, "remedies.r1=10"), "remedies.r1=true", "remedies.r1.gamma"),
    ((*TRAIN, "generator.width=8"), "generator.width", "hidden"),
    ((*TRAIN, "remedies.r3=true"), "remedies.r3", "ganarium remedies"),
    ((*TRAIN, "remedies.r1.gama=5"), "remedies.r1.gama", "remedies.r1.gamma"),
    ((*TRAIN, "data=mnits"), "mnits", "mnist"),
    ((*TRAIN, "data.kind=mnits"), "mnits", "mnist"),
    ((*TRAIN, "optim=adm"), "adm", "adam"),
    ((*TRAIN, "objective=nonsaturating"), "nonsaturating", "non-saturating"),
    ((*TRAIN, "latents=fresch"), "latents=fresch", "fresh"),
    ((*TRAIN, "generator.activation=rleu"), "rleu", "relu"),
    ((*TRAIN, "optim.lr=fast"), "optim.lr=fast", "number"),
    ((*TRAIN, "optim.lr=-1"), "optim.lr=-1", "greater than 0"),
    ((*TRAIN, "optim.lr=nan"), "optim.lr=nan", "finite"),
    ((*TRAIN, "optim.lr="), "optim.lr="),
    ((*TRAIN, "optim.lr.more=1"), "optim.lr"),
    ((*TRAIN, "optim.lr"), "'optim.lr'", "a.b=value"),
    ((*TRAIN, "optim..lr=1"), "'optim..lr=1'", "a.b=value"),
    ((*TRAIN, "=3"), "'=3'", "a.b=value"),
    ((*TRAIN, "x\ny=1"), "x\\ny"),
    ((*TRAIN, "seed=1.5"), "seed=1.5", "integer"),
    ((*TRAIN, "seed=-1"), "seed=-1"),
    ((*TRAIN, f"seed={2**63}"), f"seed={2**63}"),
    ((*TRAIN, "train.steps=0"), "train.steps=0"),
    ((*TRAIN, "train.batch=many"), "train.batch=many", "integer"),
    ((*TRAIN, "data.count=1e99"), "data.count=1e+99"),
    ((*TRAIN, "generator.hidden=256"), "generator.hidden=256"),
    ((*TRAIN, "generator.hidden=[16, 0]"), "generator.hidden.1=0"),
    ((*TRAIN, "remedies=r1"), "remedies=r1"),
    ((*TRAIN, "remedies.r1=5"), "remedies.r1=5"),
    ((*TRAIN, "engine.device=gpu"), "gpu", "cuda"),
    ((*TRAIN, "--device", "tpu"), "tpu", "cpu"),
    ((*TRAIN, "data=ring", "game.conditional=true"), "data=ring", "game.conditional=false"),
    (("data", "show", "ring", "mode=3"), "mode", "modes"),
    (("data", "show", "points", "size=5"), "size=5", "16"),
    (("data", "export", "mnist", "-n", "100000", "--out", "x.npz"), "100000", "60000"),
    (("fork", "shapes", "--at", "20", "optim.lrr=1"), "optim.lrr", "optim.lr"),
    (("fork", "shapes", "--at", "20", "generator.hidden=[9]"), "generator.hidden", "shape"),
    (("fork", "shapes", "--at", "40"), "train.steps=40", "above 40"),
    (("resume", "shapes", "optim.lr=1"), "optim.lr=1", "fork runs/shapes"),
]
NUMBERS = [
    (("resume", "shapes"), "40 steps", "--steps"),
    (("resume", "shapes", "--steps", "20"), "20 is the new total", "40"),
    (("resume", "shapes", "--steps", "many"), "--steps"),
    (("fork", "shapes", "--at", "-1"), "--at"),
    ((*SAMPLE, "-n", "0"), "-n"),
    ((*SAMPLE, "-n", "99999999"), "99999999", "1,000,000"),
    ((*SAMPLE, "--seed", "-1"), "--seed"),
    ((*SAMPLE, "--truncation", "-1"), "truncation", "0.7"),
    ((*SAMPLE, "--truncation", "nan"), "truncation nan"),
    (("evaluate", "shapes", "-n", "5"), "-n", "100"),
    ((*WALK, "--out", "x.gif", "--seeds", "1"), "two seeds"),
    ((*WALK, "--out", "x.gif", "--seeds", "a,b"), "a,b", "1,2,3"),
    ((*WALK, "--out", "x.gif", "--seeds", "1,-2"), "1,-2"),
    ((*WALK, "--out", "x.gif", "--labels", "1,2"), "labels", "3 seeds"),
    ((*WALK, "--out", "x.gif", "--frames", "0"), "--frames"),
]
FILES = [
    (("evaluate", "shapes", "--features", "missing.onnx"), "missing.onnx", "No such file"),
    (("evaluate", "shapes", "--features", "folder"), "folder", "not a file"),
    (("evaluate", "shapes", "--features", "letter.txt"), "letter.txt", "cannot load it", "onnx"),
    (("compare", "shapes", "--features", "letter.txt"), "letter.txt", "cannot load it", "onnx"),
    (("evaluate", "plane", "--features", "letter.txt"), "letter.txt", "features are for images"),
    (("train", "missing.toml"), "missing.toml", "No such file"),
    (("train", "folder.toml"), "folder.toml", "not a file"),
    (("train", "broken.toml"), "broken.toml", "not a TOML file"),
    (("train", "bytes.toml"), "bytes.toml", "not a TOML file"),
    (("train", "huge.toml"), "huge.toml", "limited to 1,048,576 bytes"),
    (("train", "deep.toml"), "deep.toml", "not a TOML file"),
    (("train", "typo.toml"), "typo.toml", "mnits", "mnist"),
    (("train", "partial.toml"), "partial.toml", "is missing"),
    (("resume", "odd"), "odd/experiment.toml", "seed=x"),
    (("resume", "unborn"), "unborn/experiment.toml", "provenance"),
    ((*TRAIN, "--out", "letter.txt"), "letter.txt", "folder"),
    ((*TRAIN, "--out", "letter"), "letter", "or overwrite it"),
    ((*TRAIN, "--out", "folder"), "folder", "or overwrite it"),
    ((*TRAIN, "--out", "folder", "--overwrite"), "folder", "another path"),
    ((*TRAIN, "--out", "runs/shapes"), "runs/shapes", "or overwrite it"),
    (
        ("fork", "shapes", "--at", "20", "train.steps=50", "--out", "folder", "--overwrite"),
        "folder",
        "another path",
    ),
    (("fork", "shapes", "--at", "20", "--out", "letter.txt"), "letter.txt", "folder"),
    (("sample", "shapes", "--out", "letter.txt"), "letter.txt", "x.png, x.npz or a folder"),
    (("sample", "shapes", "--out", "letter"), "letter", "or overwrite it"),
    (("sample", "shapes", "--out", "letter", "--overwrite"), "letter", "is a file"),
    (("sample", "shapes", "--out", "letter/x.png"), "letter/x.png", "is a file"),
    (("sample", "shapes", "--out", "folder", "--overwrite"), "letter.txt", "did not write"),
    (("sample", "shapes", "--out", "folder"), "folder", "or overwrite it"),
    (("sample", "plane", "--out", "x.jpg"), "x.jpg", "x.png, x.npz or x.csv"),
    ((*WALK, "--out", "x.mp4"), "x.mp4", ".gif"),
    (("data", "export", "ring", "--out", "pictures"), "pictures", "x.npz"),
    (("data", "export", "points", "--out", "letter.txt"), "letter.txt", "x.npz or a folder"),
    (("show", "pla"), "matches several runs", "plane", "plane-2"),
    (("show", "odd"), "odd/experiment.toml", "seed=x"),
    (("show", LONG), LONG[:30]),
    (("resume", LONG), LONG[:30]),
    (("sample", "shapes", "--out", LONG), LONG[:30], "too long"),
    ((*TRAIN, "--out", LONG), LONG[:30], "too long"),
    ((*TRAIN, "recipe=../elsewhere", "--dry-run"), "recipe=../elsewhere"),
    ((*TRAIN, "recipe=\udcff", "--dry-run"), "recipe="),
    (("data", "show", "ring", "--out", "x.bmp"), "x.bmp", ".png"),
]


@pytest.fixture(scope="module")
def desk(place):
    """The folder with runs, and some files and folders that are none."""
    for name, text in {
        "broken.toml": "a = [1,\n",
        "huge.toml": "# " + "x" * (1 << 20),
        "deep.toml": "a = " + "[" * 5000,
        "typo.toml": 'recipe = "x"\n[data]\nkind = "mnits"\n',
        "partial.toml": "seed = 1\n",
        "letter.txt": "Dear Ian,",
        "letter": "Dear Ian,",
        "folder/letter.txt": "Dear Ian,",
        "folder.toml/letter.txt": "Dear Ian,",
        "runs/odd/experiment.toml": 'seed = "x"\n',
    }.items():
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_text(text)
    (place / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    (place / "runs/unborn").mkdir()
    settings = (place / "runs/plane/experiment.toml").read_text().partition("[provenance]")[0]
    (place / "runs/unborn/experiment.toml").write_text(settings)
    return place


def _cases():
    for case in (*VERBS, *NAMES, *SETTINGS, *NUMBERS, *FILES):
        yield pytest.param(*case[:1], case[1:], id=" ".join(case[0])[:60])


@pytest.mark.slow
@pytest.mark.parametrize(("words", "needles"), list(_cases()))
def test_a_wrong_word_is_named_in_one_line(words, needles, desk, ganarium, tree):
    before = tree(desk)
    said = ganarium(*words, folder=desk)
    assert said.status == 2, said
    assert said.stdout == ""
    (line,) = said.stderr.splitlines()
    assert line.startswith("ganarium: ")
    for needle in needles:
        assert needle in line
    assert tree(desk) == before
