import { expect, it } from 'vitest';
import { orStorageFull } from './storage-full.ts';

const failWith = (code: string) => Object.assign(new Error(code), { code });

it.each(['ENOSPC', 'EDQUOT', 'EFBIG'])('reports %s as a full storage that may have room later', (code) => {
  expect(() => orStorageFull(failWith(code))).toThrow(
    expect.objectContaining({ code: 'storage_full', status: 507, headers: { 'retry-after': '60' } }),
  );
});

it('passes other errors on', () => {
  const error = failWith('EACCES');
  expect(() => orStorageFull(error)).toThrow(error);
});
