import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dictionaries } from '../src/i18n';
import { findingMeaning, findingText, findingTitle } from '../src/lib/findings';

type Leaf = string | ((...words: string[]) => string);
const SAME = new Set(['runs.columns', 'page.version']);
/** Only for texts that are not English. */
const TRANSLATIONS = /^(serverErrors|settingErrors)\./;

function leaves(value: object, path = ''): [string, Leaf][] {
  return Object.entries(value).flatMap(([key, one]) => {
    const name = path ? `${path}.${key}` : key;
    return typeof one === 'object' && one !== null ? leaves(one, name) : [[name, one as Leaf] as [string, Leaf]];
  });
}
const own = (all: [string, Leaf][]) => all.filter(([name]) => !TRANSLATIONS.test(name));
const en = own(leaves(dictionaries.en));
const zh = new Map(own(leaves(dictionaries.zh)));
const filled = (leaf: Leaf) => (typeof leaf === 'string' ? leaf : leaf('A1', 'B2', 'C3'));

describe('the dictionaries', () => {
  it('have the same texts', () => {
    expect(en.map(([name]) => name).sort()).toEqual([...zh.keys()].sort());
    expect(en.length).toBeGreaterThan(250);
  });

  it('have no empty text', () => {
    for (const [name, leaf] of [...en, ...zh]) expect(filled(leaf).trim(), name).not.toBe('');
  });

  it('differ in every text that is not a name', () => {
    const equal = en.filter(([name, leaf]) => filled(leaf) === filled(zh.get(name)!)).map(([name]) => name);
    expect(equal.filter((name) => !SAME.has(name))).toEqual([]);
  });

  it('use every word that is given to a text, in both languages', () => {
    for (const [name, leaf] of en) {
      const other = zh.get(name)!;
      expect(typeof other, name).toBe(typeof leaf);
      if (typeof leaf === 'string' || typeof other === 'string') continue;
      for (const text of [leaf, other]) {
        for (const word of ['A1', 'B2', 'C3'].slice(0, text.length)) expect(filled(text), name).toContain(word);
      }
    }
  });

  it('have Chinese texts in Chinese', () => {
    for (const [name, leaf] of zh) expect(filled(leaf), name).toMatch(/\p{Script=Han}|D\(x\)/u);
  });
});

describe('findings', () => {
  it('are explained in the language of the page', () => {
    const finding = { name: 'collapse', title: 'mode collapse', meaning: 'x' };
    expect(findingTitle(finding, dictionaries.zh)).toBe('模式崩溃');
    expect(findingMeaning(finding, dictionaries.en)).toContain('few outputs');
  });

  it('have their evidence in the language of the page, if it was translated', () => {
    const finding = { text: 'only 9% of the modes are generated', chinese: '只生成了 9% 的模式' };
    expect(findingText(finding, 'zh')).toEqual({ text: finding.chinese, lang: 'zh-CN' });
    expect(findingText(finding, 'en')).toEqual({ text: finding.text, lang: 'en' });
    expect(findingText({ text: 'own', chinese: null }, 'zh')).toEqual({ text: 'own', lang: 'en' });
  });

  it('that are not known keep the texts of the server', () => {
    for (const name of ['own', '__proto__', 'constructor', 'toString']) {
      expect(findingTitle({ name, title: 'T' }, dictionaries.zh)).toBe('T');
      expect(findingMeaning({ name, meaning: 'M' }, dictionaries.zh)).toBe('M');
    }
    expect(findingTitle({ name: 'own', title: '' }, dictionaries.en)).toBe('own');
  });
});

describe('the source of the page', () => {
  const folder = new URL('../src/', import.meta.url);
  const files = readdirSync(folder, { recursive: true }).map(String).filter((name) => /\.(svelte|ts)$/.test(name));
  const source = (name: string) => readFileSync(new URL(name, folder), 'utf8');

  it('never inserts text as HTML, and runs no text as code', () => {
    for (const name of files) expect(source(name), name).not.toMatch(/\{@html|innerHTML|outerHTML|insertAdjacentHTML|\beval\(|new Function/);
  });

  it('has no inline style attribute, which the Content-Security-Policy refuses', () => {
    for (const name of files) expect(source(name), name).not.toMatch(/\sstyle="/);
  });

  it('names no address outside of the server', () => {
    for (const name of files) expect(source(name), name).not.toMatch(/https?:\/\//);
  });

  it('holds no text outside of the dictionaries', () => {
    for (const name of files.filter((one) => one.endsWith('.svelte'))) {
      const markup = source(name).replace(/<script[\s\S]*?<\/script>|<style[\s\S]*?<\/style>|<!--[\s\S]*?-->/g, '');
      const texts = markup.match(/(?<=[\w"'}/]>)[^<>{}]*[A-Za-z]{3,}[^<>{}]*(?=<\/)/g) ?? [];
      expect(texts.filter((text) => !/^\s*ganarium( train ring)?\s*$/.test(text)), name).toEqual([]);
    }
  });
});
