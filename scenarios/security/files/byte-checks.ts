import { atLeast, defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { summary } from '../../kit/response.ts';
import { sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { byteCheck, doorTo } from './byte-check.ts';
import { byteBreaks } from './file-breaks.ts';
import { binaryContent, sha256, sizes, textContent } from './sample-content.ts';

/** Ranges of a file, with the bytes that they must return. Undefined: 416. */
function rangesOf(
  size: number,
): readonly (readonly [range: string, from: number, to: number] | readonly [range: string])[] {
  const buffer = 65_536;
  return [
    ['bytes=0-0', 0, 0],
    ['bytes=0-65535', 0, buffer - 1],
    ['bytes=65535-65536', buffer - 1, buffer],
    ['bytes=65536-131072', buffer, 2 * buffer],
    [`bytes=${size - 1}-`, size - 1, size - 1],
    ['bytes=100000-', 100_000, size - 1],
    ['bytes=-1', size - 1, size - 1],
    ['bytes=-65537', size - buffer - 1, size - 1],
    [`bytes=-${size + 10}`, 0, size - 1],
    [`bytes=5-${size + 1000}`, 5, size - 1],
    [`bytes=${size}-`],
    [`bytes=${size + 5}-${size + 9}`],
    ['bytes=-0'],
  ];
}

export const bytesSurvive = defineCheck({
  ...byteCheck,
  id: 'security.files.bytes-survive',
  title: 'Files come back byte for byte, whole and in ranges',
  failureTitle: 'A file comes back with other bytes than were uploaded',
  why: 'A file that is cut at a buffer and stored as complete is lost without anybody noticing. A range that is one byte off corrupts every resumed download (ASVS 5.2).',
  standards: ['ASVS 5.2.1'],
  needs: [registrationWorks, 'services.file-service.available'],
  services: ['gateway', 'platform-services', 'user-service', 'file-service'],
  timeoutMs: 120_000,
  users: 1,
  expects: {
    notStored: empty(),
    wrongDownloads: empty(),
    wrongRanges: empty(),
    unchanged: equals([304, 304]),
    changedSince: equals(200),
    head: equals('200 without a body'),
    stored: atLeast(sizes.length, 'files'),
  },
  breaks: byteBreaks,
  run: async (context) => {
    const account = await context.account();
    const send = sendAs(context, account);
    const gateway = doorTo(context, 'gateway', account);
    const doors = context.reaches('file-service')
      ? [gateway, doorTo(context, 'file-service', account)]
      : [gateway];
    const notStored: string[] = [];
    const wrongDownloads: string[] = [];
    const ids: string[] = [];
    let large: { id: string; content: Buffer } | undefined;
    for (const [index, size] of sizes.entries()) {
      const door = doors[size === sizes.at(-1) ? 0 : index % doors.length] ?? gateway;
      const isText = size < 16 || index % 2 === 1;
      const content = (isText ? textContent : binaryContent)(size, context.unique('content'));
      const hash = sha256(content);
      const upload = await door.upload(isText ? 'bytes.txt' : 'bytes.pdf', content);
      const id = textAt(upload.json, 'id');
      const stored = { size: valueAt(upload.json, 'size'), sha256: textAt(upload.json, 'sha256') };
      if (upload.status !== 201 || stored.size !== content.length || stored.sha256 !== hash) {
        notStored.push(`${content.length} bytes by ${door.service}: ${summary(upload)}`);
        continue;
      }
      ids.push(id);
      if (size === sizes.at(-1)) large = { id, content };
      for (const other of doors) {
        const { status, digest, headers } = await other.download(id);
        const isRight =
          status === 200 &&
          digest?.sha256 === hash &&
          headers['content-length'] === String(content.length) &&
          headers.etag === `"${hash}"`;
        if (!isRight)
          wrongDownloads.push(
            `${content.length} bytes by ${other.service}: ${status}, ${digest?.bytes} bytes, content-length ${headers['content-length']}, ${digest?.sha256 === hash ? 'same' : 'another'} hash, ETag ${headers.etag}`,
          );
      }
    }
    const wrongRanges: string[] = [];
    let unchanged: number[] = [];
    let changedSince = 0;
    let head = 'not tried';
    if (large !== undefined) {
      const { id, content } = large;
      const etag = `"${sha256(content)}"`;
      for (const [index, [range, from, to]] of rangesOf(content.length).entries()) {
        const door = doors[index % doors.length] ?? gateway;
        const { status, digest, headers } = await door.download(id, { range });
        const total = content.length;
        const wanted =
          from === undefined || to === undefined
            ? { status: 416, range: `bytes */${total}`, hash: undefined }
            : {
                status: 206,
                range: `bytes ${from}-${to}/${total}`,
                hash: sha256(content.subarray(from, to + 1)),
              };
        if (
          status !== wanted.status ||
          headers['content-range'] !== wanted.range ||
          (wanted.hash !== undefined && digest?.sha256 !== wanted.hash)
        )
          wrongRanges.push(
            `${range} by ${door.service}: ${status} ${headers['content-range']}, ${digest?.bytes} bytes instead of ${wanted.status} ${wanted.range}`,
          );
      }
      const resumed = await gateway.download(id, { range: 'bytes=1-2', 'if-range': '"another"' });
      if (resumed.status !== 200 || resumed.digest?.bytes !== content.length)
        wrongRanges.push(
          `a part of a file that has changed: ${resumed.status}, ${resumed.digest?.bytes} bytes`,
        );
      const matching = await gateway.download(id, { 'if-none-match': etag });
      const weak = await gateway.download(id, { 'if-none-match': `"x", W/${etag}` });
      unchanged = [matching.status, weak.status];
      const headOnly = await context.http.request('gateway', `/api/files/${id}/download`, {
        method: 'HEAD',
        token: account.accessToken,
        from: account.address,
      });
      const length = headOnly.headers['content-length'];
      head =
        headOnly.text === '' && length === String(content.length)
          ? `${headOnly.status} without a body`
          : `${headOnly.status} with ${headOnly.text.length} bytes, content-length ${length}`;
      changedSince = (await gateway.download(id, { 'if-none-match': '"another"' })).status;
    }
    for (const id of ids) await send('DELETE', `/api/files/${id}`);
    return { notStored, wrongDownloads, wrongRanges, unchanged, changedSince, head, stored: ids.length };
  },
});
