/** The state of the view that plays with a run, as its address holds it, and the addresses of what it shows. */

import type { Query } from './address';
import { get, search } from './api';

export interface PlayAbout {
  latent: number;
  classes: string[];
  conditional: boolean;
  shape: number[];
  points: boolean;
  weights: string[];
  step: number;
  steps: number[];
  /** Number of directions, strongest first. */
  directions: number;
  strengths: number[];
}

export interface Nearest {
  images: string;
  distances: number[];
  /** Median distance of held-out images to their nearest training image. */
  typical: number | null;
  rows: number[];
  labels: string[];
}

export interface PlayState {
  seed: number;
  /** Number of the chosen sample of the grid. */
  index: number;
  /** Empty for all classes in turn. */
  label: string;
  truncation: number | null;
  /** Empty for the usual ones. */
  weights: string;
  step: number | null;
  /** Standard deviations along each direction. */
  move: number[];
  corners: number[];
  cornerLabels: string[];
  x: number;
  y: number;
  filmSeeds: number[];
  frames: number;
}

export const SAMPLES = 64;
export const COLUMNS = 8;
export const MOST_MOVE = 4;
export const LARGEST_SEED = 2 ** 53;
export const MOST_FRAMES = 240;
const GAP = 2; // pixels of a sample between samples of a grid

const wholeIn = (text: string | undefined, usual: number, most = LARGEST_SEED): number =>
  text !== undefined && /^\d{1,16}$/.test(text) && Number(text) <= most ? Number(text) : usual;

const numberIn = (text: string | undefined): number | null => {
  const value = text === undefined || text.trim() === '' ? NaN : Number(text);
  return Number.isFinite(value) ? value : null;
};

/** Return the whole numbers of a comma-separated list, without what is none. */
export function seedsIn(text: string | undefined): number[] {
  return (text ?? '')
    .split(/[\s,，]+/)
    .filter((one) => /^\d{1,16}$/.test(one) && Number(one) <= LARGEST_SEED)
    .map(Number)
    .slice(0, 16);
}

/** Return the state that an address holds; what is missing or not understood has its usual value. */
export function stateIn(query: Query): PlayState {
  const corners = seedsIn(query['corners']);
  const film = seedsIn(query['film']);
  const share = (text: string | undefined) => Math.min(Math.max(numberIn(text) ?? 0.5, 0), 1);
  const truncation = numberIn(query['truncation']);
  const labels = (query['cornerClasses'] ?? '').split(',');
  return {
    seed: wholeIn(query['seed'], 0),
    index: wholeIn(query['sample'], 0, SAMPLES - 1),
    label: query['class'] ?? '',
    truncation: truncation !== null && truncation > 0 ? truncation : null,
    weights: query['weights'] ?? '',
    step: query['at'] === undefined ? null : wholeIn(query['at'], 0, 1e12),
    move: (query['move'] ?? '').split(',').slice(0, 10).map((one) => Math.min(Math.max(numberIn(one) ?? 0, -20), 20)),
    corners: corners.length === 4 ? corners : [0, 1, 2, 3],
    cornerLabels: labels.length === 4 ? labels : ['', '', '', ''],
    x: share(query['x']),
    y: share(query['y']),
    filmSeeds: film.length >= 2 ? film : [0, 1, 2],
    frames: Math.max(1, wholeIn(query['frames'], 16, MOST_FRAMES)),
  };
}

/** Return the values of sliders as text for an address; empty if all are 0. */
export function moveText(move: readonly number[]): string {
  const values = move.map((value) => String(Number(value.toFixed(2))));
  while (values.at(-1) === '0') values.pop();
  return values.join(',');
}

/** Return the addresses of what a run computes in a state. */
export function playAddresses(id: string, state: PlayState) {
  const base = `runs/${id}`;
  const common = { weights: state.weights || null, step: state.step };
  const one = {
    ...common,
    seed: state.seed,
    index: state.index,
    label: state.label || null,
    truncation: state.truncation,
    move: moveText(state.move) || null,
  };
  const grid = (format: 'png' | 'npz' | 'json') =>
    `api/${base}/sample${search({
      ...common,
      seed: state.seed,
      n: SAMPLES,
      columns: COLUMNS,
      labels: state.label ? [state.label] : null,
      truncation: state.truncation,
      format,
    })}`;
  const corner = (x: number, y: number) => {
    const labels = state.cornerLabels.every((label) => label !== '') ? state.cornerLabels : null;
    const seeds = state.corners.join(',');
    return `api/${base}/corners${search({ ...common, seeds, labels, x, y, truncation: state.truncation, scale: 8 })}`;
  };
  return {
    grid: grid('png'),
    gridValues: grid('npz'),
    /** For points only. */
    gridPoints: grid('json'),
    sample: `api/${base}/latent${search({ ...one, scale: 8 })}`,
    /** Without "api/", for `get`. */
    nearest: `${base}/nearest${search(one)}`,
    nearestStrip: `api/${base}/nearest.png${search({ ...one, scale: 4 })}`,
    corner,
    between: corner(state.x, state.y),
    film: (format: 'gif' | 'png') =>
      `api/${base}/film${search({
        ...common,
        seeds: state.filmSeeds.join(','),
        frames: state.frames,
        labels: state.label ? [state.label] : null,
        truncation: state.truncation,
        format,
      })}`,
  };
}

/** Return the coordinates with which the server answers for runs on points. */
export async function valuesAt<T>(address: string): Promise<T> {
  return (await get<{ values: T }>(address.replace(/^api\//, ''))).values;
}

/** Return whether a run generates points that can be drawn in the plane. */
export function inPlane(about: PlayAbout | null): boolean {
  return about !== null && about.points && about.shape[0] === 2;
}

/** Return which sample of a grid lies at a place, given as shares of the picture's width and height. */
export function sampleAt(u: number, v: number): number {
  const cell = (share: number, count: number) => Math.min(Math.max(Math.floor(share * count), 0), count - 1);
  return cell(v, SAMPLES / COLUMNS) * COLUMNS + cell(u, COLUMNS);
}

/** Return where a sample lies in a grid, in shares of the picture: left, top, width, height. */
export function placeOf(index: number, [height, width]: readonly [number, number]): [number, number, number, number] {
  const rows = SAMPLES / COLUMNS;
  const [across, down] = [COLUMNS * (width + GAP) + GAP, rows * (height + GAP) + GAP];
  const [column, row] = [index % COLUMNS, Math.floor(index / COLUMNS)];
  return [(column * (width + GAP)) / across, (row * (height + GAP)) / down, (width + 2 * GAP) / across, (height + 2 * GAP) / down];
}

/** Return the sample that an arrow key leads to; the same one at the border and for other keys. */
export function neighbour(index: number, key: string): number {
  const [column, row] = [index % COLUMNS, Math.floor(index / COLUMNS)];
  if (key === 'ArrowLeft' && column > 0) return index - 1;
  if (key === 'ArrowRight' && column < COLUMNS - 1) return index + 1;
  if (key === 'ArrowUp' && row > 0) return index - COLUMNS;
  if (key === 'ArrowDown' && row < SAMPLES / COLUMNS - 1) return index + COLUMNS;
  return index;
}

export function randomSeed(): number {
  return Math.floor(Math.random() * 1_000_000);
}
