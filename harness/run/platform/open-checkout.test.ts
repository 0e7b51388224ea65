import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openCheckout } from './open-checkout.ts';

const root = join(import.meta.dirname, '../../..');
const change = {
  kind: 'checkout',
  file: 'package.json',
  find: '"private": true',
  replace: '"private": 1',
} as const;

it('reads files and folders of the checkout', async () => {
  const checkout = openCheckout(root);
  expect(await checkout.text('package.json')).toContain('"private": true');
  expect(await checkout.names('harness/run')).toContain('platform');
});

it('has no text and no names where nothing is', async () => {
  const checkout = openCheckout(root);
  expect(await checkout.text('no/such/file')).toBeUndefined();
  expect(await checkout.text('package.json/below')).toBeUndefined();
  expect(await checkout.names('no-such-folder')).toEqual([]);
});

it('shows changes to its reader only', async () => {
  expect(await openCheckout(root, [change]).text('package.json')).toContain('"private": 1');
  expect(await openCheckout(root).text('package.json')).toContain('"private": true');
});

it('rejects a change that does not fit its file', async () => {
  const unfit = { ...change, find: 'no such text' };
  await expect(openCheckout(root, [unfit]).text('package.json')).rejects.toThrow('no such text');
});
