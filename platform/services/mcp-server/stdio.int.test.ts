import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toolNames } from '../../contracts/mcp-server/contract.ts';

const program = join(import.meta.dirname, 'stdio.ts');
/** Nothing listens there. */
const variables = { ACCESS_TOKEN: 'pat', AIRTABLE_GATEWAY_URL: 'http://127.0.0.1:9/api/airtable' };

interface StdioServer extends AsyncDisposable {
  /** Writes lines. */
  write(...lines: unknown[]): void;
  /** Sends a message and returns the next line of the server. */
  send(message: unknown): Promise<Record<string, unknown>>;
  /** Ends the input and resolves with the exit code. */
  end(): Promise<unknown>;
}

function start(): StdioServer {
  const server = spawn(process.execPath, [program], { env: variables, stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(server, 'exit');
  const received = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
  const write = (...lines: unknown[]) => {
    for (const line of lines)
      server.stdin.write(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`);
  };
  return {
    write,
    async send(message) {
      write(message);
      return JSON.parse((await received.next()).value as string) as Record<string, unknown>;
    },
    async end() {
      server.stdin.end();
      return (await exited)[0];
    },
    async [Symbol.asyncDispose]() {
      if (server.exitCode === null) server.kill('SIGKILL');
      await exited;
    },
  };
}

let id = 0;
const request = (method: string, params?: object) => {
  id += 1;
  return { jsonrpc: '2.0', id, method, params };
};
const initialize = () =>
  request('initialize', {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'test', version: '1' },
  });

let server: StdioServer;
beforeAll(async () => {
  server = start();
  await server.send(initialize());
  server.write({ jsonrpc: '2.0', method: 'notifications/initialized' });
});
afterAll(() => server[Symbol.asyncDispose]());

it('agrees on a revision of the protocol and ends when its input ends', async () => {
  await using own = start();
  expect(await own.send(initialize())).toMatchObject({
    id,
    result: { protocolVersion: '2025-06-18', serverInfo: { name: 'pyairtable-mcp' } },
  });
  expect(await own.end()).toBe(0);
});

it('lists all tools', async () => {
  const { result } = (await server.send(request('tools/list'))) as { result: { tools: { name: string }[] } };
  expect(result.tools.map(({ name }) => name)).toEqual(toolNames);
});

it.each([
  ['tools/call', undefined],
  ['tools/call', { name: 5 }],
  ['tools/call', { name: 'list_bases', arguments: 'none' }],
  ['tools/list', { cursor: 5 }],
])('rejects %s with the parameters %j in one sentence', async (method, params) => {
  const { error } = (await server.send(request(method, params))) as {
    error: { code: number; message: string };
  };
  expect(error.code).toBe(-32_602);
  expect(error.message).toMatch(/^params[.:] ?[^\n]+$/);
});

it('rejects an unknown tool and names the others', async () => {
  expect(await server.send(request('tools/call', { name: 'drop_table', arguments: {} }))).toMatchObject({
    id,
    error: {
      code: -32_602,
      message: expect.stringContaining('There is no tool "drop_table". Tools: list_bases'),
    },
  });
});

it('rejects an unknown method', async () => {
  expect(await server.send(request('nothing'))).toMatchObject({ id, error: { code: -32_601 } });
});

it('reports invalid arguments and an unreachable gateway as failures of the tool', async () => {
  const call = (name: string) => server.send(request('tools/call', { name, arguments: {} }));
  expect(await call('get_records')).toMatchObject({ result: { isError: true } });
  expect(await call('list_bases')).toMatchObject({
    result: { isError: true, content: [{ text: 'airtable-gateway could not be reached.' }] },
  });
});

it.each([
  ['a batch', [{ jsonrpc: '2.0', id: 1, method: 'ping' }]],
  ['an empty batch', []],
  ['a number', 5],
  ['a message of another version', { jsonrpc: '1.0', id: 1, method: 'ping' }],
])('rejects %s and continues', async (_what, message) => {
  expect(await server.send(message)).toMatchObject({ id: null, error: { code: -32_600 } });
  expect(await server.send(request('ping'))).toEqual({ jsonrpc: '2.0', id, result: {} });
});

it('ignores a line that is no JSON', async () => {
  server.write('no JSON');
  expect(await server.send(request('ping'))).toEqual({ jsonrpc: '2.0', id, result: {} });
});

it.each(Object.keys(variables))('names the missing variable %s and ends with exit code 78', (name) => {
  const { status, stderr } = spawnSync(process.execPath, [program], {
    env: { ...variables, [name]: '' },
    encoding: 'utf8',
  });
  expect(status).toBe(78);
  expect(stderr).toContain(name);
});
