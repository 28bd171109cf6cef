/** All languages of the page. */

import type { Language } from '../lib/format';
import { en, type Dictionary } from './en';
import { zh } from './zh';

export type { Dictionary };
export const dictionaries: Record<Language, Dictionary> = { en, zh };
