/** Texts of findings in the reader's language. */

import type { Dictionary } from '../i18n';

/** Return the title of a finding; the server's text if the name is not known here. */
export function findingTitle(finding: { name: string; title: string }, words: Dictionary): string {
  return known(finding.name, words)?.title ?? (finding.title || finding.name);
}

/** Return the sentence that explains a finding; the server's text if the name is not known here. */
export function findingMeaning(finding: { name: string; meaning: string }, words: Dictionary): string {
  return known(finding.name, words)?.meaning ?? finding.meaning;
}

function known(name: string, words: Dictionary): { title: string; meaning: string } | undefined {
  return Object.hasOwn(words.knownFindings, name) ? words.knownFindings[name] : undefined;
}
