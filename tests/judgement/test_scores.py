import json
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from ganarium.core.errors import InputError
from ganarium.core.settings.data import Mnist
from ganarium.core.streams import Streams, normal
from ganarium.data.mnist import load
from ganarium.data.sets import ImageSet
from ganarium.judgement import features
from ganarium.judgement.scores import Score, judge_digits
from ganarium.metrics.histogram import histogram_kl

COUNT = 1000


def first(data: ImageSet, n: int, start: int = 0) -> ImageSet:
    assert data.labels is not None
    return replace(data, images=data.images[start : start + n], labels=data.labels[start : start + n])


@pytest.fixture(scope="module")
def splits() -> tuple[ImageSet, ImageSet]:
    """A reference and what stands in for generated pictures in the floors."""
    return first(load(Mnist(), "test"), COUNT, start=5000), first(load(Mnist(count=COUNT), "train"), COUNT)


@pytest.fixture(scope="module")
def unseen() -> ImageSet:
    """Real digits that play the generated ones, to be spoilt."""
    return first(load(Mnist(), "validation"), COUNT)


@pytest.fixture(scope="module")
def judged(splits):
    def judge(images: Tensor, asked: Tensor | None = None) -> dict[str, Score]:
        return {score.name.split("/")[0]: score for score in judge_digits(images, asked, *splits)}

    return judge


@pytest.fixture(scope="module")
def clean(judged, unseen) -> dict[str, Score]:
    return judged(unseen.images, unseen.labels)


def noisy(images: Tensor, strength: float) -> Tensor:
    noise = Streams(0).at("noise", normal(*images.shape), 0)
    return (images + 255 * strength * noise).clamp(0, 255).byte()


def blurred(images: Tensor, times: int) -> Tensor:
    kernel = torch.tensor([1.0, 2.0, 1.0])
    kernel = (kernel[:, None] * kernel / 16)[None, None]
    blurry = images.float()
    for _ in range(times):
        blurry = F.conv2d(blurry, kernel, padding=1)
    return blurry.round().byte()


def test_real_digits_score_near_their_floors(clean):
    assert clean["frechet"].value == pytest.approx(clean["frechet"].floor, rel=0.5)
    assert clean["class-kl"].value < 3 * clean["class-kl"].floor
    assert clean["missing-classes"].value == clean["missing-classes"].floor == 0
    assert clean["confidence"].value == pytest.approx(clean["confidence"].floor, abs=0.01)
    assert 0.98 < clean["confidence"].floor <= 1
    assert clean["asked-label"].value == pytest.approx(clean["asked-label"].floor, abs=0.01)
    assert clean["asked-label"].floor > 0.99


def test_noise_raises_the_distance(judged, unseen, clean):
    little, much = (judged(noisy(unseen.images, strength))["frechet"].value for strength in (0.1, 0.3))
    assert 1.5 * clean["frechet"].value < little < much


def test_blur_raises_the_distance_and_lowers_the_confidence(judged, unseen, clean):
    little, much = (judged(blurred(unseen.images, times)) for times in (1, 4))
    assert 1.5 * clean["frechet"].value < little["frechet"].value < much["frechet"].value
    assert clean["confidence"].value > little["confidence"].value > much["confidence"].value


def test_a_dropped_class_is_missed(judged, unseen, clean):
    digits = unseen.labels.clone()
    digits[digits == 7] = 1
    stand_ins = torch.stack([(unseen.labels == digit).nonzero()[0, 0] for digit in range(10)])
    replaced = torch.where((unseen.labels == 7)[:, None, None, None], unseen.images[stand_ins[digits]], unseen.images)
    spoilt = judged(replaced)
    assert spoilt["missing-classes"].value == 1
    assert spoilt["class-kl"].value > 10 * clean["class-kl"].value
    assert spoilt["class-kl"].counts[7] < 5
    assert spoilt["frechet"].value > 2 * clean["frechet"].value
    assert spoilt["confidence"].value == pytest.approx(clean["confidence"].value, abs=0.01)


def test_class_scores_follow_from_their_counts(splits, clean):
    due = splits[0].labels.bincount()
    kl = clean["class-kl"]
    assert kl.value == histogram_kl(torch.tensor(kl.counts), due) != histogram_kl(due, torch.tensor(kl.counts))
    assert kl.floor == 9 / (2 * COUNT)


def test_wrong_labels_are_noticed_by_their_score_alone(judged, unseen, clean):
    wrong = torch.where(torch.arange(COUNT) % 4 == 0, (unseen.labels + 1) % 10, unseen.labels)
    spoilt = judged(unseen.images, wrong)
    assert spoilt["asked-label"].value == pytest.approx(0.75 * clean["asked-label"].value, abs=0.01)
    for name in ("frechet", "class-kl", "missing-classes", "confidence"):
        assert spoilt[name] == clean[name]


def test_without_asked_labels_there_is_no_such_score(judged, unseen, clean):
    plain = judged(unseen.images)
    assert set(clean) - set(plain) == {"asked-label"}


def test_every_score_names_its_extractor_and_says_what_it_is(splits, unseen):
    extractor = features.load_extractor().name
    for score in judge_digits(unseen.images, unseen.labels, *splits):
        assert score.name.endswith(f"/{extractor}")
        assert score.n == COUNT
        assert "better" in score.note


def test_a_score_is_plain_data(clean):
    read_back = json.loads(json.dumps(clean["class-kl"].as_dict()))
    assert sum(read_back.pop("counts")) == COUNT
    assert set(read_back) == set(clean["frechet"].as_dict()) == {"name", "value", "floor", "n", "note"}
    assert read_back["value"] == clean["class-kl"].value


def test_real_splits_are_read_once(unseen, judged, monkeypatch):
    judged(unseen.images[:100])
    read, original = [], features.Extractor.read
    monkeypatch.setattr(
        features.Extractor, "read", lambda self, images: read.append(len(images)) or original(self, images)
    )
    judged(unseen.images[:100])
    assert read == [100]


def test_other_real_pictures_are_not_taken_for_those_already_read(splits, unseen):
    reference, stand_in = splits
    darker = replace(reference, images=reference.images // 2)
    distances = [judge_digits(unseen.images, None, real, stand_in)[0].floor for real in (reference, darker)]
    assert distances[1] > 2 * distances[0]


def test_the_floor_takes_as_many_pictures_as_were_generated(judged, unseen):
    few = judged(unseen.images[:200])["frechet"]
    many = judged(unseen.images)["frechet"]
    assert few.floor > 1.5 * many.floor


@pytest.mark.parametrize("asked", [torch.zeros(3, dtype=torch.int64), torch.zeros(COUNT)])
def test_refuses_labels_that_do_not_fit_the_pictures(judged, unseen, asked):
    with pytest.raises(InputError, match="one whole number a picture"):
        judged(unseen.images, asked)


def test_refuses_a_reference_without_labels(splits, unseen):
    reference, stand_in = splits
    with pytest.raises(InputError, match="labelled split"):
        judge_digits(unseen.images, None, replace(reference, labels=None), stand_in)
