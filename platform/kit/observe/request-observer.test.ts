import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { createLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import { createRequestObserver } from './request-observer.ts';

async function lineOf(status: number): Promise<Record<string, unknown> | undefined> {
  const destination = new PassThrough();
  const log = createLog({ service: 'user-service', level: 'info', destination });
  const observer = createRequestObserver({ metrics: createMetrics('user-service'), log });
  const request = observer.started({ id: 'r-1', method: 'GET', route: '/x', traceparent: undefined });
  request.caller = { userId: 'ada', address: '127.0.0.9' };
  observer.completed(request, status);
  destination.end();
  const written = await text(destination);
  return written === '' ? undefined : JSON.parse(written);
}

it.each([401, 403, 429])('logs a rejection with %s with its caller', async (status) => {
  expect(await lineOf(status)).toMatchObject({
    status,
    request_id: 'r-1',
    user_id: 'ada',
    address: '127.0.0.9',
  });
});

it('writes no line for a success', async () => {
  expect(await lineOf(200)).toBeUndefined();
});
