/** Settings as `key=value` words. */

/** Return the words in a text: one per line; text within quotes or brackets may contain spaces. */
export function wordsIn(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** Return the words of the fields that differ from their default, in their order; a kind is given to its table. */
export function changedWords(fields: readonly { key: string; default: string }[], given: Readonly<Record<string, string>>): string[] {
  return fields
    .filter(({ key, default: usual }) => given[key] !== undefined && given[key] !== usual)
    .map(({ key }) => `${key.replace(/\.kind$/, '')}=${given[key]}`);
}

/** Return tags from a comma-separated text: trimmed, each once, without empty ones. */
export function tagsIn(text: string): string[] {
  return [...new Set(text.split(/[,，]/).map((tag) => tag.trim()).filter((tag) => tag !== ''))];
}

export const MOST_TAGS = 20;
export const LONGEST_TAG = 40;
export const LONGEST_NOTE = 10_000;
export const LONGEST_NAME = 80;

/** Number of steps per second on a slider from 0 to 1; null (full speed) at 1. */
export function speedAt(position: number): number | null {
  if (position >= 1) return null;
  const value = 0.5 * 1000 ** position;
  return Number(value.toPrecision(2));
}

/** Position on the slider of a number of steps per second. */
export function positionOf(speed: number | null): number {
  if (speed === null) return 1;
  return Math.min(Math.max(Math.log(speed / 0.5) / Math.log(1000), 0), 0.995);
}
