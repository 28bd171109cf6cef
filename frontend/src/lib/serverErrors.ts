/** The server's error sentences in the reader's language. */

import type { Dictionary } from '../i18n';

/** Return the text of an error: by its code, by its form, or the server's sentence. */
export function errorText(error: string, code: string | null | undefined, words: Dictionary): string {
  if (code && Object.hasOwn(words.serverErrors, code)) return words.serverErrors[code]!;
  const form = words.settingErrors.find(([pattern]) => pattern.test(error));
  return form ? error.replace(...(form as [RegExp, string])) : words.errors.english(error);
}
