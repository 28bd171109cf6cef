/** Draw generated points in the plane: all samples, marked ones and a path between them. */

import { onCanvas, PLANE_COLOURS, type Drawing } from './planeDrawing';
import type { Box, Point } from './plane';

export interface Mark {
  point: Point;
  /** Drawn beside the point; may be empty. */
  text: string;
}

export interface Cloud {
  real: readonly Point[];
  generated: readonly Point[];
  marks: readonly Mark[];
  path: readonly Point[];
}

const MARGIN = 0.08; // of the larger side, on each side

/** Return a square box that contains all points, with a margin. */
export function boxOf(points: readonly Point[]): Box {
  const finite = points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
  if (finite.length === 0) return [-1, -1, 1, 1];
  const [xs, ys] = [finite.map(([x]) => x), finite.map(([, y]) => y)];
  const middle = [xs, ys].map((values) => (Math.min(...values) + Math.max(...values)) / 2) as [number, number];
  const side = Math.max(...[xs, ys].map((values) => Math.max(...values) - Math.min(...values))) || 1;
  const half = side * (0.5 + MARGIN);
  return [middle[0] - half, middle[1] - half, middle[0] + half, middle[1] + half];
}

/** Return the number of the point that is nearest to a place, or -1 if there are none. */
export function nearestPoint(points: readonly Point[], [x, y]: Point): number {
  let [best, least] = [-1, Infinity];
  points.forEach(([px, py], index) => {
    const distance = Math.hypot(px - x, py - y);
    if (distance < least) [best, least] = [index, distance];
  });
  return best;
}

export function drawCloud(drawing: Drawing, { real, generated, marks, path }: Cloud): void {
  const { context, width, height, theme } = drawing;
  const colours = PLANE_COLOURS[theme];
  context.fillStyle = `rgb(${colours.middle.join(' ')})`;
  context.fillRect(0, 0, width, height);
  context.globalAlpha = 0.45;
  drawDots(drawing, real, 2, colours.real);
  context.globalAlpha = 1;
  drawDots(drawing, generated, 3, colours.fake);
  context.beginPath();
  path.forEach((point, index) => context[index === 0 ? 'moveTo' : 'lineTo'](...onCanvas(drawing, point)));
  context.strokeStyle = colours.warp;
  context.lineWidth = 2;
  context.stroke();
  for (const mark of marks) drawMark(drawing, mark);
}

function drawDots(drawing: Drawing, points: readonly Point[], radius: number, colour: string): void {
  const { context } = drawing;
  context.beginPath();
  for (const point of points) {
    const [x, y] = onCanvas(drawing, point);
    context.moveTo(x + radius, y);
    context.arc(x, y, radius, 0, 2 * Math.PI);
  }
  context.fillStyle = colour;
  context.fill();
}

function drawMark(drawing: Drawing, { point, text }: Mark): void {
  const { context, theme } = drawing;
  const colours = PLANE_COLOURS[theme];
  const [x, y] = onCanvas(drawing, point);
  context.beginPath();
  context.arc(x, y, 6, 0, 2 * Math.PI);
  context.fillStyle = colours.halo;
  context.fill();
  context.strokeStyle = colours.line;
  context.lineWidth = 3;
  context.stroke();
  context.font = '600 14px system-ui, sans-serif';
  context.strokeStyle = colours.halo;
  context.lineWidth = 4;
  context.strokeText(text, x + 9, y + 5);
  context.fillStyle = colours.line;
  context.fillText(text, x + 9, y + 5);
}
