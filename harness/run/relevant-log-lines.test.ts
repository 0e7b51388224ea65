import { expect, it } from 'vitest';
import { createLog } from '../../platform/kit/observe/log.ts';
import type { BootFacts, LogLine } from '../evidence/facts.ts';
import { relevantLogLines } from './relevant-log-lines.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';

/** A line as a service of the platform writes it. */
function written(level: 'info' | 'warn' | 'error' | 'fatal', message: string, fields: object = {}): LogLine {
  let text = '';
  const log = createLog({
    service: 'gateway',
    level: 'info',
    destination: {
      write: (line) => {
        text = line.trimEnd();
      },
    },
  });
  log[level](fields, message);
  return { service: 'gateway', stream: 'stdout', text };
}

function relevant(lines: readonly LogLine[]): string[] {
  const boot = [{ kind: 'service', node: 'gateway' }] as unknown as BootFacts[];
  return relevantLogLines({ boot, logs: () => [...lines] }, 0, [traceId]).map(({ text }) => text);
}

it.each(['warn', 'error', 'fatal'] as const)('keeps a line of the level %s', (level) => {
  const line = written(level, 'redis connection failed');
  expect(relevant([line])).toEqual([line.text]);
});

it('keeps a line of the check’s traces, whatever its level', () => {
  const line = written('info', 'request completed', { trace_id: traceId });
  expect(relevant([line])).toEqual([line.text]);
});

it('keeps lines on standard error', () => {
  expect(relevant([{ service: 'gateway', stream: 'stderr', text: 'out of memory' }])).toEqual([
    'out of memory',
  ]);
});

it('drops other lines, also those that quote a level', () => {
  expect(
    relevant([written('info', 'a client sent {"level":"error"}', { body: { level: 'error' } })]),
  ).toEqual([]);
});

it('keeps the newest 40 lines', () => {
  const lines = Array.from({ length: 50 }, (_, index) => written('warn', `warning ${index}`));
  expect(relevant(lines)).toEqual(lines.slice(10).map(({ text }) => text));
});
