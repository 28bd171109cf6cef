/** Colours that can be told apart with every common colour blindness (Okabe and Ito). */

/** Colours for lines, by theme: each has a contrast of at least 3:1 with the ground. */
export const LINES = {
  light: ['#0072b2', '#b34700', '#00795a', '#a3527f', '#8a6a00', '#1f7fb0', '#333333', '#7d5fb2'],
  dark: ['#56b4e9', '#e69f00', '#2fbf94', '#e08fbb', '#f0e442', '#7fa8ff', '#d0d0d0', '#ff8a5c'],
} as const;

export type Theme = keyof typeof LINES;

export function lineColour(index: number, theme: Theme): string {
  const colours = LINES[theme];
  return colours[index % colours.length]!;
}

/** Dashes that repeat later than the colours, so that more than eight lines differ. */
export function dash(index: number): number[] {
  return [[], [8, 4], [2, 3], [10, 3, 2, 3]][Math.floor(index / LINES.light.length) % 4]!;
}

/** Relative luminance of a colour "#rrggbb", as defined by WCAG. */
export function luminance(colour: string): number {
  const channels = [1, 3, 5].map((start) => parseInt(colour.slice(start, start + 2), 16) / 255);
  const [r, g, b] = channels.map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

/** Contrast of two colours, between 1 and 21. */
export function contrast(one: string, other: string): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high! + 0.05) / (low! + 0.05);
}

export function translucent(colour: string, alpha: number): string {
  return colour + Math.round(alpha * 255).toString(16).padStart(2, '0');
}
