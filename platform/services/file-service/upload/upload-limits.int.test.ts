import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { maxFileBytes } from '../../../contracts/file-service/contract.ts';
import { testClaims } from '../../../kit/testing/test-claims.ts';
import { form, formType } from '../testing/form.ts';
import { startTemporaryFileService, type TemporaryFileService } from '../testing/temporary-file-service.ts';

let service: TemporaryFileService;

beforeAll(async () => {
  service = await startTemporaryFileService({ files: 5, bytes: maxFileBytes + 1_000 });
});
afterAll(() => service?.stop());

describe('size', () => {
  const megabyte = Buffer.alloc(1024 * 1024, 'x');

  /** A form with `size` bytes of text, generated while it is sent. */
  async function* streamedForm(size: number) {
    const [head = '', tail = ''] = form([{ filename: 'big.txt', content: '|' }])
      .toString()
      .split('|');
    yield Buffer.from(head);
    for (let left = size; left > 0; left -= megabyte.length) yield megabyte.subarray(0, left);
    yield Buffer.from(tail);
  }

  async function send(claims: ReturnType<typeof testClaims>, size: number) {
    const response = await service.app.inject({
      method: 'POST',
      url: '/files/upload',
      headers: { authorization: `Bearer ${await service.tokenOf(claims)}`, 'content-type': formType },
      payload: Readable.from(streamedForm(size), { objectMode: false }),
    });
    return { status: response.statusCode, body: response.json() };
  }

  it('may be the maximum, but not one byte more', async () => {
    const claims = testClaims();
    const before = await service.storedNames();
    expect(await send(claims, maxFileBytes + 1)).toMatchObject({
      status: 413,
      body: { error: 'payload_too_large' },
    });
    expect(await service.storedNames()).toEqual(before);
    expect((await service.call(claims, 'GET', '/files')).json().total).toBe(0);
    const { status, body } = await send(claims, maxFileBytes);
    expect([status, body.size]).toEqual([201, maxFileBytes]);
    await service.call(claims, 'DELETE', `/files/${body.id}`);
  });

  it('of all files together is limited by the quota, also without a Content-Length', async () => {
    const claims = testClaims();
    expect((await send(claims, maxFileBytes)).status).toBe(201);
    const before = await service.storedNames();
    expect((await service.upload(claims, { filename: 'a.txt', content: 'x'.repeat(2_000) })).statusCode).toBe(
      413,
    );
    expect((await send(claims, 2_000)).status).toBe(413);
    expect(await service.storedNames()).toEqual(before);
    expect((await service.upload(testClaims(), { filename: 'a.txt', content: 'x' })).statusCode).toBe(201);
  });

  it('limits the number of files, also for concurrent uploads', async () => {
    const claims = testClaims();
    const responses = await Promise.all(
      Array.from({ length: 12 }, () => service.upload(claims, { filename: 'a.txt', content: 'x' })),
    );
    const statuses = responses.map(({ statusCode }) => statusCode).sort();
    expect(statuses).toEqual([201, 201, 201, 201, 201, 413, 413, 413, 413, 413, 413, 413]);
  });
});
