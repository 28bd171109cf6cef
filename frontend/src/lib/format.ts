/** Numbers, durations and settings as text. */

export type Language = 'en' | 'zh';

const LOCALES: Record<Language, string> = { en: 'en-GB', zh: 'zh-CN' };
const made = new Map<string, Intl.NumberFormat>();

function formatter(language: Language, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = language + JSON.stringify(options);
  let found = made.get(key);
  if (!found) made.set(key, (found = new Intl.NumberFormat(LOCALES[language], options)));
  return found;
}

/** Return an integer with thousands separators. */
export function whole(value: number, language: Language): string {
  return formatter(language, { maximumFractionDigits: 0 }).format(value);
}

/** Return a number with at most `digits` significant digits; very small and large ones with an exponent. */
export function number(value: number | null | undefined, language: Language, digits = 4): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return value.toExponential(Math.max(digits - 2, 1)).replace('e-', 'e−');
  return formatter(language, { maximumSignificantDigits: digits }).format(value).replace('-', '−');
}

export function percent(value: number, language: Language, digits = 0): string {
  return formatter(language, { style: 'percent', maximumFractionDigits: digits }).format(value);
}

const UNITS: Record<Language, readonly [string, string, string, string]> = {
  en: [' s', ' min', ' h', ' d'],
  zh: [' 秒', ' 分', ' 小时', ' 天'],
};

/** Return a duration with its two largest units, for example "3 min 5 s". */
export function duration(seconds: number | null | undefined, language: Language): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return '–';
  const [s, min, h, d] = UNITS[language];
  const rounded = Math.max(0, Math.round(seconds));
  if (rounded < 60) return `${rounded}${s}`;
  if (rounded < 3600) return joined(rounded, 60, min, s);
  const minutes = Math.round(rounded / 60);
  if (minutes < 24 * 60) return joined(minutes, 60, h, min);
  return joined(Math.round(rounded / 3600), 24, d, h);
}

function joined(value: number, per: number, large: string, small: string): string {
  const rest = value % per;
  return `${Math.floor(value / per)}${large}${rest ? ` ${rest}${small}` : ''}`;
}

/** Return a date and time of the day; today's without the date. */
export function moment(unix: number | null, language: Language, now = Date.now()): string {
  if (unix === null) return '–';
  const date = new Date(unix * 1000);
  const today = date.toDateString() === new Date(now).toDateString();
  const options: Intl.DateTimeFormatOptions = today
    ? { hour: '2-digit', minute: '2-digit' }
    : { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' };
  return new Intl.DateTimeFormat(LOCALES[language], options).format(date);
}

export function mebibytes(value: number | null, language: Language): string {
  if (value === null) return '–';
  return value < 1024 ? `${whole(value, language)} MiB` : `${number(value / 1024, language, 3)} GiB`;
}

/** Return the value of a setting as it is written on the command line. */
export function setting(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (Array.isArray(value)) return `[${value.map(setting).join(', ')}]`;
  if (typeof value === 'object') return JSON.stringify(value);
  return String(value);
}

/** Return the shape of an array, for example "16 × 14 × 14". */
export function shapeText(shape: string | readonly number[] | null | undefined): string {
  return typeof shape === 'string' ? shape : (shape ?? []).join(' × ');
}

/** Return a word quoted for a POSIX shell. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

/** Return a number with its standard error in the usual notation, for example "0.0698 ± 0.0187". */
export function withError(value: number, error: number | null, language: Language): string {
  if (error === null || error === undefined) return number(value, language);
  return `${number(value, language)} ± ${number(error, language, 2)}`;
}
