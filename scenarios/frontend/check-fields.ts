import type { CheckDefinition } from '../../harness/engine/index.ts';

/** What every check of the pages has in common: a real browser, or nothing is known. */
export const frontendCheck = {
  category: 'frontend',
  conditions: ['frontend'],
  requires: ['browser'],
  services: ['frontend', 'gateway', 'platform-services'],
  timeoutMs: 60_000,
} as const satisfies Partial<CheckDefinition>;

/** The check that every other one in a browser hangs on. */
export const pagesRender = 'frontend.pages-render';
