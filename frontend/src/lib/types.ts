/** What the server sends. All texts come from run files and are untrusted: show them as text only. */

export type Status = 'running' | 'paused' | 'waiting' | 'finished' | 'stopped' | 'diverged' | 'failed' | 'damaged';
export const STATUSES: readonly Status[] = ['running', 'paused', 'waiting', 'finished', 'stopped', 'diverged', 'failed', 'damaged'];

export interface Session {
  version: string;
  folder: string;
  read_only: boolean;
  token_needed: boolean;
  plugins: string[];
  languages: string[];
}

export interface Score {
  name: string;
  value: number;
  floor: number | null;
  error: number | null;
}

export interface BriefFinding {
  name: string;
  title: string;
  grave: boolean;
}

export interface Group {
  kind: 'study' | 'trial';
  name: string;
  variant: string | null;
}

export interface Summary {
  id: string;
  name: string;
  /** Changes when another run takes the place of this one. */
  version?: string;
  recipe: string | null;
  data: string | null;
  status: Status;
  step: number;
  steps: number | null;
  seconds: number;
  left: number | null;
  started: number | null;
  changed: number | null;
  parent: string | null;
  group: Group | null;
  seed: number | null;
  tags: string[];
  note: string;
  score: Score | null;
  losses: { discriminator: number; generator: number } | null;
  findings: BriefFinding[];
  picture: number | null;
  error: string | null;
}

export interface RunList {
  revision: number | string;
  runs: Summary[];
  gone?: string[];
}

export interface Setting {
  key: string;
  value: unknown;
  default: unknown;
  changed: boolean;
  doc: string;
}

export type Shape = string | number[] | null;

export interface LayerTable {
  network: string;
  rows: { name: string; kind?: string; shape: Shape; output?: Shape; parameters: number | null }[];
  parameters: number;
}

export interface Remedy {
  label: string;
  words: string[];
  at: number | null;
}

export interface Finding {
  name: string;
  title: string;
  text: string;
  /** The text in Chinese; null if there is no translation. */
  chinese?: string | null;
  meaning: string;
  grave: boolean;
  /** The step at which it was logged; null if only the newest diagnosis has it. */
  step: number | null;
  since: number | null;
  commands: string[];
  remedies: Remedy[];
}

export interface Steered {
  seq: number;
  step: number;
  action: string;
  value: number | null;
  by: string;
  note: string;
}

export interface Citation {
  name: string;
  title: string;
  reference: string;
}

export interface RunDetail {
  summary: Summary;
  settings: Setting[];
  layers: LayerTable[] | null;
  /** The layers are still being counted. */
  pending?: boolean;
  /** Why there are no layers. */
  without_layers?: string;
  citations: Citation[];
  command: string;
  provenance: Record<string, unknown>;
  classes: string[];
  shape: number[];
  translates: boolean;
  points: boolean;
  checkpoints: number[];
  samples: number[];
  findings: Finding[];
  machine: string | null;
  memory: number | null;
  seconds: number;
  left: number | null;
  notes: unknown;
  steered?: Steered | null;
  slow?: number | null;
  /** What is damaged; the rest is shown. */
  error?: string | null;
}

export interface Curves {
  seq: number;
  step: number[];
  series: Record<string, (number | null)[]>;
  low?: Record<string, (number | null)[]>;
  high?: Record<string, (number | null)[]>;
  reset?: boolean;
  /** False while the server is still reading a long log. */
  complete?: boolean;
}

export interface Histograms {
  edges: number[];
  step: number[];
  real: number[][];
  fake: number[][];
}

export interface Shares {
  sorts: 'class' | 'mode' | 'cluster';
  names: string[];
  due: number[];
  step: number[];
  shares: number[][];
  lost: { name: string; step: number; until?: number | null }[];
}

export interface ScoreCurve {
  title: string;
  meaning: string;
  floor: number | null;
  lower_is_better: boolean | null;
  step: number[];
  value: number[];
  error: (number | null)[];
}

export interface FinalScore {
  split: string;
  name: string;
  value: number;
  floor: number | null;
  error: number | null;
  interval: [number, number] | null;
  n: number | null;
}

export interface Scores {
  names: Record<string, ScoreCurve>;
  final: FinalScore[];
}

export interface Normal {
  discriminator: [number, number] | null;
  generator: [number, number] | null;
  sentence?: string;
}

export interface FormField {
  key: string;
  type: 'integer' | 'number' | 'boolean' | 'choice' | 'text' | 'list';
  default: unknown;
  choices: string[] | null;
  minimum: number | null;
  maximum: number | null;
  doc: string;
  source: string | null;
  optional?: boolean;
  /** Another value loads other fields. */
  kind?: boolean;
  /** The minimum or maximum itself is not allowed. */
  above?: boolean;
  below?: boolean;
  /** What each choice is, in one line. */
  lines?: Record<string, string>;
  /** Choices from plug-ins. */
  own?: string[];
}

export interface Form {
  recipes: { name: string; line: string; source: string | null }[];
  groups: { key: string; title: string; doc: string; fields: FormField[] }[];
}

export type FormCheck =
  | { ok: true; experiment: { key: string; value: unknown }[]; command: string }
  | { ok: false; error: string; field: string | null; code?: string };

export interface Started {
  id: string | null;
  name: string;
  job: string;
}

export interface Job {
  status: 'starting' | 'running' | 'failed' | 'done';
  run: string | null;
  output: string;
}

export type Verdict = 'better' | 'worse' | 'same' | 'unknown';

export interface ComparedScore {
  split: string | null;
  name: string;
  title: string;
  lower_is_better: boolean | null;
  floor: number | null;
  values: ({ value: number; error: number | null; interval: [number, number] | null } | null)[];
  differences: (Difference & { run: number })[];
}

export interface Difference {
  difference: number | null;
  interval: [number, number] | null;
  verdict: Verdict;
  text: string;
}

/** Runs that differ only in their seed, and the means of their scores. */
export interface SeedComparison {
  groups: { name: string; runs: number[] }[];
  rows: {
    split: string;
    name: string;
    floor: number | null;
    values: { mean: number; interval: [number, number] | null }[];
    differences: Difference[];
  }[];
}

export interface Comparison {
  runs: { id: string; name: string; seed: number | null }[];
  settings: { key: string; values: unknown[] }[];
  scores: ComparedScore[];
  seeds?: SeedComparison;
}
