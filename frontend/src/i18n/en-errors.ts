/** The server's sentences are in English already. */

export const serverErrors: Record<string, string> = {};
export const settingErrors: readonly (readonly [RegExp, string])[] = [];
