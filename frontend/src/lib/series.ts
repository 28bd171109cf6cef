/** Curves over training steps: appending rows, values at a step, ranges. */

import type { Curves } from './types';

type Column = (number | null)[];

/** Return the index of the last step that is not above `step`; -1 if all are above. */
export function indexAt(steps: readonly number[], step: number): number {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle]! <= step) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Return the step nearest to `step`, or null if there is none. */
export function nearest(steps: readonly number[], step: number): number | null {
  const index = indexAt(steps, step);
  const before = steps[index];
  const after = steps[index + 1];
  if (before === undefined || after === undefined) return before ?? after ?? null;
  return step - before <= after - step ? before : after;
}

/** Append newer rows to curves.
 *
 * Rows at or after the first new step are superseded: a run that was resumed has repeated them.
 */
export function appended(curves: Curves, newer: Curves): Curves {
  if (newer.step.length === 0) return { ...curves, seq: Math.max(curves.seq, newer.seq) };
  const kept = indexAt(curves.step, newer.step[0]! - 1) + 1;
  const merge = (key: 'series' | 'low' | 'high') => {
    const old = curves[key];
    const fresh = newer[key];
    if (!old && !fresh) return undefined;
    const names = new Set([...Object.keys(old ?? {}), ...Object.keys(fresh ?? {}), ...(old ? Object.keys(newer.series) : [])]);
    const result: Record<string, Column> = {};
    for (const name of names) {
      // Without extremes of its own, a row is its own lowest and highest value.
      const before = old?.[name] ?? curves.series[name] ?? blank(curves.step.length);
      const after = fresh?.[name] ?? newer.series[name] ?? blank(newer.step.length);
      result[name] = [...before.slice(0, kept), ...after];
    }
    return result;
  };
  const low = merge('low');
  const high = merge('high');
  return {
    seq: newer.seq,
    step: [...curves.step.slice(0, kept), ...newer.step],
    series: merge('series')!,
    ...(low && high ? { low, high } : {}),
  };
}

function blank(length: number): Column {
  return new Array<null>(length).fill(null);
}

/** Return the value of a series at the last row that is not after `step`; null if there is none. */
export function valueAt(steps: readonly number[], values: readonly (number | null)[] | undefined, step: number): number | null {
  return values?.[indexAt(steps, step)] ?? null;
}

/** Return the names of the given prefix that a run recorded, without the prefix, sorted. */
export function namesUnder(curves: Curves, prefix: string): string[] {
  const found = Object.keys(curves.series).filter((name) => name.startsWith(prefix));
  return found.map((name) => name.slice(prefix.length)).sort();
}

/** Return a range [low, high] of values between two quantiles, so that few outliers do not flatten a curve. */
export function usualRange(values: Iterable<number | null>, share = 0.995): [number, number] | null {
  const sorted: number[] = [];
  for (const value of values) if (value !== null && Number.isFinite(value)) sorted.push(value);
  if (sorted.length === 0) return null;
  sorted.sort((one, other) => one - other);
  const last = sorted.length - 1;
  return [sorted[Math.floor((1 - share) * last)]!, sorted[Math.ceil(share * last)]!];
}
