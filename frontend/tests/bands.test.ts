import { describe, expect, it } from 'vitest';
import { band, onCommonSteps, seedGroups } from '../src/lib/bands';
import type { Comparison, Curves } from '../src/lib/types';

function curves(step: number[], values: (number | null)[]): Curves {
  return { seq: 0, step, series: { generator: values } };
}

describe('a band over seeds', () => {
  it('has the mean and the extremes of the runs at each step', () => {
    expect(band([curves([1, 2], [1, 5]), curves([1, 2], [3, 7])], 'generator')).toEqual({
      step: [1, 2], mean: [2, 6], low: [1, 5], high: [3, 7],
    });
  });

  it('of one run is the run', () => {
    const one = band([curves([1, 2], [1, 5])], 'generator');
    expect([one.mean, one.low, one.high]).toEqual([[1, 5], [1, 5], [1, 5]]);
  });

  it('holds each run at its last value between its rows, and forgets it after its end', () => {
    const mixed = band([curves([0, 10], [0, 10]), curves([0, 5], [2, 4])], 'generator');
    expect(mixed.step).toEqual([0, 5, 10]);
    expect(mixed.mean).toEqual([1, 2, 10]);
  });

  it('ignores runs without the series, and values that are missing', () => {
    expect(band([curves([1], [null]), { seq: 0, step: [1], series: {} }], 'generator')).toEqual({
      step: [1], mean: [null], low: [null], high: [null],
    });
    expect(band([], 'generator').step).toEqual([]);
  });

  it('keeps its rows on an axis that it shares with others', () => {
    const common = onCommonSteps([band([curves([1, 3], [1, 3])], 'generator'), band([curves([2], [2])], 'generator')]);
    expect(common.step).toEqual([1, 2, 3]);
    expect(common.bands.map((one) => one.mean)).toEqual([[1, null, 3], [null, 2, null]]);
  });
});

describe('groups of seeds', () => {
  const runs = ['a', 'b', 'c'].map((name, seed) => ({ id: name, name, seed }));
  const comparison: Comparison = { runs, settings: [], scores: [] };

  it('are single runs unless the server names groups', () => {
    expect(seedGroups(comparison)).toEqual(runs.map(({ name }, index) => ({ label: name, members: [index] })));
    expect(seedGroups({ ...comparison, seeds: { groups: [], rows: [] } })).toHaveLength(3);
  });

  it('are called as the server says, and single runs by their name', () => {
    const groups = [{ name: 'lr=1', runs: [0, 2] }, { name: 'lr=2', runs: [1] }];
    expect(seedGroups({ ...comparison, seeds: { groups, rows: [] } }).map((group) => group.label)).toEqual(['lr=1', 'b']);
  });
});
