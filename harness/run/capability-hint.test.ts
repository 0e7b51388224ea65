import { describe, expect, it } from 'vitest';
import { parseTarget } from '../runtime/external/read-target.ts';
import { capabilityHint } from './tools.ts';

const target = parseTarget('name: a\nlabel: staging\nservices: { gateway: http://127.0.0.1:1 }\n', 'a.yaml');

describe('the way to get a missing capability', () => {
  it.each([
    ['process', 'Drills were left out: npm run readiness'],
    ['testcontainers', 'Drills were left out: npm run readiness'],
    ['compose', 'The compose runtime cannot restart nodes. Use another one: npm run readiness'],
  ] as const)('to restart nodes in the %s runtime', (runtime, hint) => {
    expect(capabilityHint('node-restart', { tools: [], runtime })).toBe(hint);
  });

  it('to restart nodes of a deployed target is another runtime', () => {
    expect(capabilityHint('node-restart', { tools: [], runtime: 'external', target })).toMatch(
      /^The harness restarts only what it has started/,
    );
  });

  it('to query the database is the target file, or the compose file of an adopted project', () => {
    expect(capabilityHint('postgres-admin', { tools: [], runtime: 'external', target })).toContain(
      'database.admin',
    );
    expect(
      capabilityHint('postgres-admin', { tools: [], runtime: 'external', target, adopted: 'shop' }),
    ).toMatch(/^Port 5432 of postgres is not published\./);
  });
});
