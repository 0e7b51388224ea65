import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileRecord } from '../../contracts/file-service/contract.ts';
import { testClaims } from '../../kit/testing/test-claims.ts';
import { docx, pdf, png, xlsx } from './testing/sample-files.ts';
import {
  internalKey,
  startTemporaryFileService,
  type TemporaryFileService,
} from './testing/temporary-file-service.ts';

let service: TemporaryFileService;

beforeAll(async () => {
  service = await startTemporaryFileService();
});
afterAll(() => service?.stop());

const text = { filename: 'notes.txt', contentType: 'text/plain', content: 'Grüße\nfrom here\n' };

async function stored(claims = testClaims(), file: Parameters<TemporaryFileService['upload']>[1] = text) {
  const response = await service.upload(claims, file);
  expect([response.statusCode, response.body]).toEqual([201, expect.any(String)]);
  return FileRecord.parse(response.json());
}

describe('an uploaded file', () => {
  it('has size, checksum and type, and is downloaded byte for byte', async () => {
    const claims = testClaims();
    const content = png(40, 30);
    const file = await stored(claims, { filename: 'dot.PNG', contentType: 'image/png', content });
    expect(file).toMatchObject({
      filename: 'dot.PNG',
      tenant_id: claims.tenant_id,
      content_type: 'image/png',
      size: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
      status: 'pending',
      error_message: null,
    });
    expect((await service.call(claims, 'GET', `/files/${file.id}`)).json()).toEqual(file);
    const response = await service.call(claims, 'GET', `/files/${file.id}/download`);
    expect(response.statusCode).toBe(200);
    expect(response.rawPayload.equals(content)).toBe(true);
    expect(response.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="dot.PNG"; filename*=UTF-8''dot.PNG`,
      'x-content-type-options': 'nosniff',
      'content-length': String(content.length),
      'accept-ranges': 'bytes',
      etag: `"${file.sha256}"`,
    });
  });

  it('may be empty', async () => {
    const claims = testClaims();
    const file = await stored(claims, { ...text, content: '' });
    const response = await service.call(claims, 'GET', `/files/${file.id}/download`);
    expect([response.statusCode, response.body]).toEqual([200, '']);
  });

  it('is listed by name and status, newest first, in pages', async () => {
    const claims = testClaims();
    const names = ['a.txt', 'b_100%.txt', 'c.txt'];
    for (const filename of names) await stored(claims, { ...text, filename });
    const list = async (query: string) => (await service.call(claims, 'GET', `/files?${query}`)).json();
    const namesOf = (page: { files: FileRecord[] }) => page.files.map(({ filename }) => filename);
    expect(namesOf(await list(''))).toEqual(names.toReversed());
    expect(await list('page=2&page_size=2')).toMatchObject({ total: 3, page: 2, page_size: 2 });
    expect(namesOf(await list('page=2&page_size=2'))).toEqual(['a.txt']);
    expect(await list('page=9')).toMatchObject({ total: 3, files: [] });
    expect(namesOf(await list('search=B_100%25'))).toEqual(['b_100%.txt']);
    expect(await list('search=a%25')).toMatchObject({ total: 0 });
    expect(await list('status=completed')).toMatchObject({ total: 0 });
    expect(await list('status=pending')).toMatchObject({ total: 3 });
    expect((await service.call(claims, 'GET', '/files?status=lost')).statusCode).toBe(422);
  });

  it('counts towards its tenant’s statistics until it is deleted with its content', async () => {
    const claims = testClaims();
    const stats = async () => (await service.call(claims, 'GET', '/files/stats/summary')).json();
    expect(await stats()).toMatchObject({ total: 0, total_bytes: 0, by_status: { pending: 0, failed: 0 } });
    const file = await stored(claims);
    const before = await service.storedNames();
    expect(await stats()).toMatchObject({ total: 1, total_bytes: file.size, by_status: { pending: 1 } });
    expect((await service.call(claims, 'DELETE', `/files/${file.id}`)).statusCode).toBe(204);
    expect(await stats()).toMatchObject({ total: 0, total_bytes: 0 });
    expect(await service.storedNames()).toHaveLength(before.length - 1);
    expect((await service.call(claims, 'DELETE', `/files/${file.id}`)).statusCode).toBe(404);
  });

  it('can be downloaded in ranges', async () => {
    const claims = testClaims();
    const file = await stored(claims, { ...text, content: '0123456789' });
    const part = async (range: string, headers = {}) => {
      const response = await service.call(claims, 'GET', `/files/${file.id}/download`, { range, ...headers });
      return [response.statusCode, response.body, response.headers['content-range']];
    };
    expect(await part('bytes=2-4')).toEqual([206, '234', 'bytes 2-4/10']);
    expect(await part('bytes=-3')).toEqual([206, '789', 'bytes 7-9/10']);
    expect(await part('bytes=2-4', { 'if-range': `"${file.sha256}"` })).toEqual([206, '234', 'bytes 2-4/10']);
    expect(await part('bytes=2-4', { 'if-range': '"older"' })).toEqual([200, '0123456789', undefined]);
    expect(await part('bytes=0-1,4-5')).toEqual([200, '0123456789', undefined]);
    const beyond = await service.call(claims, 'GET', `/files/${file.id}/download`, { range: 'bytes=10-' });
    expect([beyond.statusCode, beyond.json().error, beyond.headers['content-range']]).toEqual([
      416,
      'range_not_satisfiable',
      'bytes */10',
    ]);
  });
});

describe('a download', () => {
  it('returns 304 for content that the client has, and 412 when it expects other content', async () => {
    const claims = testClaims();
    const file = await stored(claims);
    const get = async (headers: object) => {
      const response = await service.call(claims, 'GET', `/files/${file.id}/download`, headers);
      return { status: response.statusCode, headers: response.headers, body: response.body };
    };
    const { etag, 'last-modified': modified } = (await get({})).headers;
    const unchanged = { status: 304, body: '', headers: { etag, 'last-modified': modified } };
    expect(await get({ 'if-none-match': etag })).toMatchObject(unchanged);
    expect(await get({ 'if-none-match': `"x", W/${etag}` })).toMatchObject(unchanged);
    expect(await get({ 'if-modified-since': modified })).toMatchObject(unchanged);
    expect(await get({ 'if-none-match': '"x"', 'if-modified-since': modified })).toMatchObject({
      status: 200,
    });
    expect(await get({ 'if-match': etag })).toMatchObject({ status: 200, body: text.content });
    const other = await get({ 'if-match': '"nope"' });
    expect([other.status, JSON.parse(other.body).error, other.headers.etag]).toEqual([
      412,
      'precondition_failed',
      etag,
    ]);
    const date = await get({ range: 'bytes=0-0', 'if-range': modified });
    expect([date.status, date.body]).toEqual([206, 'G']);
  });
});

describe('another tenant', () => {
  it('gets the same response for a foreign file as for a missing one', async () => {
    const file = await stored();
    const stranger = testClaims();
    const missing = '00000000-0000-4000-8000-000000000000';
    const strip = ({ statusCode, body }: { statusCode: number; body: string }) => {
      const { timestamp: _at, request_id: _id, ...rest } = JSON.parse(body);
      return { statusCode, rest };
    };
    for (const [method, suffix] of [
      ['GET', ''],
      ['GET', '/download'],
      ['GET', '/extract'],
      ['POST', '/process'],
      ['DELETE', ''],
    ] as const) {
      const foreign = await service.call(stranger, method, `/files/${file.id}${suffix}`);
      const absent = await service.call(stranger, method, `/files/${missing}${suffix}`);
      expect(strip(foreign)).toEqual(strip(absent));
      expect(foreign.statusCode).toBe(404);
    }
    expect((await service.call(stranger, 'GET', '/files')).json()).toMatchObject({ total: 0, files: [] });
  });
});

describe('processing', () => {
  async function extracted(file: { filename: string; content: string | Buffer }) {
    const claims = testClaims();
    const { id } = await stored(claims, file);
    const begun = await service.call(claims, 'POST', `/files/${id}/process`);
    expect([begun.statusCode, begun.json().status]).toEqual([202, 'pending']);
    await service.processor.idle();
    const record = FileRecord.parse((await service.call(claims, 'GET', `/files/${id}`)).json());
    const response = await service.call(claims, 'GET', `/files/${id}/extract`);
    return { record, status: response.statusCode, body: response.json() };
  }

  it('extracts text and rows of a table', async () => {
    const { record, body } = await extracted({
      filename: 'people.csv',
      content: '\ufeffname;age;name\nAda;36;"Lovelace; A."\nGrace;85\n',
    });
    expect(record.status).toBe('completed');
    expect(body.rows).toEqual([
      { name: 'Ada', age: '36', name_2: 'Lovelace; A.' },
      { name: 'Grace', age: '85', name_2: null },
    ]);
    expect(body.metadata).toMatchObject({ row_count: 2, delimiter: ';', columns: ['name', 'age', 'name_2'] });
  });

  it.each([
    ['a text', 'a.txt', Buffer.from('Gr\xfc\xdfe', 'latin1'), 'Grüße', { encoding: 'windows-1252' }],
    ['JSON', 'a.json', '[{"z":1,"a":{"b":2}}]', '[{"z":1,"a":{"b":2}}]', { items: 1, columns: ['z', 'a'] }],
    ['a PDF', 'a.pdf', pdf(['Hello', 'World']), 'Hello\n\nWorld', { pages: 2, truncated: false }],
    ['a document', 'a.docx', docx(['First', 'Second']), 'First\n\nSecond', { paragraphs: 2 }],
    ['an image', 'a.png', png(40, 30), '', { width: 40, height: 30, format: 'png' }],
    [
      'a workbook',
      'a.xlsx',
      xlsx([
        ['name', 'age'],
        ['Ada', 36],
      ]),
      'name\tage\nAda\t36',
      { sheets: [{ name: 'People', rows: 2 }], row_count: 1 },
    ],
  ])('extracts text and metadata of %s', async (_kind, filename, content, expected, metadata) => {
    const { record, body } = await extracted({ filename, content });
    expect([record.status, record.error_message]).toEqual(['completed', null]);
    expect(body.text).toBe(expected);
    expect(body.metadata).toMatchObject(metadata);
  });

  it('extracts the rows of workbooks and of lists of objects', async () => {
    const sheet = await extracted({
      filename: 'a.xlsx',
      content: xlsx([
        ['name', 'age'],
        ['Ada', 36],
      ]),
    });
    expect(sheet.body.rows).toEqual([{ name: 'Ada', age: 36 }]);
    const list = await extracted({ filename: 'a.json', content: '[{"z":1},{"a":{"b":2},"z":null}]' });
    expect(list.body.rows).toEqual([
      { z: 1, a: null },
      { z: null, a: '{"b":2}' },
    ]);
    const exact = await extracted({
      filename: 'a.json',
      content: '[{"id":9007199254740993,"n":7,"deep":{"id":-9007199254740993}}]',
    });
    expect(exact.body.rows).toEqual([{ id: '9007199254740993', n: 7, deep: '{"id":-9007199254740993}' }]);
  });

  it.each([
    ['broken JSON', 'a.json', '{"a":', /not valid JSON/],
    ['a broken PDF', 'a.pdf', '%PDF-1.4\nnothing of the kind', /damaged/],
    ['a quote that never ends', 'a.csv', `a\n"${'x'.repeat(2 * 1024 * 1024)}`, /cannot be read/],
  ])('reports why it failed for %s, and keeps the file', async (_kind, filename, content, message) => {
    const { record, status } = await extracted({ filename, content });
    expect([record.status, record.error_message]).toEqual(['failed', expect.stringMatching(message)]);
    expect(status).toBe(409);
  });

  it('starts automatically when the upload requests it', async () => {
    const claims = testClaims();
    const response = await service.upload(claims, text, { auto_process: 'true' });
    await service.processor.idle();
    const extract = await service.call(claims, 'GET', `/files/${response.json().id}/extract`);
    expect(extract.json().text).toBe(text.content);
  });

  it('can be repeated, but not while it is running', async () => {
    const claims = testClaims();
    const file = await stored(claims);
    expect((await service.call(claims, 'GET', `/files/${file.id}/extract`)).statusCode).toBe(409);
    const responses = await Promise.all(
      Array.from({ length: 5 }, () => service.call(claims, 'POST', `/files/${file.id}/process`)),
    );
    expect(responses.map(({ statusCode }) => statusCode).sort()).toEqual([202, 409, 409, 409, 409]);
    await service.processor.idle();
    expect((await service.call(claims, 'POST', `/files/${file.id}/process`)).statusCode).toBe(202);
    await service.processor.idle();
    expect((await service.call(claims, 'GET', `/files/${file.id}`)).json().status).toBe('completed');
  });
});

it('counts what a workspace holds, in its tenant only', async () => {
  const user = testClaims();
  const { workspace_id } = (await service.upload(user, { filename: 'a.txt', content: 'one' })).json();
  const contents = async (id: string, tenant: string) => {
    const url = `/internal/workspaces/${id}/contents`;
    const payload = { tenant_id: tenant, member_ids: [] };
    const headers = { 'x-internal-key': internalKey };
    return (await service.app.inject({ method: 'POST', url, headers, payload })).json();
  };
  expect(await contents(workspace_id, user.tenant_id)).toEqual({ contents: { files: 1 } });
  expect(await contents(workspace_id, testClaims().tenant_id)).toEqual({ contents: { files: 0 } });
  expect(await contents(testClaims().tenant_id, user.tenant_id)).toEqual({ contents: { files: 0 } });
});

it('erases the rows and the content of a deleted account, and of no other', async () => {
  const [user, other] = [testClaims(), testClaims()];
  await service.upload(user, { filename: 'a.txt', content: 'one' });
  const kept = (await service.upload(other, { filename: 'b.txt', content: 'two' })).json();
  const before = await service.storedNames();
  const erase = () =>
    service.app.inject({
      method: 'POST',
      url: '/internal/erasures',
      headers: { 'x-internal-key': internalKey },
      payload: { tenant_id: user.tenant_id, user_id: user.user_id, email: user.email, whole_tenant: true },
    });
  expect((await erase()).json()).toEqual({ erased: 2 });
  expect((await erase()).json()).toEqual({ erased: 0 });
  expect(await service.storedNames()).toHaveLength(before.length - 1);
  expect((await service.call(user, 'GET', '/files')).json().total).toBe(0);
  expect((await service.call(other, 'GET', `/files/${kept.id}/download`)).body).toBe('two');
});
