import { describe, expect, it } from 'vitest';
import {
  areEnough,
  boxAround,
  EMPTY,
  fromData,
  generator,
  MOST,
  SHAPES,
  toData,
  toSend,
  withMask,
  withShape,
  withStroke,
  type Picture,
  type Stroke,
} from '../src/lib/draw';
import type { Point } from '../src/lib/plane';

const brush: Stroke = { tool: 'brush', width: 0.1, density: 10, path: [[0.2, 0.5], [0.5, 0.5], [0.8, 0.5]] };
const positions = ({ points, box }: Picture) => points.map((point) => fromData(box, point));

describe('the generator', () => {
  it('gives the same numbers for the same seed, and others for another', () => {
    const some = (seed: number) => Array.from({ length: 100 }, generator(seed));
    expect(some(3)).toEqual(some(3));
    expect(some(3)).not.toEqual(some(4));
    expect(new Set([...some(0), ...some(1), ...some(2)]).size).toBe(300);
  });

  it('is uniform on [0, 1)', () => {
    const numbers = Array.from({ length: 20_000 }, generator(1));
    expect(numbers.reduce((a, b) => a + b) / numbers.length).toBeCloseTo(0.5, 2);
    for (const tenth of [0, 0.1, 0.5, 0.9]) {
      expect(numbers.filter((one) => one >= tenth && one < tenth + 0.1).length / numbers.length).toBeCloseTo(0.1, 1);
    }
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
  });
});

describe('a stroke of the brush', () => {
  it('gives the same points whenever it is drawn the same', () => {
    const drawn = () => withStroke(withStroke(EMPTY, brush), brush);
    expect(drawn()).toEqual(drawn());
    const [first, second] = [withStroke(EMPTY, brush).points, drawn().points.slice(withStroke(EMPTY, brush).points.length)];
    expect(second).toHaveLength(first.length);
    expect(second).not.toEqual(first); // a second stroke is not a copy of the first
  });

  it('has as many points as its density says, all under the brush', () => {
    const found = positions(withStroke(EMPTY, brush));
    expect(Math.abs(found.length - (10 + 60))).toBeLessThanOrEqual(1); // the last one lies at the end
    for (const [x, y] of found) {
      expect(Math.abs(y - 0.5)).toBeLessThanOrEqual(0.05 + 1e-9);
      expect(x).toBeGreaterThan(0.149);
      expect(x).toBeLessThan(0.851);
    }
  });

  it('only gets further points while it becomes longer', () => {
    for (const count of [1, 2]) {
      const part = withStroke(EMPTY, { ...brush, path: brush.path.slice(0, count) }).points;
      expect(withStroke(EMPTY, brush).points.slice(0, part.length)).toEqual(part);
    }
  });

  it('does not depend on how often its position was reported', () => {
    const often = Array.from({ length: 31 }, (_, i): Point => [0.2 + 0.02 * i, 0.5]);
    const [one, other] = [withStroke(EMPTY, brush), withStroke(EMPTY, { ...brush, path: often })].map(positions);
    expect(Math.abs(one!.length - other!.length)).toBeLessThanOrEqual(1);
    one!.slice(0, 60).forEach(([x, y], i) => {
      expect(other![i]![0]).toBeCloseTo(x, 9);
      expect(other![i]![1]).toBeCloseTo(y, 9);
    });
  });

  it('stays inside of the drawing', () => {
    const found = positions(withStroke(EMPTY, { ...brush, width: 0.4, path: [[0, 0], [1, 1]] }));
    expect(found.length).toBeGreaterThan(10);
    expect(found.every((point) => point.every((value) => value >= 0 && value <= 1))).toBe(true);
  });

  it('stops at 20,000 points', () => {
    let picture: Picture = EMPTY;
    for (let i = 0; i < 25; i += 1) picture = withShape(picture, 'moons');
    expect(picture.points).toHaveLength(MOST);
    expect(withStroke(picture, brush).points).toHaveLength(MOST);
  });
});

describe('the eraser', () => {
  const at = (...found: Point[]): Picture => ({ ...EMPTY, points: found.map((one) => toData(EMPTY.box, one)) });
  const eraser: Stroke = { ...brush, tool: 'eraser' };

  it('removes what it touches, also between two positions, and nothing else', () => {
    const picture = at([0.2, 0.54], [0.35, 0.46], [0.8, 0.5], [0.35, 0.56], [0.1, 0.5]);
    expect(withStroke(picture, eraser).points).toEqual(picture.points.slice(3));
  });

  it('removes the same segment by segment', () => {
    const picture = withShape(EMPTY, 'grid');
    const parts = [1, 2].reduce((one, end) => withStroke(one, { ...eraser, path: eraser.path.slice(end - 1, end + 1) }), picture);
    expect(parts.points).toEqual(withStroke(picture, eraser).points);
    expect(parts.points.length).toBeLessThan(picture.points.length);
  });
});

describe('shapes', () => {
  it.each(SHAPES)('%s has 1,000 points inside of the drawing, the same each time', (shape) => {
    const picture = withShape(EMPTY, shape);
    expect(picture.points).toHaveLength(1000);
    expect(withShape(EMPTY, shape)).toEqual(picture);
    expect(positions(picture).every((point) => point.every((value) => value > 0 && value < 1))).toBe(true);
    const [x, y] = [0, 1].map((axis) => positions(picture).reduce((sum, point) => sum + point[axis]!, 0) / 1000);
    expect(x).toBeCloseTo(0.5, 1);
    expect(y).toBeCloseTo(0.5, 1);
  });

  it('of a letter lie on its opaque pixels, with the top of the image at the top', () => {
    const alpha = [0, 255, 0, 0]; // top right
    const found = positions(withMask(EMPTY, alpha, 2));
    expect(found).toHaveLength(1000);
    expect(found.every(([x, y]) => x >= 0.5 && y >= 0.5)).toBe(true);
    expect(withMask(EMPTY, [0, 0, 0, 0], 2).points).toEqual([]);
  });
});

it('a box has a margin, and is square unless one side is much longer', () => {
  expect(boxAround([[0, 0], [10, 5]])).toEqual([-1, -3.5, 11, 8.5]);
  const [x0, y0, x1, y1] = boxAround([[0, 0], [1000, 1]]);
  expect([x0, x1]).toEqual([-100, 1100]);
  expect(y1 - y0).toBeCloseTo(1.2);
  for (const box of [boxAround([[2, 3]]), boxAround([[0, 0], [5, 0]])]) {
    expect(box[2] - box[0]).toBeGreaterThan(0);
    expect(box[3] - box[1]).toBeGreaterThan(0);
  }
});

it('what is sent equals the points in 32 bits, and fits into a request', () => {
  const random = generator(5);
  const points = Array.from({ length: MOST }, (): Point => [(random() - 0.5) * 2e-7, (random() - 0.5) * 2e6]);
  const sent = toSend(points);
  expect(sent.slice(0, 500).map(([, y]) => Math.fround(y))).toEqual(points.slice(0, 500).map(([, y]) => Math.fround(y)));
  expect(JSON.stringify({ points: sent }).length).toBeLessThan(1 << 20);
});

it('three points are enough, if they differ in 32 bits', () => {
  const [one, same]: Point[] = [[1, 1], [1, 1 + 1e-12]];
  expect([[], [one!, same!, [1, 2]], [one!, [1, 2], same!, [2, 1]]].map((points) => areEnough(points as Point[]))).toEqual([false, false, true]);
});
