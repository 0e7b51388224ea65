import { describe, expect, it } from 'vitest';
import { ExchangeRecord } from './exchange-record.ts';

const request = { method: 'GET', url: 'http://127.0.0.1:1/x', from: '127.0.0.1', headers: {}, body: null };

describe('the record of exchanges', () => {
  it('writes no file when nothing was sent', () => {
    expect(new ExchangeRecord().toJson('trace')).toBeUndefined();
  });

  it('contains failed and unfinished requests', () => {
    const record = new ExchangeRecord();
    record.sending(request)({ failure: 'ECONNREFUSED' });
    record.sending(request);
    const { exchanges } = JSON.parse(record.toJson('trace') ?? '');
    expect(exchanges.map(({ failure }: { failure: string }) => failure)).toEqual([
      'ECONNREFUSED',
      'not finished when the check ended',
    ]);
  });

  it('limits its size and counts what it omits', () => {
    const record = new ExchangeRecord();
    for (let count = 0; count < 500; count += 1) record.sending({ ...request, body: 'y'.repeat(100_000) });
    const json = record.toJson('trace') ?? '';
    expect(JSON.parse(json)).toMatchObject({ sent: 500, omittedInTheMiddle: 300 });
    expect(json).toContain('(83616 more characters)');
  });
});
