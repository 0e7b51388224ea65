import { expect, it } from 'vitest';
import type { LogWatch } from '../../../evidence/log-watch.ts';
import { Canaries } from './canaries.ts';
import { documentedExamples } from './documented-examples.ts';

function watchedAfter(body: unknown): string[] {
  const watched: string[] = [];
  const watch: LogWatch = { watch: (secret) => watched.push(secret), logs: () => [], knownIn: () => [] };
  new Canaries(watch).addBody(body);
  return watched;
}

it('learns passwords and tokens of a body', () => {
  expect(watchedAfter({ password: 'of a check', list: [{ access_token: 'abc' }], name: 'Ada' })).toEqual([
    'of a check',
    'abc',
  ]);
});

it('ignores the examples of the contracts, which everybody can read', () => {
  const [example] = documentedExamples();
  expect(example).toMatch(/\w/);
  expect(watchedAfter({ password: example })).toEqual([]);
});
