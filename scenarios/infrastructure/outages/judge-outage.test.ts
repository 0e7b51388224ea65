import { describe, expect, it } from 'vitest';
import type { ServiceName } from '../../../platform/contracts/service.ts';
import {
  alarmedNeedlessly,
  differencesFrom,
  hiddenFailures,
  reportedHealthy,
  undocumentedFailures,
  unreported,
} from './judge-outage.ts';
import type { ReadResult } from './sample-reads.ts';

const files = (status: number, json: unknown, more: Partial<ReadResult> = {}): ReadResult => ({
  read: { id: 'file-service.list', service: 'file-service', method: 'GET', path: '/files' },
  status,
  code: '',
  hasRetryAfter: false,
  json,
  durationMs: 1,
  ...more,
});
const tools = (status: number, json: unknown): ReadResult => ({
  ...files(status, json),
  read: { id: 'mcp-server.tools', service: 'mcp-server', method: 'GET', path: '/tools' },
});
const call = (json: unknown): ReadResult => ({
  ...files(200, json),
  read: { id: 'mcp-server.callTool(list_bases)', service: 'mcp-server', method: 'POST', path: '/tools/call' },
});
const before = [
  files(200, { files: [1, 2] }),
  tools(200, { tools: [1] }),
  call({ success: true, result: [1] }),
];
const notReady = { code: 'not_ready', hasRetryAfter: true };

describe('reads while the database is stopped', () => {
  it('hide the outage when they succeed or lose content, and may not fail without the documented response', () => {
    expect(hiddenFailures(before, [files(200, { files: [] })])).toEqual([
      'GET /files of file-service: 200, and files is []',
    ]);
    expect(hiddenFailures(before, [files(200, { files: [1, 2] })])).toEqual([
      'GET /files of file-service: 200 without the database',
    ]);
    expect(hiddenFailures(before, [call({ success: true, result: [] })])).toHaveLength(1);
    expect(undocumentedFailures([files(500, {}, { code: 'internal' }), files(503, {})])).toHaveLength(2);
    expect(undocumentedFailures([tools(503, {})])).toHaveLength(1);
  });

  it('are as documented with 503 and Retry-After, and where they need no database', () => {
    const during = [
      files(503, {}, notReady),
      tools(200, { tools: [1] }),
      call({ success: false, result: [] }),
    ];
    expect([...hiddenFailures(before, during), ...undocumentedFailures(during)]).toEqual([]);
  });
});

it('finds reads that fail or have lost something, unless they may fail', () => {
  const now = [files(503, {}, notReady), tools(200, { tools: [] })];
  expect(differencesFrom(before, now)).toHaveLength(2);
  expect(differencesFrom(before, now, ({ status }) => status === 503)).toEqual([
    'GET /tools of mcp-server: 200, but tools is []',
  ]);
});

describe('the readiness of services', () => {
  const state = (service: ServiceName, ready: number, ...failed: string[]) => ({
    service,
    health: 200,
    ready,
    failed,
  });
  const dependants = {
    services: ['file-service', 'user-service', 'saga-service'],
    dependency: 'redis',
  } as const;

  it('must name what is stopped, and nothing else may alarm', () => {
    const states = [
      state('file-service', 200),
      state('user-service', 503, 'postgresql'),
      state('saga-service', 503, 'postgresql', 'redis'),
      state('frontend', 503, 'gateway'),
    ];
    expect(unreported(states, dependants)).toEqual([
      'file-service: /ready is 200',
      'user-service: /ready names postgresql',
    ]);
    expect(alarmedNeedlessly(states, dependants)).toEqual(['frontend: /ready is 503 (gateway)']);
  });

  it('must show in the report of the gateway', () => {
    const services = { 'file-service': { status: 'healthy', error: '' } };
    expect(reportedHealthy({ status: 'degraded', services }, ['file-service', 'gateway'])).toHaveLength(1);
    expect(reportedHealthy(undefined, ['file-service'])).toEqual(['no report']);
  });
});
