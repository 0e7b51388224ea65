import { describe, expect, it } from 'vitest';
import { toK6Plan } from './k6-script.ts';
import { toLoadSummary } from './run-k6.ts';

const services = { gateway: 'http://127.0.0.1:8000' } as Parameters<typeof toK6Plan>[1]['services'];

describe('planning load', () => {
  it('waits at the end for all requests that may still be running', () => {
    const request = { service: 'gateway', method: 'GET', path: '/a', expectedStatuses: [200] } as const;
    const plan = toK6Plan(
      {
        name: 'x',
        model: { stages: [{ rate: 1, duration: 1 }] },
        flows: [{ name: 'f', weight: 1, steps: [request, request] }],
      },
      { services, summaryFile: '/x', traceId: 't' },
    );
    expect(plan.gracefulStopS).toBeGreaterThan(plan.requestTimeoutS * 2);
    expect(plan.requests[0]).toMatchObject({ url: 'http://127.0.0.1:8000/a', body: null });
  });
});

describe('the load summary', () => {
  it('reports the request timeout if no response was as expected', () => {
    const summary = toLoadSummary(
      { metrics: { sent: { values: { count: 60 } }, failed: { values: { count: 60 } } } },
      10_000,
    );
    expect(summary).toMatchObject({ total: 60, failed: 60, dropped: 0, p95Ms: 10_000 });
  });

  it('rejects an invalid summary', () => {
    expect(() => toLoadSummary({ metrics: { sent: 3 } }, 1)).toThrow();
  });
});
