/** Draw a snapshot of the plane on a canvas of any pixel ratio. */

import { evenArrows, surfacePixels, zeroLine, type Box, type Layer, type Point, type Snapshot } from './plane';
import type { Theme } from './palette';

/** Blue and orange differ for every common colour blindness; the middle is the ground. */
export const PLANE_COLOURS = {
  light: {
    low: [240, 152, 82],
    middle: [255, 255, 255],
    high: [104, 168, 216],
    real: '#004f80',
    fake: '#8f3400',
    line: '#17212b',
    warp: '#5b3f8c',
    halo: '#ffffff',
  },
  dark: {
    low: [150, 74, 18],
    middle: [17, 22, 27],
    high: [22, 92, 140],
    real: '#a6dcff',
    fake: '#ffc46b',
    line: '#ffffff',
    warp: '#d9b8ff',
    halo: '#11161b',
  },
} as const;

export interface Drawing {
  context: CanvasRenderingContext2D;
  /** Size in CSS pixels. */
  width: number;
  height: number;
  box: Box;
  theme: Theme;
}

const POINT = 3; // radius in CSS pixels

/** Draw the chosen layers; `surface` is the surface to show, already centred. */
export function drawPlane(
  drawing: Drawing,
  snapshot: Snapshot,
  real: readonly Point[],
  surface: readonly number[] | null,
  layers: ReadonlySet<Layer>,
): void {
  const { context, width, height, theme } = drawing;
  const colours = PLANE_COLOURS[theme];
  context.fillStyle = `rgb(${colours.middle.join(' ')})`;
  context.fillRect(0, 0, width, height);
  if (surface && layers.has('surface')) drawSurface(drawing, surface, snapshot.side);
  if (snapshot.warp && layers.has('warp')) drawWarp(drawing, snapshot.warp);
  if (layers.has('real')) drawCircles(drawing, real, colours.real);
  if (layers.has('fakes')) drawCrosses(drawing, snapshot.fakes, colours.fake);
  if (snapshot.arrows && layers.has('arrows')) drawArrows(drawing, snapshot.fakes, snapshot.arrows);
}

const [SMALL_POINT, MANY] = [3, 1500]; // side, and the number of points from which on they are drawn as small squares

/** A circle around the position of a brush, in CSS pixels. */
export interface BrushMark {
  at: Point;
  radius: number;
  /** The brush is down. */
  down: boolean;
}

/** Draw points that are edited, on lines through the quarters of the plane, and the brush. */
export function drawEdited(drawing: Drawing, points: readonly Point[], brush: BrushMark | null): void {
  const { context, width, height, theme } = drawing;
  const colours = PLANE_COLOURS[theme];
  context.fillStyle = `rgb(${colours.middle.join(' ')})`;
  context.fillRect(0, 0, width, height);
  context.beginPath();
  for (const share of [0.25, 0.5, 0.75]) {
    context.moveTo(share * width, 0);
    context.lineTo(share * width, height);
    context.moveTo(0, share * height);
    context.lineTo(width, share * height);
  }
  context.strokeStyle = colours.line;
  context.globalAlpha = 0.12;
  context.lineWidth = 1;
  context.stroke();
  context.globalAlpha = 1;
  if (points.length < MANY) drawCircles(drawing, points, colours.real);
  else drawSquares(drawing, points, colours.real);
  if (!brush) return;
  context.beginPath();
  context.arc(...brush.at, brush.radius, 0, 2 * Math.PI);
  context.strokeStyle = colours.halo;
  context.lineWidth = 4;
  context.stroke();
  context.strokeStyle = colours.line;
  context.lineWidth = brush.down ? 2.5 : 1.5;
  context.stroke();
}

/** Return the position of a point in CSS pixels. */
export function onCanvas({ width, height, box }: Pick<Drawing, 'width' | 'height' | 'box'>, [x, y]: Point): Point {
  return [((x - box[0]) / (box[2] - box[0])) * width, height - ((y - box[1]) / (box[3] - box[1])) * height];
}

function drawSurface(drawing: Drawing, surface: readonly number[], side: number): void {
  const { context, width, height, theme } = drawing;
  const small = new OffscreenCanvas(side, side);
  small.getContext('2d')!.putImageData(new ImageData(surfacePixels(surface, side, PLANE_COLOURS[theme]), side, side), 0, 0);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = 'high';
  // The outermost grid points lie on the border of the box, so half a pixel on each side is cut off.
  context.drawImage(small, 0.5, 0.5, side - 1, side - 1, 0, 0, width, height);
  const at = (column: number, row: number): Point => [(column / (side - 1)) * width, height - (row / (side - 1)) * height];
  context.beginPath();
  for (const [x0, y0, x1, y1] of zeroLine(surface, side)) {
    context.moveTo(...at(x0, y0));
    context.lineTo(...at(x1, y1));
  }
  context.strokeStyle = PLANE_COLOURS[theme].line;
  context.lineWidth = 1.5;
  context.setLineDash([]);
  context.stroke();
}

function drawWarp(drawing: Drawing, warp: { side: number; points: readonly Point[] }): void {
  const { context, theme } = drawing;
  const { side, points } = warp;
  context.beginPath();
  points.forEach((point, index) => {
    const from = onCanvas(drawing, point);
    for (const next of [(index + 1) % side ? index + 1 : -1, index + side]) {
      if (next < 0 || next >= points.length) continue;
      context.moveTo(...from);
      context.lineTo(...onCanvas(drawing, points[next]!));
    }
  });
  context.strokeStyle = PLANE_COLOURS[theme].warp;
  context.globalAlpha = 0.8;
  context.lineWidth = 1;
  context.stroke();
  context.globalAlpha = 1;
}

function drawCircles(drawing: Drawing, points: readonly Point[], colour: string): void {
  const { context, theme } = drawing;
  context.beginPath();
  for (const point of points) {
    const [x, y] = onCanvas(drawing, point);
    context.moveTo(x + POINT, y);
    context.arc(x, y, POINT, 0, 2 * Math.PI);
  }
  context.strokeStyle = PLANE_COLOURS[theme].halo;
  context.lineWidth = 1.5;
  context.stroke();
  context.fillStyle = colour;
  context.fill();
}

/** Draw points without paths, which are slow for thousands of points. */
function drawSquares(drawing: Drawing, points: readonly Point[], colour: string): void {
  drawing.context.fillStyle = colour;
  for (const point of points) {
    const [x, y] = onCanvas(drawing, point);
    drawing.context.fillRect(x - SMALL_POINT / 2, y - SMALL_POINT / 2, SMALL_POINT, SMALL_POINT);
  }
}

function drawCrosses(drawing: Drawing, points: readonly Point[], colour: string): void {
  const { context, theme } = drawing;
  context.beginPath();
  for (const point of points) {
    const [x, y] = onCanvas(drawing, point);
    context.moveTo(x - POINT, y - POINT);
    context.lineTo(x + POINT, y + POINT);
    context.moveTo(x - POINT, y + POINT);
    context.lineTo(x + POINT, y - POINT);
  }
  context.strokeStyle = PLANE_COLOURS[theme].halo;
  context.lineWidth = 4;
  context.stroke();
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.stroke();
}

function drawArrows(drawing: Drawing, from: readonly Point[], arrows: readonly Point[]): void {
  const { context, width, height, theme, box } = drawing;
  const length = Math.min(width, height) * 0.07;
  // A direction in the plane is stretched like the plane, so that arrows point where points move.
  const stretch: Point = [width / (box[2] - box[0]), height / (box[3] - box[1])];
  const most = Math.max(...stretch);
  context.beginPath();
  evenArrows(arrows).forEach(([dx, dy], index) => {
    const start = from[index];
    if (!start || (dx === 0 && dy === 0)) return;
    const [x, y] = onCanvas(drawing, start);
    const [u, v] = [(dx * length * stretch[0]) / most, (-dy * length * stretch[1]) / most];
    const [endX, endY] = [x + u, y + v];
    context.moveTo(x, y);
    context.lineTo(endX, endY);
    const angle = Math.atan2(v, u);
    for (const turn of [2.6, -2.6]) {
      context.moveTo(endX, endY);
      context.lineTo(endX + 5 * Math.cos(angle + turn), endY + 5 * Math.sin(angle + turn));
    }
  });
  context.strokeStyle = PLANE_COLOURS[theme].halo;
  context.lineWidth = 3.5;
  context.stroke();
  context.strokeStyle = PLANE_COLOURS[theme].line;
  context.lineWidth = 1.5;
  context.stroke();
}
