/** Means and ranges over runs that differ only in their seeds. */

import type { Comparison, Curves } from './types';
import { indexAt } from './series';

export interface SeedGroup {
  label: string;
  /** Indices of runs. */
  members: number[];
}

/** Return the groups of runs that differ only in their seed; each other run is a group of its own. */
export function seedGroups(comparison: Comparison): SeedGroup[] {
  const groups = comparison.seeds?.groups ?? [];
  if (groups.length > 0) {
    return groups.map(({ name, runs }) => ({
      members: runs,
      label: runs.length === 1 || !name ? runs.map((index) => comparison.runs[index]!.name).join(', ') : name,
    }));
  }
  return comparison.runs.map((run, index) => ({ label: run.name, members: [index] }));
}

export interface Band {
  step: number[];
  mean: (number | null)[];
  low: (number | null)[];
  high: (number | null)[];
}

/** Return the mean and the range of a series over runs, on the union of their steps.
 *
 * Each run is held at its last value until its next row; beyond its last step a run does not count.
 */
export function band(curves: readonly Curves[], name: string): Band {
  const recorded = curves.filter((one) => one.series[name] && one.step.length > 0);
  const step = [...new Set(recorded.flatMap((one) => one.step))].sort((a, b) => a - b);
  const result: Band = { step, mean: [], low: [], high: [] };
  for (const at of step) {
    const values = recorded
      .filter((one) => at <= one.step.at(-1)!)
      .map((one) => one.series[name]![indexAt(one.step, at)])
      .filter((value): value is number => typeof value === 'number' && Number.isFinite(value));
    result.mean.push(values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null);
    result.low.push(values.length ? Math.min(...values) : null);
    result.high.push(values.length ? Math.max(...values) : null);
  }
  return result;
}

/** Put several bands on one common axis of steps; rows that a band lacks are null. */
export function onCommonSteps(bands: readonly Band[]): { step: number[]; bands: Band[] } {
  const step = [...new Set(bands.flatMap((one) => one.step))].sort((a, b) => a - b);
  const spread = bands.map((one) => {
    const rows = new Map(one.step.map((at, index) => [at, index]));
    const column = (values: (number | null)[]) => step.map((at) => values[rows.get(at) ?? -1] ?? null);
    return { step, mean: column(one.mean), low: column(one.low), high: column(one.high) };
  });
  return { step, bands: spread };
}
