import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dictionaries } from '../src/i18n';
import { errorText } from '../src/lib/serverErrors';

const { en, zh } = dictionaries;

describe('errors of the server', () => {
  it('are translated by their code, whatever the sentence is', () => {
    expect(errorText('ring-1 is in training already', 'in-training', zh)).toBe('该运行已在训练中。');
    expect(errorText('ring-1 is in training already', 'in-training', en)).toBe('ring-1 is in training already');
  });

  it('have a translation for each code of the server', () => {
    const folder = new URL('../../src/ganarium/web/', import.meta.url);
    const source = readdirSync(folder).filter((name) => name.endsWith('.py')).map((name) => readFileSync(new URL(name, folder), 'utf8')).join('\n');
    const codes = [...source.matchAll(/\bcode="([a-z-]+)"|Refused\([^\n]*, "([a-z-]+)"\)/g)].map((found) => found[1] ?? found[2]!);
    expect(new Set([...codes, 'in-training'])).toEqual(new Set(Object.keys(zh.serverErrors)));
  });

  it.each([
    ['optim.lr=-1: input should be greater than 0', 'optim.lr：必须大于 0。'],
    ['train.batch=0: input should be greater than or equal to 1', 'train.batch：至少为 1。'],
    ['train.batch=1e9: input should be less than or equal to 65536', 'train.batch：至多为 65536。'],
    ['optim.beta1=1.5: input should be less than 1', 'optim.beta1：必须小于 1。'],
    ['train.batch=x: input should be a valid integer, unable to parse string as an integer', 'train.batch：必须是整数。'],
    ['optim.lr=nan: input should be a finite number', 'optim.lr：必须是有限的数字。'],
    ["optim: unknown name 'foo'; available: adam, sgd, rmsprop", 'optim：没有名为“foo”的选项；可选：adam, sgd, rmsprop。'],
    ["data: unknown name 'images'; did you mean figures?", 'data：没有名为“images”的选项；您是否想用 figures？'],
    ["no setting named 'optm'; did you mean optim?", '没有名为 optm 的设置；您是否想用 optim？'],
    ["no setting named 'train.ema'; the settings of train are steps, seconds", '没有名为 train.ema 的设置。'],
    ["'seed' is not a setting; write a.b=value, for example optim.lr=1e-3", '“seed”不是设置；请写成 a.b=值，例如 optim.lr=1e-3。'],
  ])('about settings are translated: %s', (sentence, translated) => {
    expect(errorText(sentence, '', zh)).toBe(translated);
    expect(errorText(sentence, '', en)).toBe(sentence);
  });

  it('that are not known are marked as English', () => {
    for (const code of [null, '', 'own', '__proto__', 'toString']) {
      expect(errorText('the disk is full', code, zh)).toBe('服务器的英文说明：the disk is full');
      expect(errorText('the disk is full', code, en)).toBe('the disk is full');
    }
  });
});
