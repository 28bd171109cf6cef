/** The reader's choices of language and colours, kept in the browser. */

import { dictionaries, type Dictionary } from '../i18n';
import type { Language } from './format';
import type { Theme } from './palette';

export type ThemeChoice = 'system' | Theme;

function stored(key: string): string | null {
  try {
    return localStorage.getItem(`ganarium.${key}`);
  } catch {
    return null; // storage is blocked
  }
}

function store(key: string, value: string): void {
  try {
    localStorage.setItem(`ganarium.${key}`, value);
  } catch {
    // The choice then lasts until the page is closed.
  }
}

function browserLanguage(): Language {
  for (const one of navigator.languages) {
    if (/^zh\b/i.test(one)) return 'zh';
    if (/^en\b/i.test(one)) return 'en';
  }
  return 'en';
}

class Preferences {
  #language = $state<Language>('en');
  #themeChoice = $state<ThemeChoice>('system');
  #systemDark = $state(false);

  constructor() {
    const language = stored('language');
    this.#language = language === 'en' || language === 'zh' ? language : browserLanguage();
    const theme = stored('theme');
    this.#themeChoice = theme === 'light' || theme === 'dark' ? theme : 'system';
    const dark = matchMedia('(prefers-color-scheme: dark)');
    this.#systemDark = dark.matches;
    dark.addEventListener('change', (event) => (this.#systemDark = event.matches));
    this.#show();
  }

  get language(): Language {
    return this.#language;
  }

  set language(value: Language) {
    this.#language = value;
    store('language', value);
    this.#show();
  }

  get themeChoice(): ThemeChoice {
    return this.#themeChoice;
  }

  set themeChoice(value: ThemeChoice) {
    this.#themeChoice = value;
    store('theme', value);
    this.#show();
  }

  get theme(): Theme {
    if (this.#themeChoice !== 'system') return this.#themeChoice;
    return this.#systemDark ? 'dark' : 'light';
  }

  get words(): Dictionary {
    return dictionaries[this.#language];
  }

  #show(): void {
    document.documentElement.lang = this.#language === 'zh' ? 'zh-CN' : 'en';
    document.documentElement.dataset['theme'] = this.#themeChoice;
  }
}

export const preferences = new Preferences();

/** A name of this browser for others who steer the same run, for example "page 3f9a". */
export function ownName(): string {
  let name = stored('name');
  if (!name) {
    name = `page ${Math.floor(Math.random() * 0x10000).toString(16).padStart(4, '0')}`;
    store('name', name);
  }
  return name;
}
