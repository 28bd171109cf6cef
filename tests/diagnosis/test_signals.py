"""The signs, on logs that are written by hand: each finds what was planted and stays still where it was not."""

import pytest

from ganarium.diagnosis import signals
from ganarium.diagnosis.series import GroupedEvents, Series
from ganarium.runs.events import Event, Finding, Layers, Line, Scored, Snapshot, Span, Stopped

EVEN = [64, 64, 64, 64]


def look(step: int, counts=EVEN, **numbers) -> Snapshot:
    usual = {"spread": 1.0, "within": 1.0, "apart": 0.01, "centre": [0.0, 0.0], "nearest": 1.0, "middle": 1.0}
    return Snapshot(step, "law", sum(counts), counts, [0.25] * 4, **usual | numbers)


def span(step: int, **means: float) -> Span:
    usual = {"generator": 0.7, "discriminator": 1.4, "judged.lead": 0.6, "gradient.generator": 1.0}
    return Span(step, usual | {name.replace("_", "."): value for name, value in means.items()})


def evidence(*events: Event) -> GroupedEvents:
    return GroupedEvents.of(Line(event, seq, 0, float(seq)) for seq, event in enumerate(events))


def newest(course: Series) -> float:
    return float(course.values[-1])


def test_kinds_are_counted_by_their_entropy_at_each_look_so_that_taking_turns_is_no_variety():
    assert newest(signals.class_coverage(evidence(*(look(i) for i in range(3))))) == pytest.approx(1)
    half = evidence(*(look(i, [128, 128, 0, 0]) for i in range(3)))
    assert newest(signals.class_coverage(half)) == pytest.approx(0.5)
    turns = evidence(look(0, [256, 0, 0, 0]), look(1, [0, 256, 0, 0]), look(2, [0, 0, 256, 0]))
    assert newest(signals.class_coverage(turns)) == pytest.approx(0.25)


def test_the_rarest_kind_is_granted_what_luck_may_have_taken():
    some = evidence(*(look(i, [84, 84, 84, 4]) for i in range(3)))
    assert newest(signals.rarest_class(some)) == pytest.approx((12 + 2 * 13**0.5) / 192)


def test_a_kind_that_is_hardly_due_cannot_be_missed():
    rare = Snapshot(0, "law", 100, [100, 0], [0.999, 0.001], 1.0, 1.0, 0.0, [0.0], None, None)
    assert newest(signals.rarest_class(evidence(rare, rare, rare))) == pytest.approx((300 + 2 * 301**0.5) / 299.7)


def test_turnover_is_0_for_one_law_and_the_whole_where_kinds_take_turns():
    still = evidence(
        *(look(i, counts) for i, counts in enumerate([[60, 68, 64, 64], [66, 58, 64, 68], EVEN, EVEN, EVEN]))
    )
    assert abs(newest(signals.class_changes(still))) < 0.05
    sides = ([256, 0, 0, 0], [0, 0, 0, 256])
    assert newest(signals.class_changes(evidence(*(look(i, sides[i % 2]) for i in range(5))))) > 0.9


def test_wandering_is_the_way_from_look_to_look_and_not_where_samples_lie():
    still = evidence(*(look(i, centre=[3.0, 4.0]) for i in range(5)))
    assert newest(signals.sample_drift(still)) == 0
    to_and_fro = evidence(*(look(i, centre=[[3.0, 4.0], [0.0, 0.0]][i % 2]) for i in range(5)))
    assert newest(signals.sample_drift(to_and_fro)) == 5


def test_one_bad_moment_is_no_sign():
    looks = [look(i) for i in range(5)]
    looks[3] = look(3, spread=0.0, within=0.0, nearest=0.0, middle=0.0)
    for sign in (signals.sample_spread, signals.class_diversity, signals.training_distance, signals.mid_grey):
        assert newest(sign(evidence(*looks))) == 1


def test_fading_is_beside_the_largest_gradient_so_far():
    norms = [1.0] * 5 + [8.0] * 5 + [0.008] * 5
    course = signals.generator_gradient(evidence(*(span(i, gradient_generator=norm) for i, norm in enumerate(norms))))
    assert newest(course) == pytest.approx(1e-3)
    assert course.values[0] == 1


def test_a_layer_is_dead_that_has_had_no_gradient_for_a_while():
    alive, silent = {"generator.out": 1.0, "generator.in": 1.0}, {"generator.out": 1.0, "generator.in": 0.0}
    some = [Layers(i, alive if i < 3 else silent, alive) for i in range(8)]
    assert signals.dead_layers(evidence(*some)).values.tolist() == [0, 0, 0, 1]


def test_a_lead_is_unanswered_where_the_generator_comes_no_nearer_and_is_far():
    def log(*distances: float) -> GroupedEvents:
        events: list[Event] = [span(i, judged_lead=1.0) for i in range(5)]
        return evidence(*events, *(look(5 + i, apart=distance) for i, distance in enumerate(distances)))

    assert newest(signals.discriminator_advantage(log(0.5, 0.5, 0.5))) == pytest.approx(1)
    assert newest(signals.discriminator_advantage(log(0.8, 0.8, 0.4))) == pytest.approx(0.5)
    assert newest(signals.discriminator_advantage(log(0.01, 0.01, 0.01))) == pytest.approx(0.01 / 0.3)


def test_an_unsure_discriminator_leaves_nothing_unanswered_however_far_samples_are():
    spans = [span(i, judged_lead=0.5) for i in range(5)]
    assert newest(signals.discriminator_advantage(evidence(*spans, *(look(5 + i, apart=0.9) for i in range(3))))) == 0


def test_a_weak_discriminator_is_overlooked_only_where_samples_are_far():
    def value(lead: float, distance: float) -> float:
        spans = [span(i, judged_lead=lead) for i in range(5)]
        return newest(
            signals.discriminator_weakness(evidence(*spans, *(look(5 + i, apart=distance) for i in range(3))))
        )

    assert value(0.5, 0.9) == pytest.approx(1)
    assert value(1.0, 0.9) == 0
    assert value(0.5, 0.03) == pytest.approx(0.1)


def test_a_lead_is_known_after_two_spans_and_taken_over_five():
    young = evidence(*(span(100 * i, judged_lead=lead) for i, lead in enumerate([0.8, 1.0], 1)))
    assert signals.discriminator_auc(young).steps.tolist() == [200]
    assert newest(signals.discriminator_auc(young)) == pytest.approx(0.9)
    older = evidence(*(span(100 * i, judged_lead=lead) for i, lead in enumerate([0.0, 0.9, 0.9, 0.9, 0.1, 0.1])))
    assert newest(signals.discriminator_auc(older)) == pytest.approx(0.9)


def test_a_pause_hides_no_oscillation_and_one_leap_is_none():
    here, there = [0.0, 0.0], [2.0, 0.0]
    paused = evidence(*(look(i, centre=centre) for i, centre in enumerate([here, there, here, there, there])))
    leapt = evidence(*(look(i, centre=centre) for i, centre in enumerate([here, here, here, here, there])))
    assert newest(signals.sample_drift(paused)) == pytest.approx(1.5)
    assert newest(signals.sample_drift(leapt)) == pytest.approx(0.5)


def test_gain_is_what_samples_came_nearer_by_and_chance_is_none():
    far = evidence(*(look(i, apart=distance) for i, distance in enumerate([0.8, 0.8, 0.8, 0.4, 0.4, 0.4])))
    assert newest(signals.improvement(far)) == pytest.approx(0.5)
    narrower = evidence(*(look(i, within=spread) for i, spread in enumerate([8.0, 8.0, 8.0, 2.0, 2.0, 2.0])))
    assert newest(signals.improvement(narrower)) == pytest.approx(2 / 3)
    near = evidence(*(look(i, apart=distance) for i, distance in enumerate([0.002, 0.001, 0.0, -0.001, 0.0, 0.001])))
    assert abs(newest(signals.improvement(near))) < 0.1


def test_a_wave_has_its_period_and_a_slope_and_noise_have_none():
    def losses(values) -> GroupedEvents:
        return evidence(*(span(100 * i, generator=value) for i, value in enumerate(values)))

    from math import sin, tau

    assert signals.loss_period(losses([sin(tau * i / 8) for i in range(80)])) == pytest.approx(800, abs=100)
    assert signals.loss_period(losses([0.01 * i for i in range(80)])) is None
    assert signals.loss_period(losses([(37 * i * i) % 101 / 101 for i in range(80)])) is None
    assert signals.loss_period(losses([1.0] * 4)) is None


def test_what_was_not_recorded_has_no_course():
    empty = evidence()
    for sign in (
        signals.class_coverage,
        signals.discriminator_auc,
        signals.generator_gradient,
        signals.dead_layers,
        signals.loss_size,
        signals.improvement,
        signals.discriminator_advantage,
    ):
        assert len(sign(empty)) == 0
    assert signals.best_step(empty) is None
    without = evidence(*(look(i, nearest=None, within=None, middle=None) for i in range(4)))
    for sign in (signals.training_distance, signals.class_diversity, signals.mid_grey):
        assert len(sign(without)) == 0


def test_evidence_takes_the_first_score_the_grave_remarks_of_step_0_and_the_end():
    some = evidence(
        Finding(0, "copies", "half of them", grave=True),
        Finding(0, "prepared", "turned"),
        Scored(10, "frechet", 3.0, 0.0, 100),
        Scored(10, "modes", 8.0, 8.0, 100),
        Finding(20, "collapse", "one of eight", grave=True),
        Scored(20, "frechet", 2.0, 0.0, 100),
        Stopped(30, "diverged"),
    )
    assert some.scores.values.tolist() == [3.0, 2.0]
    assert [remark.name for remark in some.data_faults] == ["copies"]
    assert (some.ended, some.step) == ("diverged", 30)
    assert signals.best_step(some) is None  # of fewer scores than looks of a window
    assert newest(signals.data_faults(some)) == newest(signals.non_finite(some)) == 1


def test_a_course_at_other_steps_is_what_was_known_there():
    course = Series.of([(10, 1.0), (20, 2.0)])
    other = course.at(Series.of([(5, 0), (10, 0), (15, 0), (30, 0)]).steps)
    assert other.steps.tolist() == [10, 15, 30]
    assert other.values.tolist() == [1, 1, 2]
