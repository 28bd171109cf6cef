/** Snapshots of the plane as colours, lines and positions; drawn by `planeDrawing.ts`. */

import { indexAt } from './series';

export type Point = readonly [number, number];
export type Box = readonly [number, number, number, number];

export interface Snapshot {
  step: number;
  /** x0, y0, x1, y1 */
  box: Box;
  /** Number of points along each axis of a surface. */
  side: number;
  /** Logits on the grid, row by row from y0; null where the discriminator does not rate single points. */
  logits: readonly number[] | null;
  /** Logits of the optimal discriminator on the same grid. */
  optimal: readonly number[] | null;
  fakes: readonly Point[];
  /** Direction in which the generator's loss falls fastest, for the first generated points. */
  arrows: readonly Point[] | null;
  warp: { side: number; points: readonly Point[] } | null;
  divergence: { name: string; unit: string; true: number; learned: number } | null;
}

export interface PlaneList {
  steps: number[];
  data: { points: Point[] } | null;
}

/** What can be drawn, each with the letter that stands for it in the address. */
export const LAYERS = { surface: 's', real: 'r', fakes: 'g', warp: 'w', arrows: 'a', optimal: 'o' } as const;
export type Layer = keyof typeof LAYERS;
export const USUAL_LAYERS = 'srgo';

export function layersIn(text: string | undefined): Set<Layer> {
  const letters = text === undefined || text === '' ? USUAL_LAYERS : text;
  return new Set((Object.keys(LAYERS) as Layer[]).filter((layer) => letters.includes(LAYERS[layer])));
}

/** Return layers for the address; "-" for none, since an empty text means the usual ones. */
export function layersText(layers: ReadonlySet<Layer>): string {
  const text = (Object.keys(LAYERS) as Layer[]).filter((layer) => layers.has(layer)).map((layer) => LAYERS[layer]).join('');
  return text === '' ? '-' : text === sorted(USUAL_LAYERS) ? '' : text;
}

function sorted(letters: string): string {
  return Object.values(LAYERS).filter((letter) => letters.includes(letter)).join('');
}

/** Return the newest of the steps that is not after `step`, or the newest of all if `step` is null. */
export function stepShown(steps: readonly number[], step: number | null): number | null {
  if (steps.length === 0) return null;
  return steps[step === null ? steps.length - 1 : Math.max(0, indexAt(steps, step))]!;
}

/** Return the logit at a point, interpolated bilinearly; points outside get the value at the border. */
export function logitAt(logits: readonly number[], side: number, box: Box, [x, y]: Point): number {
  const [column, row] = [place(x, box[0], box[2], side), place(y, box[1], box[3], side)];
  const [left, low] = [Math.min(Math.floor(column), side - 2), Math.min(Math.floor(row), side - 2)];
  const [u, v] = [column - left, row - low];
  const at = (i: number, j: number) => logits[j * side + i]!;
  const lower = at(left, low) * (1 - u) + at(left + 1, low) * u;
  const upper = at(left, low + 1) * (1 - u) + at(left + 1, low + 1) * u;
  return lower * (1 - v) + upper * v;
}

function place(value: number, low: number, high: number, side: number): number {
  return Math.min(Math.max((value - low) / (high - low), 0), 1) * (side - 1);
}

/**
 * Return the logits shifted and scaled such that 0 is undecided.
 *
 * Objectives that compare real with generated samples leave the logits undetermined up to a constant: 0 is then the middle
 * between the mean of the real and the mean of the generated points, and the scale is that of the surface.
 */
export function centred(snapshot: Snapshot, real: readonly Point[]): readonly number[] | null {
  const { logits, side, box, fakes, divergence } = snapshot;
  if (logits === null || divergence !== null || real.length === 0 || fakes.length === 0) return logits;
  const mean = (points: readonly Point[]) =>
    points.reduce((sum, point) => sum + logitAt(logits, side, box, point), 0) / points.length;
  const middle = (mean(real) + mean(fakes)) / 2;
  const spread = logits.map((value) => Math.abs(value - middle)).sort((a, b) => a - b)[Math.floor(logits.length * 0.9)]!;
  const scale = spread > 0 ? 3 / spread : 1;
  return logits.map((value) => (value - middle) * scale);
}

type Colour = readonly [number, number, number];

/** Return the colour of a probability of being real: from `low` over `middle` to `high`, linear on both sides. */
export function mixed(probability: number, low: Colour, middle: Colour, high: Colour): Colour {
  const [end, share] = probability < 0.5 ? [low, 1 - 2 * probability] : [high, 2 * probability - 1];
  return [0, 1, 2].map((i) => Math.round(middle[i]! + (end[i]! - middle[i]!) * share)) as unknown as Colour;
}

/** Return the pixels of a surface, one for each point of the grid, from the top (largest y) to the bottom. */
export function surfacePixels(
  logits: readonly number[],
  side: number,
  colours: { low: Colour; middle: Colour; high: Colour },
): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(4 * side * side);
  for (let row = 0; row < side; row += 1) {
    for (let column = 0; column < side; column += 1) {
      const probability = 1 / (1 + Math.exp(-logits[(side - 1 - row) * side + column]!));
      pixels.set([...mixed(probability, colours.low, colours.middle, colours.high), 255], 4 * (row * side + column));
    }
  }
  return pixels;
}

/** Return the line on which a surface is 0, as segments x0, y0, x1, y1 in units of the grid (marching squares). */
export function zeroLine(values: readonly number[], side: number): [number, number, number, number][] {
  const segments: [number, number, number, number][] = [];
  for (let row = 0; row + 1 < side; row += 1) {
    for (let column = 0; column + 1 < side; column += 1) {
      const corners: [number, number, number][] = [
        [column, row, values[row * side + column]!],
        [column + 1, row, values[row * side + column + 1]!],
        [column + 1, row + 1, values[(row + 1) * side + column + 1]!],
        [column, row + 1, values[(row + 1) * side + column]!],
      ];
      const crossings: [number, number][] = [];
      for (let edge = 0; edge < 4; edge += 1) {
        const [x0, y0, v0] = corners[edge]!;
        const [x1, y1, v1] = corners[(edge + 1) % 4]!;
        if (v0 > 0 === v1 > 0) continue;
        const share = v0 / (v0 - v1);
        crossings.push([x0 + (x1 - x0) * share, y0 + (y1 - y0) * share]);
      }
      for (let i = 0; i + 1 < crossings.length; i += 2) segments.push([...crossings[i]!, ...crossings[i + 1]!]);
    }
  }
  return segments;
}

/** Return arrows with a usual length of 1 and a largest length of 2. */
export function evenArrows(arrows: readonly Point[]): Point[] {
  const lengths = arrows.map(([x, y]) => Math.hypot(x, y));
  const usual = [...lengths].sort((a, b) => a - b)[Math.floor(lengths.length * 0.75)] ?? 0;
  if (usual === 0) return arrows.map(() => [0, 0]);
  return arrows.map(([x, y], i) => {
    const scale = Math.min(1 / usual, 2 / Math.max(lengths[i]!, Number.MIN_VALUE));
    return [x * scale, y * scale];
  });
}

/** Return a box whose sides differ by at most a factor of 3, so that a narrow one stays readable. */
export function ratioOf(box: Box): number {
  return Math.min(Math.max((box[2] - box[0]) / (box[3] - box[1]), 1 / 3), 3);
}
