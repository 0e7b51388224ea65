import { atLeast, type CheckContext, defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import type { ServiceName } from '../../../platform/contracts/service.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { binaryForm } from '../../kit/binary-form.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { summary } from '../../kit/response.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { furtherSecurity } from '../check-fields.ts';
import { readExport } from '../deletion/read-export.ts';
import { byteBreaks, exportBreaks, extractionBreaks, textBreaks } from './file-breaks.ts';
import { binaryContent, sha256, sizes, textContent } from './sample-content.ts';

const byteCheck = {
  ...furtherSecurity,
  severity: 'blocker',
  remediation: {
    text: 'A line names the door, the size and what was received. Follow the stream from the proxy to the store: a buffer that is cut, a range that is one byte short, a finished event before the last chunk.',
    effort: 'days',
  },
} as const;

type Caller = { accessToken: string; address: string };

/** Uploads and downloads by one door: the gateway, or the file service itself. */
function doorTo({ http }: Pick<CheckContext, 'http'>, service: ServiceName, caller: Caller) {
  const prefix = service === 'gateway' ? '/api/files' : '/files';
  const options = { token: caller.accessToken, from: caller.address, timeoutMs: 20_000 };
  return {
    service,
    upload: (name: string, content: Uint8Array) =>
      http.request(service, `${prefix}/upload`, { ...options, method: 'POST', ...binaryForm(name, content) }),
    download: (id: string, headers: Record<string, string> = {}) =>
      http.request(service, `${prefix}/${id}/download`, {
        ...options,
        headers,
        digest: true,
        maxBodyBytes: 256,
      }),
  };
}

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
  timeoutMs: 60_000,
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

/** Lengths of texts in records, around the same buffers; at most what a field takes. */
const lengths = [1, 16_383, 16_384, 16_385, 65_535, 65_536, 65_537, 99_999, 100_000] as const;

export const textsSurvive = defineCheck({
  ...byteCheck,
  id: 'security.files.texts-survive',
  title: 'Long texts of records come back unchanged',
  failureTitle: 'A long text of a record comes back changed',
  why: 'Records pass two proxies as JSON. A body that is cut at a buffer, or text that is split within a character, loses what people wrote.',
  standards: ['ASVS 5.2.1'],
  needs: [registrationWorks, 'services.airtable-gateway.available'],
  services: ['gateway', 'platform-services', 'user-service', 'airtable-gateway'],
  users: 1,
  expects: { wrong: empty(), tooLong: equals(422), records: equals(lengths.length) },
  breaks: textBreaks,
  run: async (context) => {
    const send = sendAs(context, await context.account());
    const base = await prepare(send, 'POST', '/api/airtable/v0/meta/bases', {
      name: context.unique('Texts'),
      workspaceId: 'default',
      tables: [
        {
          name: 'Notes',
          fields: [
            { name: 'Name', type: 'singleLineText' },
            { name: 'Text', type: 'multilineText' },
          ],
        },
      ],
    });
    const table = `/api/airtable/v0/${textAt(base, 'id')}/Notes`;
    // Characters of one to four bytes, so that buffers end within some of them.
    const textOf = (length: number) => {
      const letters = textContent(length, context.unique('text')).toString();
      return `${letters.slice(0, Math.max(0, length - 4))}üß€😀`
        .slice(-length)
        .replace(/^[\udc00-\udfff]/, 'x');
    };
    const wrong: string[] = [];
    let records = 0;
    for (const length of lengths) {
      const text = textOf(length);
      const created = await send('POST', table, { fields: { Name: String(length), Text: text } });
      const read = await send('GET', `${table}/${textAt(created.json, 'id')}`);
      const values = [created, read].map(({ json }) => textAt(json, 'fields', 'Text'));
      if (values.every((value) => value === text)) records += 1;
      else
        wrong.push(
          `${length} characters: ${created.status} with ${values[0]?.length}, ${read.status} with ${values[1]?.length}`,
        );
    }
    const tooLong = await send('POST', table, { fields: { Name: 'x', Text: 'x'.repeat(100_001) } });
    await send('DELETE', `/api/airtable/v0/meta/bases/${textAt(base, 'id')}`);
    return { wrong, tooLong: tooLong.status, records };
  },
});

/** Around the size of the parts in which the file service exports a file, bytes. */
const exported = [65_537, 192 * 1024 - 1, 192 * 1024, 192 * 1024 + 1, 1024 * 1024 + 1] as const;

export const exportedBytes = defineCheck({
  ...byteCheck,
  id: 'security.files.exports-have-whole-files',
  title: 'An export has every file byte for byte',
  failureTitle: 'An export has files with other bytes than were uploaded',
  why: 'Users delete their account after they have downloaded their data. What the archive lacks then is gone.',
  standards: ['ASVS 5.2.1'],
  needs: [registrationWorks, 'services.file-service.available'],
  services: [
    'gateway',
    'platform-services',
    'user-service',
    'file-service',
    'saga-service',
    'airtable-gateway',
    'automation-services',
    'llm-orchestrator',
  ],
  timeoutMs: 60_000,
  expects: { status: equals('ready'), missing: empty(), files: equals(exported.length) },
  breaks: exportBreaks,
  run: async (context) => {
    const account = await context.account();
    const send = sendAs(context, account);
    const door = doorTo(context, 'gateway', account);
    const hashes = new Map<string, number>();
    for (const size of exported) {
      const content = textContent(size, context.unique('exported'));
      const upload = await door.upload(`exported-${size}.txt`, content);
      if (upload.status === 201) hashes.set(sha256(content), size);
    }
    const ordered = await prepare(send, 'POST', '/api/auth/export', { current_password: account.password });
    const id = textAt(ordered, 'id');
    const state = await pollUntil(
      async () => textAt((await send('GET', `/api/auth/exports/${id}`)).json, 'status'),
      (status) => status !== 'pending',
      context.signal,
      30_000,
    );
    const download = await fetch(`${context.stack.services.gateway}/api/auth/exports/${id}/download`, {
      headers: { authorization: `Bearer ${account.accessToken}` },
      signal: context.signal,
    });
    const entries = download.ok
      ? await readExport(Buffer.from(await download.arrayBuffer()))
      : new Map<string, string>();
    const found = new Set([...entries.values()].map((text) => sha256(Buffer.from(text))));
    return {
      status: state,
      missing: [...hashes]
        .filter(([hash]) => !found.has(hash))
        .map(([, size]) => `the file of ${size} bytes`),
      files: hashes.size,
    };
  },
});

/** Characters of a text and rows of a table, beyond the buffers of readers. */
const [textLength, rowCount] = [300_001, 4_000] as const;

export const extractionsComplete = defineCheck({
  ...byteCheck,
  id: 'security.files.extractions-are-complete',
  title: 'Extracted texts and tables are complete',
  failureTitle: 'An extracted text or table lacks a part of its file',
  why: 'Searches, workflows and the model see what was extracted and nothing else. A part that is missing there does not exist for them.',
  standards: ['ASVS 5.2.1'],
  users: 1,
  needs: [registrationWorks, 'services.file-service.available'],
  services: ['gateway', 'platform-services', 'user-service', 'file-service'],
  timeoutMs: 60_000,
  expects: {
    text: equals('the same'),
    rows: equals(rowCount),
    lastRow: equals(String(rowCount)),
    truncated: empty(),
  },
  breaks: extractionBreaks,
  run: async (context) => {
    const account = await context.account();
    const send = sendAs(context, account);
    const door = doorTo(context, 'gateway', account);
    const text = textContent(textLength, context.unique('extracted'));
    const table = `number,square\n${Array.from({ length: rowCount }, (_, index) => `${index + 1},${(index + 1) ** 2}`).join('\n')}\n`;
    const extract = async (name: string, content: Buffer) => {
      const id = textAt((await door.upload(name, content)).json, 'id');
      await prepare(send, 'POST', `/api/files/${id}/process`);
      const path = `/api/files/${id}/extract`;
      const extracted = await pollUntil(
        () =>
          context.http.request('gateway', path, {
            token: account.accessToken,
            from: account.address,
            maxBodyBytes: 8_000_000,
          }),
        ({ status }) => status !== 409,
        context.signal,
        30_000,
      );
      await send('DELETE', `/api/files/${id}`);
      return extracted;
    };
    const [asText, asTable] = await Promise.all([
      extract('complete.txt', text),
      extract('complete.csv', Buffer.from(table)),
    ]);
    const found = textAt(asText.json, 'text');
    const rows = valueAt(asTable.json, 'rows');
    const list = Array.isArray(rows) ? rows : [];
    return {
      text: found === text.toString() ? 'the same' : `${found.length} of ${textLength} characters`,
      rows: list.length,
      lastRow: String(valueAt(list.at(-1), 'number') ?? 'none'),
      truncated: [asText, asTable].flatMap(({ json }, index) =>
        valueAt(json, 'metadata', 'truncated') === true ? [index === 0 ? 'the text' : 'the table'] : [],
      ),
    };
  },
});
