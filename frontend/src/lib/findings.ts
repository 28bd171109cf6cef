/** Texts of findings in the reader's language. */

import type { Dictionary } from '../i18n';
import type { Language } from './format';

/** Findings that name no problem. */
const NOTES = new Set(['still-improving', 'plateau', 'too-early']);

/** Return how a finding is marked: as a severe or another problem, as good, or as a note. */
export function findingWeight({ name, grave }: { name: string; grave: boolean }): 'grave' | 'problem' | 'good' | 'note' {
  if (grave) return 'grave';
  return name === 'healthy' ? 'good' : NOTES.has(name) ? 'note' : 'problem';
}

/** Return the title of a finding; the server's text if the name is not known here. */
export function findingTitle(finding: { name: string; title: string }, words: Dictionary): string {
  return known(finding.name, words)?.title ?? (finding.title || finding.name);
}

/** Return the sentence with the evidence of a finding, and the language that it is in. */
export function findingText(finding: { text: string; chinese?: string | null }, language: Language): { text: string; lang: string } {
  if (language === 'zh' && finding.chinese) return { text: finding.chinese, lang: 'zh-CN' };
  return { text: finding.text, lang: 'en' };
}

/** Return the sentence that explains a finding; the server's text if the name is not known here. */
export function findingMeaning(finding: { name: string; meaning: string }, words: Dictionary): string {
  return known(finding.name, words)?.meaning ?? finding.meaning;
}

function known(name: string, words: Dictionary): { title: string; meaning: string } | undefined {
  return Object.hasOwn(words.knownFindings, name) ? words.knownFindings[name] : undefined;
}
