import { describe, expect, it } from 'vitest';
import { matches, nameParts, progress, sections, sorted, SORTS, tagsOf, updated } from '../src/lib/runs';
import type { Summary } from '../src/lib/types';

function run(changes: Partial<Summary>): Summary {
  return {
    id: 'x', name: 'ring', recipe: 'ring', data: 'ring', status: 'finished', step: 0, steps: null, seconds: 0, left: null,
    started: null, changed: null, parent: null, group: null, seed: 0, tags: [], note: '', score: null, losses: null,
    findings: [], picture: null, error: null, ...changes,
  };
}
const names = (runs: readonly Summary[]) => runs.map((one) => one.name).join(' ');
const none = { text: '', status: '', tag: '' };

describe('news of runs', () => {
  it('replace, add and remove', () => {
    const before = [run({ id: '1', name: 'a' }), run({ id: '2', name: 'b' })];
    const after = updated(before, [run({ id: '2', name: 'B' }), run({ id: '3', name: 'c' })], ['1', 'unknown']);
    expect(names(after)).toBe('B c');
    expect(names(before)).toBe('a b');
  });
});

describe('the filter', () => {
  it('finds every word anywhere, in any case', () => {
    const one = run({ name: 'study/Digits-1', tags: ['good'], note: 'with R1' });
    expect(['', 'digits', 'r1 DIGITS', 'good study', '  '].every((text) => matches(one, { ...none, text }))).toBe(true);
    expect(matches(one, { ...none, text: 'digits missing' })).toBe(false);
  });

  it('takes status and tag exactly', () => {
    const one = run({ status: 'failed', tags: ['good'] });
    expect(matches(one, { ...none, status: 'failed', tag: 'good' })).toBe(true);
    expect(matches(one, { ...none, tag: 'goo' })).toBe(false);
    expect(matches(one, { ...none, status: 'fail' })).toBe(false);
  });

  it('treats special characters as text', () => {
    expect(matches(run({ name: '<b>.*' }), { ...none, text: '.*' })).toBe(true);
    expect(matches(run({ name: 'ring' }), { ...none, text: '.*' })).toBe(false);
  });
});

describe('sorting', () => {
  it('puts runs without the value last in both directions', () => {
    const score = (value: number) => ({ name: 'frechet', value, floor: null, error: null });
    const runs = [run({ name: 'none' }), run({ name: 'high', score: score(2) }), run({ name: 'low', score: score(1) })];
    expect(names(sorted(runs, 'score', false))).toBe('low high none');
    expect(names(sorted(runs, 'score', true))).toBe('high low none');
  });

  it('shows the newest, the most advanced and the gravest first', () => {
    expect(names(sorted([run({ name: 'old', changed: 1 }), run({ name: 'new', changed: 2 })], 'changed', false))).toBe('new old');
    expect(names(sorted([run({ name: 'half', step: 1, steps: 2 }), run({ name: 'done', step: 2, steps: 2 })], 'progress', false))).toBe('done half');
    const finding = (grave: boolean) => ({ name: 'x', title: 'x', grave });
    const runs = [run({ name: 'mild', findings: [finding(false), finding(false)] }), run({ name: 'grave', findings: [finding(true)] })];
    expect(names(sorted(runs, 'findings', false))).toBe('grave mild');
  });

  it('orders numbers in names by value, and never loses a run', () => {
    const runs = ['run-10', 'run-9', 'run-1'].map((name) => run({ name }));
    expect(names(sorted(runs, 'name', false))).toBe('run-1 run-9 run-10');
    for (const sort of SORTS) expect(sorted(runs, sort, true)).toHaveLength(3);
  });
});

describe('sections', () => {
  it('hold each run once, by study or trial', () => {
    const study = { kind: 'study', name: 's', variant: null } as const;
    const runs = [run({ name: 'a' }), run({ name: 'b', group: study }), run({ name: 'c', status: 'failed', group: study }), run({ name: 'd' })];
    const found = sections(runs);
    expect(found.map((one) => [one.kind, names(one.runs)])).toEqual([[null, 'a d'], ['study', 'b c']]);
    expect(found[1]!.statuses).toEqual([{ status: 'finished', count: 1 }, { status: 'failed', count: 1 }]);
  });

  it('keep a study and a trial of one name apart', () => {
    const runs = (['study', 'trial'] as const).map((kind) => run({ group: { kind, name: 's', variant: null } }));
    expect(sections(runs)).toHaveLength(2);
  });
});

it('progress is at most 1, and unknown without a planned number of steps', () => {
  expect([progress(run({ step: 5, steps: 4 })), progress(run({ step: 5 })), progress(run({ steps: 0 }))]).toEqual([1, null, null]);
});

it('tags are listed once', () => {
  expect(tagsOf([run({ tags: ['b', 'a'] }), run({ tags: ['a'] })])).toEqual(['a', 'b']);
});

it('a name is split into folder and last part', () => {
  expect([nameParts('a/b/c'), nameParts('c')]).toEqual([{ folder: 'a/b/', base: 'c' }, { folder: '', base: 'c' }]);
});
