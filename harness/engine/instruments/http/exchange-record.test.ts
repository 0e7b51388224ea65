import { describe, expect, it } from 'vitest';
import { ExchangeRecord } from './exchange-record.ts';

const request = { method: 'GET', url: 'http://127.0.0.1:1/x', from: '127.0.0.1', headers: {}, body: null };
const exchange = { method: 'GET', url: '', json: undefined, text: '', truncated: false, durationMs: 1 };

describe('the record of exchanges', () => {
  it('writes no file when nothing was sent', () => {
    expect(new ExchangeRecord().toJson('trace')).toBeUndefined();
  });

  it('contains failed and unfinished requests', () => {
    const record = new ExchangeRecord();
    record.sending(request, 'gateway')({ failure: 'ECONNREFUSED' });
    record.sending(request, 'gateway');
    const { exchanges } = JSON.parse(record.toJson('trace') ?? '');
    expect(exchanges.map(({ failure }: { failure: string }) => failure)).toEqual([
      'ECONNREFUSED',
      'not finished when the check ended',
    ]);
  });

  it('limits its size and counts what it omits', () => {
    const record = new ExchangeRecord();
    for (let count = 0; count < 500; count += 1)
      record.sending({ ...request, body: 'y'.repeat(100_000) }, 'gateway');
    const json = record.toJson('trace') ?? '';
    expect(JSON.parse(json)).toMatchObject({ sent: 500, omittedInTheMiddle: 300 });
    expect(json).toContain('(83616 more characters)');
  });

  it('counts failed requests by the service that responded, else by the one called', () => {
    const record = new ExchangeRecord();
    const respond = (status: number, servedBy?: string): void => {
      const headers: Record<string, string> = servedBy === undefined ? {} : { 'x-served-by': servedBy };
      const response = { ...exchange, status, headers };
      record.sending({ ...request, url: 'http://127.0.0.1:1/x?token=secret' }, 'gateway')({ response });
    };
    respond(200, 'user-service');
    respond(503, 'user-service');
    respond(501, 'gateway');
    respond(404);
    record.sending(request, 'gateway')({ failure: 'ECONNRESET socket hang up' });
    record.sending(request, 'mcp-server');
    expect(record.responses()).toEqual([
      { service: 'gateway', total: 3, failed: 1, example: 'GET /x: ECONNRESET socket hang up' },
      { service: 'user-service', total: 2, failed: 1, example: 'GET /x: 503' },
    ]);
  });
});
