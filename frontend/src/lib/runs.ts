/** The list of runs: merging news, filtering, sorting, grouping. */

import { STATUSES, type Status, type Summary } from './types';

export const SORTS = ['changed', 'name', 'status', 'progress', 'left', 'score', 'findings'] as const;
export type Sort = (typeof SORTS)[number];

export const MOST_COMPARED = 12;

export interface Filter {
  text: string;
  status: string;
  tag: string;
}

/** Return the list with changed runs replaced and new ones added; ids in `gone` are removed. */
export function updated(runs: readonly Summary[], changed: readonly Summary[], gone: readonly string[] = []): Summary[] {
  const byId = new Map(runs.map((run) => [run.id, run]));
  for (const run of changed) byId.set(run.id, run);
  for (const id of gone) byId.delete(id);
  return [...byId.values()];
}

/** Return whether a run has every word of the text in its name, recipe, data, tags or note, and the status and tag. */
export function matches(run: Summary, { text, status, tag }: Filter): boolean {
  if (status && run.status !== status) return false;
  if (tag && !run.tags.includes(tag)) return false;
  const place = [run.name, run.recipe, run.data, run.group?.name, run.note, ...run.tags].join('\n').toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => place.includes(word));
}

export function tagsOf(runs: readonly Summary[]): string[] {
  return [...new Set(runs.flatMap((run) => run.tags))].sort();
}

/** Return the share of training that is done, or null if the run has no planned number of steps. */
export function progress(run: Summary): number | null {
  return run.steps ? Math.min(run.step / run.steps, 1) : null;
}

type Key = string | number | null;

const KEYS: Record<Sort, (run: Summary) => Key> = {
  changed: (run) => run.changed && -run.changed,
  name: (run) => run.name,
  status: (run) => STATUSES.indexOf(run.status),
  progress: (run) => negated(progress(run)),
  left: (run) => run.left,
  score: (run) => (run.score ? run.score.value : null),
  findings: (run) => negated(gravity(run)),
};

function negated(value: number | null): number | null {
  return value === null ? null : -value;
}

function gravity(run: Summary): number {
  return run.findings.reduce((sum, finding) => sum + (finding.grave ? 100 : 1), 0);
}

/** Return the runs in order; runs without the value come last in both directions, equal ones are sorted by name. */
export function sorted(runs: readonly Summary[], sort: Sort, reversed: boolean): Summary[] {
  const key = KEYS[sort];
  return [...runs].sort((one, other) => {
    const [a, b] = [key(one), key(other)];
    if (a === null || b === null) return a === b ? byName(one, other) : a === null ? 1 : -1;
    const order = typeof a === 'string' ? compareText(a, String(b)) : a - Number(b);
    return (reversed ? -order : order) || byName(one, other);
  });
}

const collator = new Intl.Collator('en', { numeric: true });

function compareText(one: string, other: string): number {
  return collator.compare(one, other);
}

function byName(one: Summary, other: Summary): number {
  return compareText(one.name, other.name);
}

export interface Section {
  key: string;
  kind: 'study' | 'trial' | null;
  name: string;
  runs: Summary[];
  statuses: { status: Status; count: number }[];
}

/** Return sections of runs in the order of their first run; runs without a group form one section each time they follow. */
export function sections(runs: readonly Summary[]): Section[] {
  const found = new Map<string, Summary[]>();
  for (const run of runs) {
    const key = run.group ? `${run.group.kind}\n${run.group.name}` : '';
    const members = found.get(key);
    if (members) members.push(run);
    else found.set(key, [run]);
  }
  return [...found].map(([key, members]) => {
    const group = members[0]!.group;
    const counts = STATUSES.map((status) => ({ status, count: members.filter((run) => run.status === status).length }));
    return {
      key,
      kind: key ? group!.kind : null,
      name: key ? group!.name : '',
      runs: members,
      statuses: counts.filter((one) => one.count > 0),
    };
  });
}

/** Return the last part of a run's name and the folders before it. */
export function nameParts(name: string): { folder: string; base: string } {
  const cut = name.lastIndexOf('/') + 1;
  return { folder: name.slice(0, cut), base: name.slice(cut) };
}
