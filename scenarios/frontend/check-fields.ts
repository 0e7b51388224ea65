import type { CheckDefinition } from '../../harness/engine/index.ts';

/** Fields of every check that opens pages in a real browser, by a test of `e2e/`. */
export const frontendCheck = {
  category: 'frontend',
  conditions: ['frontend'],
  requires: ['browser'],
  services: ['frontend', 'gateway', 'platform-services'],
  // The first one waits for the start of the browser, the last one for all tests before it.
  timeoutMs: 180_000,
  lasts: 30,
  waits: true,
} as const satisfies Partial<CheckDefinition>;

/** Capabilities of checks whose test registers a user. */
export const withUsers = ['browser', 'registration'] as const;

/** Fields of every check that reads the pages without a browser: they have no scripts. */
export const siteCheck = {
  category: 'frontend',
  conditions: ['frontend'],
  services: ['frontend', 'gateway', 'platform-services'],
  timeoutMs: 60_000,
} as const satisfies Partial<CheckDefinition>;

/** Every other browser check needs this one. */
export const pagesRender = 'frontend.pages-render';
