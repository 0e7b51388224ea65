import { expect, it } from 'vitest';
import { debuggerText } from './debugger-text.ts';

it('has addresses, processes, and commands for the stores', () => {
  const text = debuggerText({
    services: [
      { name: 'gateway', url: 'http://127.0.0.1:8000', pid: 42 },
      { name: 'mcp-server', url: 'http://127.0.0.1:8001', pid: undefined },
    ],
    postgresUrl: 'postgresql://postgres:secret@localhost:5432/pyairtable?host=%2Frun',
    redisUrl: 'redis://default:secret@localhost/0?path=%2Frun%2Fredis.sock',
    logs: 'reports/runs/1/logs',
  });
  expect(text).toContain('  gateway     http://127.0.0.1:8000  process 42\n');
  expect(text).toContain('  mcp-server  http://127.0.0.1:8001\n');
  expect(text).toContain("psql 'postgresql://postgres:secret@localhost:5432/pyairtable?host=%2Frun'");
  expect(text).toContain('redis-cli -s /run/redis.sock -a secret --no-auth-warning');
  expect(text).toContain('kill -USR1 42 opens the debugger of gateway');
});

it('names no store that cannot be reached', () => {
  const text = debuggerText({
    services: [{ name: 'gateway', url: 'http://127.0.0.1:8000', pid: undefined }],
    postgresUrl: undefined,
    redisUrl: 'redis://default:secret@127.0.0.1:6380/0',
    logs: 'logs',
  });
  expect(text).not.toContain('psql');
  expect(text).not.toContain('USR1');
  expect(text).toContain('redis-cli -h 127.0.0.1 -p 6380 -a secret');
});
