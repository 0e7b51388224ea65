import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestedPlatform, type TestedPlatform } from '../../testing/tested-platform.ts';
import { rightsHold } from './rights-checks.ts';
import { type LeakyGateway, startLeakyGateway } from './testing/leaky-gateway.ts';

let platform: TestedPlatform;
let gateway: LeakyGateway;
beforeAll(async () => {
  platform = await openTestedPlatform({ name: 'rights' });
  gateway = await startLeakyGateway(platform.stack.addresses.services.gateway);
}, 90_000);
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
});

const result = () => platform.resultOf(rightsHold.id, { gateway: gateway.url, timeoutMs: 180_000 });

const personsIn = (lines: unknown) => [...new Set((lines as string[]).map((line) => line.split(':')[0]))];

describe('the check of rights', { timeout: 200_000 }, () => {
  it('passes on the platform', async () => {
    expect(await result()).toMatchObject({
      shortfall: undefined,
      outcome: 'pass',
      observed: { wrong: [], changed: [], wrongLists: [] },
    });
  });

  it('fails when two routes forget to judge, and names who could use them and what is gone', async () => {
    gateway.leak([
      { method: 'DELETE', path: /^\/api\/files\/[^/]+$/ },
      { method: 'GET', path: /^\/api\/workspaces\/[^/]+\/members$/ },
    ]);
    const { outcome, observed } = await result();
    expect(outcome).toBe('fail');
    const wrong = observed.wrong as string[];
    const reading = wrong.filter((line) => line.includes('GET /api/workspaces/:id/members'));
    const deleting = wrong.filter((line) => !reading.includes(line));
    expect(personsIn(deleting)).toEqual(['commenter', 'viewer', 'read-only', 'removed', 'other workspace']);
    expect(deleting).toContainEqual('viewer: DELETE /api/files/:id is forbidden: 204 instead of 403');
    expect(personsIn(observed.changed)).toEqual([
      'commenter',
      'viewer',
      'read-only',
      'removed',
      'other workspace, other tenant, anonymous',
    ]);
    // A removed member can still read.
    expect(reading).toEqual([
      'removed: GET /api/workspaces/:id/members is hidden: 200 instead of 404',
      'other workspace: GET /api/workspaces/:id/members is hidden: 200 instead of 404',
    ]);
    const changed = (observed.changed as string[]).filter((line) => !/: \/api\/files/.test(line));
    expect(changed).toEqual([]);
  });
});
