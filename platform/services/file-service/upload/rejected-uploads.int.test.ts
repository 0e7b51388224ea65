import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testClaims } from '../../../kit/testing/test-claims.ts';
import { compoundFile } from '../testing/compound-file.ts';
import { type FormFile, form, formType } from '../testing/form.ts';
import { docx, pdf, png, xlsx } from '../testing/sample-files.ts';
import { startTemporaryFileService, type TemporaryFileService } from '../testing/temporary-file-service.ts';
import { zipArchive } from '../testing/zip-archive.ts';

/** Long enough for a busy machine. */
const patience = { timeout: 20_000, interval: 20 };

let service: TemporaryFileService;

beforeAll(async () => {
  service = await startTemporaryFileService();
});
afterAll(() => service?.stop());

/** Uploads as a new tenant. @returns the response and what is stored afterwards */
async function attempt(file: FormFile | readonly FormFile[], fields?: Record<string, string>) {
  const claims = testClaims();
  const before = await service.storedNames();
  const response = await service.upload(claims, file, fields);
  const stats = (await service.call(claims, 'GET', '/files/stats/summary')).json();
  const { statusCode: status } = response;
  return { status, body: response.json(), rows: stats.total, kept: await service.storedNames(), before };
}

async function expectRejected(
  file: FormFile | readonly FormFile[],
  status: number,
  error: string,
): Promise<void> {
  const { before, ...found } = await attempt(file);
  expect({ status: found.status, error: found.body.error }).toEqual({ status, error });
  expect(found).toMatchObject({ rows: 0, kept: before });
}

describe('a name', () => {
  it.each([
    ['../../etc/passwd.txt', 'passwd.txt'],
    ['..\\..\\windows\\win.txt', 'win.txt'],
    ['/absolute/path.txt', 'path.txt'],
    ['C:\\Users\\me\\notes.txt', 'notes.txt'],
    ['a\u2215b\uff0fc.txt', 'c.txt'],
    ['%2e%2e%2fescape.txt', '%2e%2e%2fescape.txt'],
    ["x'; drop table files.files; --.txt", "x'; drop table files.files; --.txt"],
    ['Grüße 你好.txt', 'Grüße 你好.txt'],
    ['\u05d3\u05d5\u05d7\u200f.txt', '\u05d3\u05d5\u05d7.txt'],
  ])('%j is shown as %j and does not become part of the storage name', async (sent, shown) => {
    const { status, body, kept, before } = await attempt({ filename: sent, content: 'text' });
    expect([status, body.filename]).toEqual([201, shown]);
    const added = kept.filter((name) => !before.includes(name));
    expect(added).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
  });

  it.each([
    ['with a zero character', 'a\0.txt'],
    ['with a line break', 'a\u0085b.txt'],
    ['that changes the reading direction', 'invoice\u202etxt.pdf'],
    ['of dots', '..'],
    ['of folders only', 'a/b/'],
    ['of 5 kB', `${'a'.repeat(5_000)}.txt`],
    ['of more than 255 bytes', `${'ü'.repeat(130)}.txt`],
  ])('%s is rejected', (_kind, filename) =>
    expectRejected({ filename, content: 'x' }, 422, 'validation_failed'),
  );

  it('is sent to browsers as an attachment, with any characters', async () => {
    const claims = testClaims();
    const filename = `weird "name" 100% ü;x='.txt`;
    const file = (
      await service.upload(claims, { filename: filename.replaceAll('"', '%22'), content: 'x' })
    ).json();
    const { headers } = await service.call(claims, 'GET', `/files/${file.id}/download`);
    expect(headers['content-disposition']).toMatch(
      /^attachment; filename="[ -~]+"; filename\*=UTF-8''[\w%.-]+$/,
    );
  });
});

describe('content', () => {
  it.each<[string, FormFile]>([
    ['of an extension that is not accepted', { filename: 'run.exe', content: 'MZ' }],
    ['without an extension', { filename: 'README', content: 'text' }],
    [
      'that is a page called txt',
      { filename: 'a.txt', content: ' <!DOCTYPE html><script>alert(1)</script>' },
    ],
    ['that is an SVG image', { filename: 'a.svg', content: '<svg onload="alert(1)"/>' }],
    ['that is an SVG image called csv', { filename: 'a.csv', content: '<svg xmlns="x"><script/></svg>' }],
    ['that is a page called png', { filename: 'a.png', content: '<html></html>' }],
    ['that is a PDF called txt', { filename: 'a.txt', content: pdf(['x']) }],
    ['that is a PNG called jpg', { filename: 'a.jpg', content: png(1, 1) }],
    ['that is a workbook called docx', { filename: 'a.docx', content: xlsx([['a']]) }],
    [
      'that is any archive called docx',
      { filename: 'a.docx', content: zipArchive([{ name: 'a', content: 'a' }]) },
    ],
    ['with a zero byte in a text', { filename: 'a.txt', content: `${'a'.repeat(100_000)}\0` }],
    ['declared as something else', { filename: 'a.png', contentType: 'text/html', content: png(1, 1) }],
    [
      'that is an installer called doc',
      { filename: 'a.doc', content: compoundFile(['Property', 'x', 'y', 'z', 'Binary.exe']) },
    ],
    ['that is a Word document called xls', { filename: 'a.xls', content: compoundFile(['WordDocument']) }],
    [
      'that is a truncated doc',
      { filename: 'a.doc', content: compoundFile(['WordDocument']).subarray(0, 600) },
    ],
    [
      'that is an image and an archive',
      {
        filename: 'a.png',
        content: Buffer.concat([png(1, 1), zipArchive([{ name: 'a.class', content: 'a' }])]),
      },
    ],
    [
      'that is a PDF and an archive',
      {
        filename: 'a.pdf',
        content: Buffer.concat([pdf(['x']), zipArchive([{ name: 'a.class', content: 'a' }])]),
      },
    ],
    [
      'that is an image and a page',
      { filename: 'a.png', content: Buffer.concat([png(1, 1), Buffer.from('<script>alert(1)</script>')]) },
    ],
    [
      'that is an archive with a path that leads out of it',
      { filename: 'a.docx', content: docx(['x'], [{ name: '../../evil.txt', content: 'x' }]) },
    ],
    [
      'that is an archive with an absolute path',
      { filename: 'a.xlsx', content: xlsx([['x']], [{ name: '/etc/cron.d/x', content: 'x' }]) },
    ],
    [
      'that is an archive with a link',
      { filename: 'a.docx', content: docx(['x'], [{ name: 'link', content: '/etc', mode: 0o120777 }]) },
    ],
  ])('%s is rejected', (_kind, file) => expectRejected(file, 415, 'unsupported_media_type'));

  it('with a high compression ratio is rejected before it is unpacked', async () => {
    const content = docx(['x'], [{ name: 'word/media/zeros.bin', content: Buffer.alloc(64 * 1024 * 1024) }]);
    await expectRejected({ filename: 'bomb.docx', content }, 413, 'payload_too_large');
  });

  it('with a false unpacked size fails in processing', async () => {
    const claims = testClaims();
    const lie = { name: 'word/footnotes.xml', content: Buffer.alloc(16 * 1024 * 1024), claimedSize: 1_000 };
    const file = await service.upload(claims, { filename: 'liar.docx', content: docx(['x'], [lie]) });
    expect(file.statusCode).toBe(201);
    await service.call(claims, 'POST', `/files/${file.json().id}/process`);
    await service.processor.idle();
    expect((await service.call(claims, 'GET', `/files/${file.json().id}`)).json()).toMatchObject({
      status: 'failed',
      error_message: 'The document is damaged.',
    });
  });

  it('of a document may contain an attached archive', async () => {
    const attached = zipArchive([{ name: 'a.txt', content: 'a' }]);
    const content = Buffer.concat([pdf(['x']), attached, Buffer.from('\n%%EOF\n')]);
    expect((await attempt({ filename: 'a.pdf', content })).status).toBe(201);
  });

  it('of text may be UTF-16 without a byte order mark', async () => {
    const accepted = await attempt({ filename: 'a.csv', content: Buffer.from('a;b\r\n1;2\r\n', 'utf16le') });
    expect(accepted.status).toBe(201);
    const page = Buffer.from('<html><script>alert(1)</script></html>', 'utf16le');
    await expectRejected({ filename: 'a.txt', content: page }, 415, 'unsupported_media_type');
  });

  it.each([
    ['a.csv', 'text/x-csv', 'a,b\n'],
    ['a.csv', 'application/x-csv', 'a,b\n'],
    ['a.xlsx', 'application/vnd.ms-excel', xlsx([['x']])],
    ['a.xlsx', 'application/zip', xlsx([['x']])],
    ['a.docx', 'application/zip', docx(['x'])],
  ])('of %s may be declared as %s', async (filename, contentType, content) => {
    expect((await attempt({ filename, contentType, content })).status).toBe(201);
  });

  it('of the old Office formats is identified by its streams', async () => {
    const streams = ['1Table', 'Data', 'CompObj', 'x', 'y'];
    const files = [
      { filename: 'a.doc', content: compoundFile([...streams, 'WordDocument']) },
      { filename: 'a.xls', content: compoundFile([...streams, 'Workbook']) },
    ];
    for (const file of files) expect((await attempt(file)).status).toBe(201);
  });

  it('without a declared type, or with a general one, gets the type of its extension', async () => {
    for (const contentType of [undefined, 'application/octet-stream', 'IMAGE/PNG']) {
      const { body } = await attempt({
        filename: 'a.png',
        content: png(1, 1),
        ...(contentType ? { contentType } : {}),
      });
      expect(body.content_type).toBe('image/png');
    }
  });
});

describe('a form', () => {
  const file = { filename: 'a.txt', content: 'text' };

  it.each<[string, FormFile[]]>([
    ['without a file', []],
    ['with two files', [file, file]],
    ['with the file in another part', [{ ...file, part: 'upload' }]],
    ['with the file as a field', [{ filename: undefined, content: 'text' }]],
  ])('%s is rejected', (_kind, files) => expectRejected(files, 400, 'malformed_request'));

  it.each([
    ['in the middle of the file', (whole: Buffer) => whole.subarray(0, whole.length - 30)],
    ['in the middle of the headers', (whole: Buffer) => whole.subarray(0, 40)],
    ['before it begins', () => Buffer.alloc(0)],
  ])('that ends %s leaves nothing behind', async (_where, cut) => {
    const claims = testClaims();
    const before = await service.storedNames();
    const response = await service.app.inject({
      method: 'POST',
      url: '/files/upload',
      headers: { authorization: `Bearer ${await service.tokenOf(claims)}`, 'content-type': formType },
      payload: cut(form([{ ...file, content: 'x'.repeat(10_000) }])),
    });
    expect([response.statusCode, response.json().error]).toEqual([400, 'malformed_request']);
    expect(await service.storedNames()).toEqual(before);
    expect((await service.call(claims, 'GET', '/files')).json().total).toBe(0);
  });

  it('is required', async () => {
    const authorization = `Bearer ${await service.tokenOf(testClaims())}`;
    for (const headers of [{ authorization }, { authorization, 'content-type': formType }]) {
      const response = await service.app.inject({ method: 'POST', url: '/files/upload', headers });
      expect([response.statusCode, response.json().error]).toEqual([400, 'malformed_request']);
    }
  });

  it('without a boundary, or of another type, is rejected', async () => {
    const send = async (contentType: string) =>
      (
        await service.app.inject({
          method: 'POST',
          url: '/files/upload',
          headers: {
            authorization: `Bearer ${await service.tokenOf(testClaims())}`,
            'content-type': contentType,
          },
          payload: form([file]),
        })
      ).statusCode;
    expect(await send('multipart/form-data')).toBe(400);
    expect(await send('application/zip')).toBe(415);
  });

  it('whose client disconnects leaves nothing behind', async () => {
    const claims = testClaims();
    const before = await service.storedNames();
    await service.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = service.app.server.address() as AddressInfo;
    const sending = request({
      port,
      method: 'POST',
      path: '/files/upload',
      headers: {
        authorization: `Bearer ${await service.tokenOf(claims)}`,
        'content-type': formType,
        'content-length': 1_000_000,
      },
    });
    sending.on('error', () => {});
    sending.write(form([{ ...file, content: 'x'.repeat(10_000) }]).subarray(0, 5_000));
    const total = async () => (await service.call(claims, 'GET', '/files')).json().total;
    await expect.poll(total, patience).toBe(1);
    sending.destroy();
    await expect.poll(total, patience).toBe(0);
    expect(await service.storedNames()).toEqual(before);
  });
});
