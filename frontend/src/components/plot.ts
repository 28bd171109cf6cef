/** Options of a uPlot chart of values over training steps. */

import type uPlot from 'uplot';
import { number, whole, type Language } from '../lib/format';
import { translucent } from '../lib/palette';
import { indexAt } from '../lib/series';

export interface Line {
  label: string;
  colour: string;
  values: readonly (number | null)[];
  low?: readonly (number | null)[] | undefined;
  high?: readonly (number | null)[] | undefined;
  errors?: readonly (number | null)[] | undefined;
  dash?: number[];
  /** Fill the area down to this line, or to 0 if null. */
  fillTo?: number | null;
}

export interface Mark {
  step: number;
  title: string;
  grave: boolean;
}

/** A horizontal range or, if both ends are equal, a horizontal line. */
export interface Level {
  low: number;
  high: number;
  colour: string;
}

export interface Overlay {
  step: number | null;
  marks: readonly Mark[];
  levels: readonly Level[];
  lines: readonly Line[];
}

export interface Colours {
  text: string;
  grid: string;
  accent: string;
  warn: string;
  bad: string;
}

/** Return the columns that uPlot draws: steps, then per line its values and, if any, its lowest and highest values. */
export function columns(steps: readonly number[], lines: readonly Line[], logarithmic: boolean): uPlot.AlignedData {
  const fit = (values: readonly (number | null)[]) =>
    (logarithmic ? values.map((value) => (value !== null && value > 0 ? value : null)) : values) as (number | null)[];
  const data: (number | null)[][] = [steps as number[]];
  for (const line of lines) {
    data.push(fit(line.values));
    if (line.low && line.high) data.push(fit(line.low), fit(line.high));
  }
  return data as uPlot.AlignedData;
}

/** Distances between ticks on the axis of steps. */
const WHOLE = Array.from({ length: 11 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();

interface Wanted {
  lines: readonly Line[];
  logarithmic: boolean;
  language: Language;
  colours: Colours;
  width: number;
  height: number;
  xRange: () => readonly [number, number];
  yRange: () => readonly [number, number] | null;
  overlay: () => Overlay;
  onstep: (step: number) => void;
  onrange: ((range: [number, number]) => void) | undefined;
  sync: string | undefined;
}

/** Return the series and the bands between them, in the order of `columns`. */
function seriesOf(lines: readonly Line[]): { series: uPlot.Series[]; bands: uPlot.Band[] } {
  const series: uPlot.Series[] = [{}];
  const bands: uPlot.Band[] = [];
  for (const line of lines) {
    const first = series.length;
    series.push({
      stroke: line.colour,
      width: 1.75,
      spanGaps: true,
      points: { show: line.values.length < 40, size: 5 },
      ...(line.dash ? { dash: line.dash } : {}),
      ...(line.fillTo === null ? { fill: translucent(line.colour, 0.7) } : {}),
    });
    if (typeof line.fillTo === 'number') bands.push({ series: [first, line.fillTo + 1], fill: translucent(line.colour, 0.7) });
    if (line.low && line.high) {
      const edge: uPlot.Series = { stroke: 'transparent', width: 0, points: { show: false }, spanGaps: true };
      series.push(edge, edge);
      bands.push({ series: [first + 2, first + 1], fill: translucent(line.colour, 0.22) });
    }
  }
  return { series, bands };
}

function axesOf({ colours, language }: Wanted): uPlot.Axis[] {
  const axis: uPlot.Axis = {
    stroke: colours.text,
    grid: { stroke: colours.grid, width: 1 },
    ticks: { stroke: colours.grid, width: 1, size: 4 },
    font: '12px system-ui, sans-serif',
    gap: 4,
  };
  const valueAt = (tick: number | null) => (tick === null ? '' : number(tick, language, 3)); // null: left out of a logarithmic axis
  return [
    { ...axis, size: 28, space: 70, incrs: WHOLE, values: (_plot, ticks) => ticks.map((tick) => whole(tick, language)) },
    { ...axis, size: 58, values: (_plot, ticks) => ticks.map(valueAt) },
  ];
}

/** Report the range that was dragged, and remove the mark of the drag. */
function reportRange(plot: uPlot, onrange: Wanted['onrange']): void {
  if (plot.select.width < 5) return;
  const ends = [plot.select.left, plot.select.left + plot.select.width];
  onrange?.(ends.map((end) => Math.round(plot.posToVal(end, 'x'))) as [number, number]);
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
}

export function plotOptions(wanted: Wanted): uPlot.Options {
  const { logarithmic, overlay } = wanted;
  return {
    width: wanted.width,
    height: wanted.height,
    padding: [8, 28, 0, 0],
    legend: { show: false },
    cursor: {
      drag: { x: wanted.onrange !== undefined, y: false, setScale: false },
      points: { show: false },
      y: false,
      ...(wanted.sync ? { sync: { key: wanted.sync, scales: ['x', null] } } : {}),
    },
    scales: {
      x: { time: false, range: () => [...wanted.xRange()] as [number, number] },
      y: {
        distr: logarithmic ? 3 : 1,
        range: (_plot, low, high) => yScale(low, high, wanted.yRange(), overlay().levels, logarithmic),
      },
    },
    axes: axesOf(wanted),
    ...seriesOf(wanted.lines),
    hooks: {
      drawClear: [(plot) => drawLevels(plot, overlay().levels)],
      draw: [(plot) => drawOverlay(plot, overlay(), wanted.colours)],
      ready: [(plot) => watchClicks(plot, wanted.onstep)],
      setSelect: [(plot) => reportRange(plot, wanted.onrange)],
    },
  };
}

function yScale(
  low: number | null,
  high: number | null,
  fixed: readonly [number, number] | null,
  levels: readonly Level[],
  logarithmic: boolean,
): [number, number] {
  let [bottom, top] = fixed ?? [low ?? 0, high ?? 1];
  for (const level of levels) [bottom, top] = [Math.min(bottom, level.low), Math.max(top, level.high)];
  if (logarithmic) {
    top = top > 0 ? top : 1;
    bottom = Math.max(bottom > 0 ? bottom : (low ?? 0) > 0 ? low! : top / 1000, top / 1e12);
    return [bottom / 1.2, top * 1.2];
  }
  const margin = (top - bottom || Math.abs(top) || 1) * 0.05;
  return [bottom - (bottom === 0 ? 0 : margin), top + margin];
}

function drawLevels(plot: uPlot, levels: readonly Level[]): void {
  const { ctx, bbox } = plot;
  ctx.save();
  clip(plot);
  for (const { low, high, colour } of levels) {
    const top = plot.valToPos(high, 'y', true);
    if (low === high) {
      ctx.strokeStyle = colour;
      ctx.lineWidth = 1.5 * devicePixelRatio;
      ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
      stroke(ctx, bbox.left, top, bbox.left + bbox.width, top);
    } else {
      ctx.fillStyle = translucent(colour, 0.13);
      ctx.fillRect(bbox.left, top, bbox.width, plot.valToPos(low, 'y', true) - top);
    }
  }
  ctx.restore();
}

function drawOverlay(plot: uPlot, { step, marks, lines }: Overlay, colours: Colours): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  clip(plot);
  for (const mark of marks) {
    const x = plot.valToPos(mark.step, 'x', true);
    ctx.strokeStyle = ctx.fillStyle = mark.grave ? colours.bad : colours.warn;
    ctx.lineWidth = ratio;
    ctx.setLineDash([3 * ratio, 3 * ratio]);
    stroke(ctx, x, bbox.top, x, bbox.top + bbox.height);
    ctx.setLineDash([]);
    ctx.beginPath();
    ctx.moveTo(x - 5 * ratio, bbox.top);
    ctx.lineTo(x + 5 * ratio, bbox.top);
    ctx.lineTo(x, bbox.top + 8 * ratio);
    ctx.fill();
  }
  drawErrors(plot, lines);
  if (step !== null) {
    const x = plot.valToPos(step, 'x', true);
    ctx.setLineDash([]);
    ctx.strokeStyle = colours.accent;
    ctx.lineWidth = 1.5 * ratio;
    stroke(ctx, x, bbox.top, x, bbox.top + bbox.height);
  }
  ctx.restore();
}

function drawErrors(plot: uPlot, lines: readonly Line[]): void {
  const { ctx } = plot;
  const steps = plot.data[0];
  for (const line of lines) {
    if (!line.errors) continue;
    ctx.strokeStyle = line.colour;
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.setLineDash([]);
    line.errors.forEach((error, index) => {
      const value = line.values[index];
      if (!error || value === null || value === undefined) return;
      const x = plot.valToPos(steps[index]!, 'x', true);
      const [low, high] = [value - error, value + error].map((end) => plot.valToPos(end, 'y', true));
      const half = 4 * devicePixelRatio;
      stroke(ctx, x, low!, x, high!);
      stroke(ctx, x - half, low!, x + half, low!);
      stroke(ctx, x - half, high!, x + half, high!);
    });
  }
}

function clip({ ctx, bbox }: uPlot): void {
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
}

function stroke(ctx: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.stroke();
}

/** Report the recorded step nearest to a click; a drag is not a click. */
function watchClicks(plot: uPlot, onstep: (step: number) => void): void {
  let pressed = NaN;
  plot.over.addEventListener('pointerdown', (event) => (pressed = event.clientX));
  plot.over.addEventListener('click', (event) => {
    if (Math.abs(event.clientX - pressed) > 4) return;
    const x = plot.posToVal(event.clientX - plot.over.getBoundingClientRect().left, 'x');
    const steps = plot.data[0] as number[];
    const index = indexAt(steps, x);
    const [before, after] = [steps[index], steps[index + 1]];
    const chosen = before === undefined || (after !== undefined && after - x < x - before) ? after : before;
    if (chosen !== undefined) onstep(chosen);
  });
}
