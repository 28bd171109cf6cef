import { describe, expect, it } from 'vitest';
import { boxOf, nearestPoint } from '../src/lib/playPoints';

describe('generated points', () => {
  it('lie in a square box with a margin', () => {
    const [x0, y0, x1, y1] = boxOf([[0, 0], [4, 1], [NaN, 9]]);
    expect(x1 - x0).toBeCloseTo(y1 - y0);
    expect(x0).toBeLessThan(0);
    expect(x1).toBeGreaterThan(4);
    expect((y0 + y1) / 2).toBeCloseTo(0.5);
  });

  it('have a box even if there are none or only one', () => {
    for (const points of [[], [[3, 3]] as const]) {
      const [x0, y0, x1, y1] = boxOf(points);
      expect([x1 > x0, y1 > y0]).toEqual([true, true]);
    }
  });

  it('are found by the place of a click', () => {
    expect(nearestPoint([[0, 0], [1, 1], [5, 5]], [2, 1])).toBe(1);
    expect(nearestPoint([], [0, 0])).toBe(-1);
  });
});
