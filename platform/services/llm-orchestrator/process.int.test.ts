import { afterAll, beforeAll, expect, it } from 'vitest';
import { type SpawnedService, spawnService } from '../../kit/testing/spawned-service.ts';
import { testClaims } from '../../kit/testing/test-claims.ts';
import { startTemporaryOrchestrator, type TemporaryOrchestrator } from './testing/temporary-orchestrator.ts';

let platform: TemporaryOrchestrator;
let environment: Record<string, string>;
const processes: SpawnedService[] = [];
beforeAll(async () => {
  platform = await startTemporaryOrchestrator();
  environment = { ...platform.env, DATABASE_URL: platform.stores.urlOf('llm_orchestrator') };
});
afterAll(async () => {
  for (const one of processes) await one.end('SIGKILL');
  await platform?.stop();
});

async function start(
  name: 'llm-orchestrator' | 'gateway',
  env: Record<string, string>,
): Promise<SpawnedService> {
  const started = await spawnService(name, env);
  processes.push(started);
  return started;
}

it('streams responses through the gateway', async () => {
  const service = await start('llm-orchestrator', {
    ...environment,
    GEMINI_API_KEY: 'key',
    GEMINI_API_URL: platform.gemini.url,
  });
  const gateway = await start('gateway', { ...platform.env, LLM_ORCHESTRATOR_URL: service.url });
  await platform.gemini.replay('stream');
  const response = await fetch(`${gateway.url}/api/chat`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await platform.tokenOf(testClaims())}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ message: 'What is in my base?', stream: true }),
  });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  expect(response.headers.get('x-served-by')).toBe('llm-orchestrator');
  const body = await response.text();
  expect(body.match(/"type":"(\w+)"/g)).toEqual(
    ['text', 'text', 'text', 'done'].map((type) => `"type":"${type}"`),
  );
});

it('is ready without a key', async () => {
  const service = await start('llm-orchestrator', environment);
  expect((await fetch(`${service.url}/ready`)).status).toBe(200);
});

it.each([
  ['GEMINI_API_URL', 'nonsense'],
  ['GEMINI_API_KEY', 'two words'],
  ['DEFAULT_USER_BUDGET', '0'],
  ['DEFAULT_MODEL', '../secret'],
])('does not start with %s set to %j and names the variable', async (variable, value) => {
  await expect(start('llm-orchestrator', { ...environment, [variable]: value })).rejects.toThrow(
    new RegExp(`exited with 78: llm-orchestrator: ${variable}: must be`),
  );
});
