/** Points that are drawn: strokes, shapes and files as points, reproducible from a seed. Positions are from 0 to 1, y upwards. */

import type { Box, Point } from './plane';

export const FEWEST = 3;
export const MOST = 20_000;
export const LARGEST = 1e6; // absolute value of a coordinate
const USUAL_BOX: Box = [-1.5, -1.5, 1.5, 1.5];
const SHAPE_POINTS = 1000;

/** What has been drawn so far. */
export interface Picture {
  points: readonly Point[];
  /** The part of the plane that is shown. */
  box: Box;
  /** Number of strokes and shapes so far: the seed of the next one. */
  strokes: number;
}

export const EMPTY: Picture = { points: [], box: USUAL_BOX, strokes: 0 };

export type Tool = 'brush' | 'eraser';

export interface Stroke {
  tool: Tool;
  /** Diameter, between 0 and 1. */
  width: number;
  /** Points for each diameter of length. */
  density: number;
  path: readonly Point[];
}

/** Return a generator of numbers in [0, 1) that depend on the seed only (mulberry32). */
export function generator(seed: number): () => number {
  let state = (seed + 1) * 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function toData([x0, y0, x1, y1]: Box, [u, v]: Point): Point {
  return [x0 + u * (x1 - x0), y0 + v * (y1 - y0)];
}

export function fromData([x0, y0, x1, y1]: Box, [x, y]: Point): Point {
  return [(x - x0) / (x1 - x0), (y - y0) / (y1 - y0)];
}

/** Return a picture with a stroke; at most 20,000 points are kept. */
export function withStroke(picture: Picture, stroke: Stroke): Picture {
  const strokes = picture.strokes + 1;
  if (stroke.tool === 'eraser') return { ...picture, points: erased(picture, stroke), strokes };
  return withPositions(picture, strokePositions(stroke, generator(picture.strokes)));
}

export function withShape(picture: Picture, shape: Shape): Picture {
  return withPositions(picture, shapePositions(shape, generator(picture.strokes)));
}

/** Return a picture with points on the opaque pixels of a square image, row by row from the top. */
export function withMask(picture: Picture, alpha: ArrayLike<number>, side: number): Picture {
  return withPositions(picture, maskPositions(alpha, side, generator(picture.strokes)));
}

function withPositions(picture: Picture, positions: readonly Point[]): Picture {
  const added = positions.slice(0, MOST - picture.points.length).map((position) => toData(picture.box, position));
  return { ...picture, points: [...picture.points, ...added], strokes: picture.strokes + 1 };
}

/**
 * Return random positions along a stroke. A longer stroke begins with the positions of a shorter one, so that no point moves
 * while it is drawn.
 */
function strokePositions({ width, density, path }: Stroke, random: () => number): Point[] {
  const found: Point[] = [];
  const drop = ([x, y]: Point) => {
    const [radius, angle] = [(width / 2) * Math.sqrt(random()), 2 * Math.PI * random()];
    const [u, v] = [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
    if (u >= 0 && u <= 1 && v >= 0 && v <= 1) found.push([u, v]);
  };
  if (path[0]) for (let i = 0; i < density; i += 1) drop(path[0]);
  const gap = width / density;
  let wait = gap; // length until the next point
  for (let i = 1; i < path.length; i += 1) {
    const [[x0, y0], [x1, y1]] = [path[i - 1]!, path[i]!];
    const length = Math.hypot(x1 - x0, y1 - y0);
    for (; wait <= length; wait += gap) {
      const share = wait / length;
      drop([x0 + (x1 - x0) * share, y0 + (y1 - y0) * share]);
    }
    wait -= length;
  }
  return found;
}

function erased({ points, box }: Picture, { path, width }: Stroke): readonly Point[] {
  const away = (point: Point) => {
    const position = fromData(box, point);
    return path.every((end, i) => distance(position, path[Math.max(0, i - 1)]!, end) > width / 2);
  };
  return points.filter(away);
}

/** Return the distance of a position from a segment. */
function distance([x, y]: Point, [x0, y0]: Point, [x1, y1]: Point): number {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const squared = dx * dx + dy * dy;
  const share = squared === 0 ? 0 : Math.min(Math.max(((x - x0) * dx + (y - y0) * dy) / squared, 0), 1);
  return Math.hypot(x - x0 - share * dx, y - y0 - share * dy);
}

export const SHAPES = ['moons', 'spiral', 'ring', 'grid'] as const;
export type Shape = (typeof SHAPES)[number];

/** Positions of one random point of each shape, without noise, for coordinates from −1 to 1; and the noise. */
const CURVES: Record<Shape, { noise: number; at: (random: () => number) => Point }> = {
  moons: {
    noise: 0.04,
    at: (random) => {
      const [upper, angle] = [random() < 0.5, Math.PI * random()];
      const [x, y] = [0.55 * Math.cos(angle), 0.55 * Math.sin(angle)];
      return upper ? [x - 0.27, y - 0.14] : [x + 0.27, 0.14 - y];
    },
  },
  spiral: {
    noise: 0.015,
    at: (random) => {
      const [radius, side] = [Math.sqrt(random()), random() < 0.5 ? 1 : -1];
      const angle = 3 * Math.PI * radius;
      return [0.85 * side * radius * Math.cos(angle), 0.85 * side * radius * Math.sin(angle)];
    },
  },
  ring: {
    noise: 0.025,
    at: (random) => {
      const angle = (Math.PI / 4) * Math.floor(8 * random());
      return [0.7 * Math.cos(angle), 0.7 * Math.sin(angle)];
    },
  },
  grid: {
    noise: 0.02,
    at: (random) => [0.38 * (Math.floor(5 * random()) - 2), 0.38 * (Math.floor(5 * random()) - 2)],
  },
};

function shapePositions(shape: Shape, random: () => number): Point[] {
  const { noise, at } = CURVES[shape];
  return Array.from({ length: SHAPE_POINTS }, () => {
    const [x, y] = at(random);
    const [radius, angle] = [noise * Math.sqrt(-2 * Math.log(1 - random())), 2 * Math.PI * random()];
    return [0.5 + (x + radius * Math.cos(angle)) / 2, 0.5 + (y + radius * Math.sin(angle)) / 2];
  });
}

function maskPositions(alpha: ArrayLike<number>, side: number, random: () => number): Point[] {
  const opaque: number[] = [];
  for (let i = 0; i < alpha.length; i += 1) if (alpha[i]! > 127) opaque.push(i);
  if (opaque.length === 0) return [];
  return Array.from({ length: SHAPE_POINTS }, () => {
    const pixel = opaque[Math.floor(opaque.length * random())]!;
    return [((pixel % side) + random()) / side, 1 - (Math.floor(pixel / side) + random()) / side];
  });
}

/** Return a box around points with a margin; square, unless one of its sides is much longer. */
export function boxAround(points: readonly Point[]): Box {
  const [low, high] = [[Infinity, Infinity], [-Infinity, -Infinity]];
  for (const point of points) {
    for (const axis of [0, 1] as const) {
      low[axis] = Math.min(low[axis]!, point[axis]);
      high[axis] = Math.max(high[axis]!, point[axis]);
    }
  }
  const sizes = [0, 1].map((axis) => high[axis]! - low[axis]!);
  const longest = Math.max(...sizes) || 1;
  const even = Math.min(...sizes) > longest / 4;
  const [width, height] = sizes.map((size) => 1.2 * (even || size === 0 ? longest : size)) as [number, number];
  const [x, y] = [(low[0]! + high[0]!) / 2, (low[1]! + high[1]!) / 2];
  return [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
}

/** Return points with the nine digits that a 32-bit number has, so that they fit into one request. */
export function toSend(points: readonly Point[]): [number, number][] {
  return points.map(([x, y]) => [Number(Math.fround(x).toPrecision(9)), Number(Math.fround(y).toPrecision(9))]);
}

/** Return whether there are enough different points to train on. */
export function areEnough(points: readonly Point[]): boolean {
  const seen = new Set<string>();
  return points.some(([x, y]) => seen.add(`${Math.fround(x)},${Math.fround(y)}`).size >= FEWEST);
}
