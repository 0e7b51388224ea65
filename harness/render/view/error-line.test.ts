import { describe, expect, it } from 'vitest';
import type { LogLine } from '../../evidence/facts.ts';
import { errorLine } from './error-line.ts';

const line = (text: string, stream: LogLine['stream'] = 'stdout'): LogLine => ({
  service: 'user-service',
  stream,
  text,
});

describe('errorLine', () => {
  it.each([
    {
      name: 'prefers the last JSON line at error level and shows its message',
      logs: [
        line('{"level":30,"msg":"starting"}'),
        line('{"level":60,"msg":"cannot start","err":{"message":"password authentication failed"}}'),
        line('{"level":30,"msg":"closing, no error left"}'),
      ],
      text: 'cannot start: password authentication failed',
    },
    {
      name: 'prefers the message to the frames of its stack trace',
      logs: [
        line('Error: listen EADDRINUSE 127.0.0.1:8008', 'stderr'),
        line('    at Server.setupListenHandle (node:net:1940:16)', 'stderr'),
        line('Node.js v24.21.0', 'stderr'),
      ],
      text: 'Error: listen EADDRINUSE 127.0.0.1:8008',
    },
    {
      name: 'shows method, route and status of a request log line',
      logs: [line('{"level":"error","method":"GET","route":"/ready","status":503,"msg":"request"}')],
      text: 'GET /ready: 503',
    },
    {
      name: 'prefers stderr to stdout',
      logs: [line('DATABASE_URL: not a URL', 'stderr'), line('bye')],
      text: 'DATABASE_URL: not a URL',
    },
    {
      name: 'takes the last line if no line reads like an error',
      logs: [line('one'), line('two'), line(' ')],
      text: 'two',
    },
    { name: 'keeps a line that only looks like JSON', logs: [line('{broken')], text: '{broken' },
  ])('$name', ({ logs, text }) => {
    expect(errorLine(logs)).toEqual({ service: 'user-service', text });
  });

  it('finds nothing in an empty log', () => {
    expect(errorLine([])).toBeUndefined();
  });
});
