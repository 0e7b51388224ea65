import { expect, test } from 'vitest';
import { isNewEnough } from './compose-program.ts';

test.each(['2.24.0', 'v2.40.3', '2.26.1-4', '5.0.0'])('Docker Compose %s is new enough', (version) => {
  expect(isNewEnough(version)).toBe(true);
});

test.each(['1.29.2', '2.23.3', 'v2.9.0', 'unknown'])('Docker Compose %s is too old', (version) => {
  expect(isNewEnough(version)).toBe(false);
});
