/** What is drawn, with its history; it lives longer than the view, so that one can come back from a run to its drawing. */

import { boxAround, EMPTY, withStroke, type Picture, type Stroke, type Tool } from './draw';
import type { Point } from './plane';

const MOST_UNDONE = 100;

class Drawing {
  tool = $state<Tool>('brush');
  /** Diameter of brush and eraser as a share of the canvas. */
  width = $state(0.08);
  /** Points for each diameter of a stroke's length. */
  density = $state(12);
  /** The picture, with the unfinished stroke. */
  shown = $state.raw<Picture>(EMPTY);
  drawing = $state(false);
  #past = $state.raw<readonly Picture[]>([]);
  #future = $state.raw<readonly Picture[]>([]);
  #before: Picture = EMPTY;
  #stroke: Stroke | null = null;

  get canUndo(): boolean {
    return this.#past.length > 0;
  }

  get canRedo(): boolean {
    return this.#future.length > 0;
  }

  begin(at: Point): void {
    this.end();
    this.#before = this.shown;
    this.#stroke = { tool: this.tool, width: this.width, density: this.density, path: [at] };
    this.shown = withStroke(this.#before, this.#stroke);
    this.drawing = true;
  }

  extend(at: Point): void {
    if (!this.#stroke) return;
    const path = [...this.#stroke.path, at];
    this.#stroke = { ...this.#stroke, path };
    this.shown =
      this.#stroke.tool === 'brush'
        ? withStroke(this.#before, this.#stroke)
        : // What is erased stays erased, so the newest segment is enough.
          { ...this.shown, points: withStroke(this.shown, { ...this.#stroke, path: path.slice(-2) }).points };
  }

  end(): void {
    if (!this.#stroke) return;
    this.#stroke = null;
    this.drawing = false;
    this.#keep(this.#before);
  }

  change(picture: Picture): void {
    this.end();
    this.#keep(this.shown);
    this.shown = picture;
  }

  clear(): void {
    this.change(EMPTY);
  }

  load(points: readonly Point[]): void {
    this.change({ points, box: boxAround(points), strokes: 0 });
  }

  undo(): void {
    this.end();
    const before = this.#past.at(-1);
    if (!before) return;
    this.#past = this.#past.slice(0, -1);
    this.#future = [...this.#future, this.shown];
    this.shown = before;
  }

  redo(): void {
    this.end();
    const after = this.#future.at(-1);
    if (!after) return;
    this.#future = this.#future.slice(0, -1);
    this.#past = [...this.#past, this.shown];
    this.shown = after;
  }

  #keep(before: Picture): void {
    this.#past = [...this.#past, before].slice(-MOST_UNDONE);
    this.#future = [];
  }
}

export const drawing = new Drawing();
