import { describe, expect, it } from 'vitest';
import { appended, indexAt, namesUnder, nearest, usualRange, valueAt } from '../src/lib/series';
import { stackedShares } from '../src/lib/shares';
import type { Curves } from '../src/lib/types';

function curves(seq: number, step: number[], values: (number | null)[], name = 'generator'): Curves {
  return { seq, step, series: { [name]: values } };
}

describe('rows that arrive later', () => {
  it('are appended in order', () => {
    const merged = appended(curves(1, [100, 200], [1, 2]), curves(2, [300], [3]));
    expect(merged).toEqual(curves(2, [100, 200, 300], [1, 2, 3]));
  });

  it('replace the rows that a resumed run repeats', () => {
    const merged = appended(curves(5, [100, 200, 300, 400], [1, 2, 3, 4]), curves(9, [300, 400, 500], [30, 40, 50]));
    expect(merged).toEqual(curves(9, [100, 200, 300, 400, 500], [1, 2, 30, 40, 50]));
  });

  it('replace everything if the run began again', () => {
    expect(appended(curves(5, [100, 200], [1, 2]), curves(9, [100], [7])).step).toEqual([100]);
  });

  it('change nothing but the number of the newest line if there are none', () => {
    expect(appended(curves(5, [100], [1]), curves(7, [], []))).toEqual(curves(7, [100], [1]));
  });

  it('may have series that appear or stop', () => {
    const merged = appended(curves(1, [1], [1], 'a'), curves(2, [2], [5], 'b'));
    expect(merged.series).toEqual({ a: [1, null], b: [null, 5] });
  });

  it('count as their own extremes among rows that were condensed', () => {
    const condensed = { ...curves(1, [100], [1]), low: { generator: [0] }, high: { generator: [2] } };
    const merged = appended(condensed, curves(2, [200], [5]));
    expect(merged.low).toEqual({ generator: [0, 5] });
    expect(merged.high).toEqual({ generator: [2, 5] });
  });

  it('leave the former curves as they were', () => {
    const before = curves(1, [100], [1]);
    appended(before, curves(2, [100], [9]));
    expect(before).toEqual(curves(1, [100], [1]));
  });
});

describe('a step', () => {
  it('is found as the last one that is not later', () => {
    expect([-1, 0, 5, 10, 15, 99].map((step) => indexAt([0, 10, 20], step))).toEqual([-1, 0, 0, 1, 1, 2]);
    expect(indexAt([], 5)).toBe(-1);
  });

  it('agrees with a search from the front, for random steps', () => {
    const steps = Array.from({ length: 50 }, (_, index) => index * 3 + (index % 2));
    for (let step = -2; step < 160; step++) {
      expect(indexAt(steps, step)).toBe(steps.filter((one) => one <= step).length - 1);
    }
  });

  it('has its value, or none before the first row', () => {
    expect([50, 150, 999].map((step) => valueAt([100, 200], [1, null], step))).toEqual([null, 1, null]);
    expect(valueAt([100], undefined, 100)).toBeNull();
  });

  it('may be rounded to the nearest row', () => {
    expect([0, 14, 16, 99].map((step) => nearest([10, 20], step))).toEqual([10, 10, 20, 20]);
    expect(nearest([], 1)).toBeNull();
  });
});

it('terms of a loss are found by the name of the player', () => {
  expect(namesUnder({ ...curves(1, [], []), series: { generator: [], 'generator.r2': [], 'generator.objective': [], gx: [] } }, 'generator.')).toEqual([
    'objective', 'r2',
  ]);
});

it('few outliers do not widen the usual range, and missing values do not count', () => {
  const values = [...Array.from({ length: 1000 }, (_, index) => index / 1000), 1e9, null, NaN];
  const [low, high] = usualRange(values)!;
  expect(low).toBeLessThan(0.01);
  expect(high).toBeLessThan(1);
  expect(usualRange([null])).toBeNull();
});

it('stacked shares end at their sum', () => {
  expect(stackedShares([[0.25, 0.5], [0.25, 0], [0.5, 0.5]]).at(-1)).toEqual([1, 1]);
});
