import { describe, expect, it } from 'vitest';
import { ApiError } from '../src/lib/api';
import { Newest } from '../src/lib/newest.svelte';

const settled = () => new Promise((resolve) => setTimeout(resolve));

/** Requests that a test answers by hand. */
function requests() {
  const asked: { address: string; answer: (value: string) => void; fail: (error: Error) => void }[] = [];
  const load = (address: string) => new Promise<string>((answer, fail) => void asked.push({ address, answer, fail }));
  return { asked, found: new Newest(load, 0) };
}

describe('the newest answer', () => {
  it('leaves out addresses that were replaced while another one was loading', async () => {
    const { asked, found } = requests();
    for (const address of ['a', 'b', 'c']) found.want(address);
    asked[0]!.answer('A');
    await settled();
    expect(asked.map(({ address }) => address)).toEqual(['a', 'c']);
    expect([found.shown?.value, found.loading]).toEqual(['A', true]);
    asked[1]!.answer('C');
    await settled();
    expect([found.shown?.value, found.loading]).toEqual(['C', false]);
  });

  it('asks a busy server again', async () => {
    const { asked, found } = requests();
    found.want('a');
    asked[0]!.fail(new ApiError('busy', 503));
    await settled();
    await settled();
    asked[1]!.answer('A');
    await settled();
    expect([found.shown?.value, found.failure]).toEqual(['A', null]);
  });

  it('tells a failure until another address is wanted', async () => {
    const { asked, found } = requests();
    found.want('a');
    const error = new ApiError('damaged', 409);
    asked[0]!.fail(error);
    await settled();
    expect([found.failure, found.loading, asked.length]).toEqual([error, false, 1]);
    found.want('b');
    expect(found.failure).toBe(null);
    asked[1]!.answer('B');
    await settled();
    expect(found.shown).toEqual({ address: 'b', value: 'B' });
  });

  it('ignores the failure of an address that is not wanted any more', async () => {
    const { asked, found } = requests();
    found.want('a');
    found.want('b');
    asked[0]!.fail(new ApiError('damaged', 409));
    await settled();
    expect([found.failure, asked[1]!.address]).toEqual([null, 'b']);
  });

  it('loads nothing for an empty address', async () => {
    const { asked, found } = requests();
    found.want('');
    await settled();
    expect([asked.length, found.shown, found.loading]).toEqual([0, null, false]);
  });
});
