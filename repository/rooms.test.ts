import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { trackedFiles } from './tracked-files.ts';

/** Maximum number of source files in one folder, without tests. */
const maxFiles = 20;
const source = /^(?:platform|harness|scenarios|repository)\/.*\.(?:ts|mjs)$/;

it('no folder has more than 20 source files', () => {
  const counts = new Map<string, number>();
  for (const file of trackedFiles()) {
    if (!source.test(file) || file.endsWith('.test.ts')) continue;
    counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
  }
  expect([...counts].filter(([, count]) => count > maxFiles)).toEqual([]);
});

it('no file or folder has a vague name such as utils or helpers', () => {
  const vague = /(?:^|\/)(?:utils?|helpers?|common|misc)(?:\/|\.[a-z]+$)/;
  expect(trackedFiles().filter((file) => source.test(file) && vague.test(file))).toEqual([]);
});
