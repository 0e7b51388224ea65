import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AccessClaims } from '../../../contracts/identity.ts';
import { testClaims } from '../../../kit/testing/test-claims.ts';
import { startTemporaryOrchestrator, type TemporaryOrchestrator } from '../testing/temporary-orchestrator.ts';

let service: TemporaryOrchestrator;
beforeAll(async () => {
  service = await startTemporaryOrchestrator();
});
afterAll(async () => {
  await service?.stop();
});

const first = randomUUID();
const second = randomUUID();

/** A viewer of two workspaces. */
function viewer(): AccessClaims {
  const claims = testClaims();
  leave(claims, []);
  return claims;
}

function leave(claims: AccessClaims, left: readonly string[]): void {
  const ids = [first, second].filter((id) => !left.includes(id));
  service.authorities.set(claims, {
    default_workspace_id: ids[0] ?? null,
    workspaces: ids.map((id) => ({ id, role: 'viewer' })),
  });
}

async function chat(claims: AccessClaims, body: object) {
  await service.gemini.replay('text');
  return service.call(claims, 'POST', '/chat', { message: 'Hi', ...body });
}

it('a conversation belongs to one workspace, by default the default one', async () => {
  const claims = viewer();
  expect((await chat(claims, { session_id: 'here' })).statusCode).toBe(200);
  expect((await chat(claims, { session_id: 'there', workspace_id: second })).statusCode).toBe(200);
  const listed = (await service.call(claims, 'GET', '/sessions')).json();
  expect(listed.sessions.map(({ id, workspace_id }: never) => [id, workspace_id])).toEqual([
    ['there', second],
    ['here', first],
  ]);
  const moved = await chat(claims, { session_id: 'there', workspace_id: first });
  expect([moved.statusCode, moved.json().details?.[0].loc]).toEqual([422, ['body', 'workspace_id']]);
  expect((await chat(claims, { workspace_id: randomUUID() })).statusCode).toBe(404);
});

it('a conversation is lost with the membership in its workspace, and others are not', async () => {
  const claims = viewer();
  await chat(claims, { session_id: 'kept' });
  await chat(claims, { session_id: 'lost', workspace_id: second });
  leave(claims, [second]);
  const routes = [
    ['GET', '/sessions/:id/history'],
    ['GET', '/sessions/:id/cost-summary'],
    ['GET', '/budgets/session/:id'],
    ['DELETE', '/sessions/:id'],
  ] as const;
  for (const [method, path] of routes) {
    expect((await service.call(claims, method, path.replace(':id', 'lost'))).statusCode).toBe(404);
    expect((await service.call(claims, method, path.replace(':id', 'kept'))).statusCode).toBeLessThan(300);
  }
  expect((await chat(claims, { session_id: 'lost' })).statusCode).toBe(404);
  expect((await service.call(claims, 'GET', '/sessions')).json().total).toBe(0);
});

it('a response ends when the right to read the workspace is lost', async () => {
  for (const stream of [true, false]) {
    const claims = viewer();
    await service.gemini.replay('slow');
    const running = service.call(claims, 'POST', '/chat', { message: 'Hi', stream });
    await service.gemini.asked();
    leave(claims, [first]);
    expect((await running).json()).toMatchObject({
      error: 'forbidden',
      message: 'You have lost the right to this.',
    });
    expect((await service.call(claims, 'GET', '/sessions')).json().total).toBe(0);
  }
});
