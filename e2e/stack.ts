import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The booted platform that the tests use. They never boot one. */
export interface Stack {
  /** Base URLs without trailing slash. */
  services: { frontend: string; gateway: string };
  /** Path of the services' logs with `{service}`; absent where they cannot be read. */
  logs?: string;
  /** Whether the harness runs the tests and needs their results on standard output. */
  reported?: boolean;
}

const root = resolve(import.meta.dirname, '..');

/**
 * Reads the file that `HARNESS_STACK` names, else the record of `npm run readiness -- up`.
 * @throws Error that says how to start the platform
 */
export function readStack(env: NodeJS.ProcessEnv = process.env): Stack {
  const given = env.HARNESS_STACK;
  if (given) return JSON.parse(readFileSync(given, 'utf8')) as Stack;
  const file = join(env.READINESS_CACHE ?? join(root, '.cache'), 'up.json');
  try {
    const { urls, logs } = JSON.parse(readFileSync(file, 'utf8')) as {
      urls: { frontend: string; gateway: string };
      logs?: string;
    };
    return { services: urls, ...(logs ? { logs } : {}) };
  } catch (cause) {
    throw new Error('No platform is running. Start one first: npm run readiness -- up', { cause });
  }
}
