/** The guided first runs: their chapters, settings and states, and the numbers that their texts state. */

import { toHash, type Query } from './address';
import lessons from './lessons.json';
import type { Curves, RunDetail, Shares, Summary } from './types';

export const CHAPTERS = ['points', 'curves', 'collapse', 'cure', 'digits'] as const;
export type Chapter = (typeof CHAPTERS)[number];
export const LESSONS = ['points', 'collapse', 'cure', 'digits'] as const;
/** A run of the reader; the address holds the identifier of each. */
export type Lesson = (typeof LESSONS)[number];

export const LOG_2 = Math.LN2;
export const LOG_4 = 2 * Math.LN2;
export const LONGEST = { steps: 100_000, seconds: 3600 } as const;
/** Layers of the plane that are shown at first, as in the address. */
export const FIRST_LAYERS = 'srga';
const PRESENT = 0.1; // share of what is due from which a mode counts as generated

export function chapterIn(text: string | undefined): Chapter {
  return CHAPTERS.find((one) => one === text) ?? 'points';
}

/** Return the lesson whose run a chapter shows. */
export function lessonOf(chapter: Chapter): Lesson {
  return chapter === 'curves' ? 'points' : chapter;
}

/** Return the hash of a chapter; the runs of all lessons stay in the address. */
export function toChapter(chapter: Chapter, query: Query = {}): string {
  const kept = Object.fromEntries(LESSONS.map((lesson) => [lesson, query[lesson] ?? '']));
  return toHash({ view: 'learn', id: null, query: { ...kept, chapter: chapter === 'points' ? '' : chapter } });
}

export function usualLength(lesson: Lesson): number {
  return lessons[lesson].length;
}

/** Return whether the length of a lesson is given in steps or in seconds. */
export function unitOf(lesson: Lesson): 'steps' | 'seconds' {
  return lesson === 'digits' ? 'seconds' : 'steps';
}

/** Return a length that can be trained, or null for text that is none. */
export function lengthIn(text: string, lesson: Lesson): number | null {
  const value = /^\d{1,9}$/.test(text.trim()) ? Number(text) : 0;
  return value >= 1 && value <= LONGEST[unitOf(lesson)] ? value : null;
}

/** Return the request that starts a lesson's run: the path below /api, and its content.
 *
 * collapsed: the run to fork, for the lesson that cures it
 */
export function request(lesson: Lesson, length: number, collapsed: RunDetail | null): { path: string; body: object } | null {
  if (lesson === 'cure') {
    const at = collapsed?.checkpoints.at(-1);
    if (!collapsed || at === undefined) return null;
    return { path: `runs/${collapsed.summary.id}/fork`, body: { at, words: [...lessons.cure.words, `train.steps=${at + length}`] } };
  }
  const { recipe, words } = lessons[lesson];
  const own = lesson === 'digits' ? [...words, `train.seconds=${length}`] : [...lessons.base, ...words, `train.steps=${length}`];
  return { path: 'runs', body: { recipe, words: own } };
}

/** How far a run is, as the texts distinguish it. */
export type Phase = 'before' | 'waiting' | 'first' | 'half' | 'finished' | 'paused' | 'broken';

/** Return the phase of a run; null stands for a run that has not been started. */
export function phaseOf(detail: RunDetail | null): Phase {
  if (detail === null) return 'before';
  const { status, step } = detail.summary;
  if (status === 'finished' || status === 'paused') return status;
  if (status !== 'running') return 'broken';
  if (detail.samples.length === 0 || step <= forkedAt(detail)) return 'waiting';
  return shareDone(detail) < 0.5 ? 'first' : 'half';
}

/** Return the share of the training that is done, by steps or by time, whichever ends it first. */
export function shareDone(detail: RunDetail): number {
  const { step, steps, seconds, left } = detail.summary;
  const begun = forkedAt(detail);
  const bySteps = steps ? (step - begun) / Math.max(steps - begun, 1) : 0;
  const byTime = left !== null && begun === 0 && seconds + left > 0 ? seconds / (seconds + left) : 0;
  return Math.min(Math.max(bySteps, byTime, 0), 1);
}

/** Return the step of the checkpoint that a run was forked from; 0 if it was not forked. */
export function forkedAt(detail: RunDetail): number {
  const parent = detail.provenance['parent'];
  return Number((typeof parent === 'string' && / at step (\d+)$/.exec(parent)?.[1]) || 0);
}

/** Return the number of modes that are generated, for each recorded step. */
export function modesOverTime(shares: Shares | null): { step: number[]; modes: number[]; all: number } {
  const due = shares?.due ?? [];
  const modes = (shares?.shares ?? []).map((row) => row.filter((share, mode) => share > 0 && share >= PRESENT * (due[mode] ?? 0)).length);
  return { step: shares?.step ?? [], modes, all: due.length };
}

/** Return the columns of two runs on the steps of both; a run has no value where it has none of its own. */
export function joined(one: { step: number[]; modes: number[] }, other: { step: number[]; modes: number[] }) {
  const steps = [...new Set([...one.step, ...other.step])].sort((a, b) => a - b);
  const column = ({ step, modes }: { step: number[]; modes: number[] }) => {
    const known = new Map(step.map((at, index) => [at, modes[index]!]));
    return steps.map((at) => known.get(at) ?? null);
  };
  return { steps, columns: [column(one), column(other)] as const };
}

/** Return the last recorded value of a curve with its step, or null. */
export function lastValue(curves: Curves | null, name: string): { step: number; value: number } | null {
  const values = curves?.series[name] ?? [];
  for (let row = values.length - 1; row >= 0; row -= 1) {
    const value = values[row];
    if (value !== null && value !== undefined) return { step: curves!.step[row]!, value };
  }
  return null;
}

/** Return on which side of an expected loss a value is; differences that scatter from batch to batch do not count. */
export function side(value: number, expected: number): 'below' | 'near' | 'above' {
  if (Math.abs(value - expected) <= 0.1 * expected) return 'near';
  return value < expected ? 'below' : 'above';
}

/** Return whether the losses of a run are those of which the texts speak. */
export function hasStandardLoss(detail: RunDetail): boolean {
  return detail.settings.some(({ key, value }) => key === 'objective.kind' && value === 'non-saturating');
}

/** Return a run of the folder for each lesson, for readers who cannot start any; the newest first. */
export function existing(runs: readonly Summary[]): Partial<Record<Lesson, string>> {
  const newest = [...runs].sort((a, b) => (b.changed ?? 0) - (a.changed ?? 0)).filter((run) => run.status !== 'damaged');
  const onPoints = newest.filter((run) => run.recipe === 'ring' || run.data === 'ring');
  const collapse = onPoints.find((run) => hasCollapsed(run) && newest.some((other) => other.parent === run.id)) ?? onPoints.find(hasCollapsed);
  const found: Record<Lesson, Summary | undefined> = {
    points: onPoints.find((run) => !hasCollapsed(run) && run.parent === null),
    collapse,
    cure: newest.find((run) => collapse && run.parent === collapse.id && !hasCollapsed(run)),
    digits: newest.find((run) => run.recipe === 'digits') ?? newest.find((run) => run.data === 'mnist'),
  };
  return Object.fromEntries(LESSONS.flatMap((lesson) => (found[lesson] ? [[lesson, found[lesson].id]] : [])));
}

export function hasCollapsed(run: { findings: readonly { name: string }[] }): boolean {
  return run.findings.some(({ name }) => name === 'collapse' || name === 'partial-collapse');
}
