import type { CheckDefinition } from '../../harness/engine/index.ts';

/** Fields of every check that opens pages in a real browser. */
export const frontendCheck = {
  category: 'frontend',
  conditions: ['frontend'],
  requires: ['browser'],
  services: ['frontend', 'gateway', 'platform-services'],
  timeoutMs: 60_000,
} as const satisfies Partial<CheckDefinition>;

/** Fields of every check that reads the pages without a browser: they have no scripts. */
export const siteCheck = {
  category: 'frontend',
  conditions: ['frontend'],
  services: ['frontend', 'gateway', 'platform-services'],
  timeoutMs: 60_000,
} as const satisfies Partial<CheckDefinition>;

/** Every other browser check needs this one. */
export const pagesRender = 'frontend.pages-render';
