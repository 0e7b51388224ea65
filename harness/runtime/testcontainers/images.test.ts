import { expect, test } from 'vitest';
import { exitCode } from '../../errors/exit-code.ts';
import type { Engine } from './engine.ts';
import { provideImage } from './images.ts';

/** An engine without images whose registry cannot be reached. */
const offline = {
  nameOf: (image: string) => image,
  images: {
    exists: async () => false,
    pull: async () => {
      throw new Error('no such host');
    },
  },
} as unknown as Engine;

test('reports an unavailable image with its variable', async () => {
  await expect(provideImage(offline, 'postgres:16.9', 'READINESS_POSTGRES_IMAGE')).rejects.toMatchObject({
    code: 'image-missing',
    exitCode: exitCode.harness,
    message: expect.stringMatching(/"postgres:16.9".*no such host/),
    hint: expect.stringContaining('READINESS_POSTGRES_IMAGE=<image>'),
  });
});
