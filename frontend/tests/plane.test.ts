import { describe, expect, it } from 'vitest';
import { centred, evenArrows, layersIn, layersText, logitAt, mixed, ratioOf, stepShown, surfacePixels, zeroLine, type Snapshot } from '../src/lib/plane';

const snapshot = (changes: Partial<Snapshot>): Snapshot => ({
  step: 0,
  box: [0, 0, 1, 1],
  side: 2,
  logits: [0, 1, 2, 3],
  optimal: null,
  fakes: [[0, 0]],
  arrows: null,
  warp: null,
  divergence: null,
  ...changes,
});

describe('layers', () => {
  it('come back from their text, and the usual ones need none', () => {
    for (const text of ['', 's', 'srgwao', '-']) expect(layersText(layersIn(text))).toBe(text);
    expect(layersIn('-').size).toBe(0);
    expect(layersText(layersIn(undefined))).toBe('');
  });
});

describe('the step shown', () => {
  it('is the newest one that is not after the chosen one', () => {
    const steps = [0, 100, 200];
    expect([null, 0, 99, 100, 150, 900].map((step) => stepShown(steps, step))).toEqual([200, 0, 0, 100, 100, 200]);
    expect(stepShown([], null)).toBeNull();
  });
});

describe('a surface', () => {
  const [low, middle, high] = [[200, 0, 0], [100, 100, 100], [0, 0, 200]] as const;

  it('has its values between grid points by bilinear interpolation, and at the border outside', () => {
    const at = (x: number, y: number) => logitAt([0, 1, 2, 3], 2, [0, 0, 1, 1], [x, y]);
    expect([at(0, 0), at(1, 0), at(0, 1), at(0.5, 0.5), at(9, 9)]).toEqual([0, 1, 2, 1.5, 3]);
  });

  it('is drawn with y upwards', () => {
    const pixels = surfacePixels([-99, -99, 99, 99], 2, { low, middle, high });
    expect([...pixels.slice(0, 3)]).toEqual([...high]);
    expect([...pixels.slice(8, 11)]).toEqual([...low]);
  });

  it('has the middle colour exactly where it is undecided', () => {
    expect(mixed(0.5, low, middle, high)).toEqual(middle);
    expect(mixed(0.75, low, middle, high)).toEqual([50, 50, 150]);
  });

  it('has its line of 0 between points of different signs', () => {
    expect(zeroLine([-1, -1, 3, 3], 2)).toEqual([[1, 0.25, 0, 0.25]]);
    expect(zeroLine([1, 1, 3, 3], 2)).toEqual([]);
    expect(zeroLine([-1, 1, 1, -1], 2)).toHaveLength(2);
  });

  it('is centred between real and generated points only if its zero means nothing', () => {
    expect(centred(snapshot({}), [[1, 1]])!.map(Math.sign)).toEqual([-1, -1, 1, 1]);
    const divergence = { name: 'x', unit: 'nats', true: 1, learned: 0.5 };
    expect(centred(snapshot({ divergence }), [[1, 1]])).toEqual([0, 1, 2, 3]);
    expect(centred(snapshot({ logits: null }), [[1, 1]])).toBeNull();
    expect(centred(snapshot({ logits: [5, 5, 5, 5] }), [[1, 1]])).toEqual([0, 0, 0, 0]);
  });
});

it('arrows keep their direction, and no one is longer than twice the usual length', () => {
  const even = evenArrows([[1, 0], [0, 1], [0, -1], [1000, 0]]);
  for (const [x, y] of even) expect(Math.hypot(x, y)).toBeLessThanOrEqual(2 + 1e-9);
  expect(even[3]![1]).toBe(0);
  expect(evenArrows([[0, 0]])).toEqual([[0, 0]]);
  expect(evenArrows([])).toEqual([]);
});

it('a narrow box is stretched until it can be read', () => {
  expect([ratioOf([0, 0, 1, 1]), ratioOf([0, 0, 1e6, 1]), ratioOf([0, 0, 1, 1e6])]).toEqual([1, 3, 1 / 3]);
});
