import { describe, expect, it } from 'vitest';
import type { LogLine } from '../../evidence/facts.ts';
import { tellingLogLine } from './telling-log-line.ts';

const line = (text: string, stream: LogLine['stream'] = 'stdout'): LogLine => ({
  service: 'user-service',
  stream,
  text,
});

describe('tellingLogLine', () => {
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
      name: 'takes the message above a stack trace, not a frame of it',
      logs: [
        line('Error: listen EADDRINUSE 127.0.0.1:8008', 'stderr'),
        line('    at Server.setupListenHandle (node:net:1940:16)', 'stderr'),
        line('Node.js v24.21.0', 'stderr'),
      ],
      text: 'Error: listen EADDRINUSE 127.0.0.1:8008',
    },
    {
      name: 'takes standard error before standard output',
      logs: [line('DATABASE_URL: not a URL', 'stderr'), line('bye')],
      text: 'DATABASE_URL: not a URL',
    },
    {
      name: 'takes the last line when none stands out',
      logs: [line('one'), line('two'), line(' ')],
      text: 'two',
    },
    { name: 'keeps a line that only looks like JSON', logs: [line('{broken')], text: '{broken' },
  ])('$name', ({ logs, text }) => {
    expect(tellingLogLine(logs)).toEqual({ service: 'user-service', text });
  });

  it('finds nothing in an empty log', () => {
    expect(tellingLogLine([])).toBeUndefined();
  });
});
