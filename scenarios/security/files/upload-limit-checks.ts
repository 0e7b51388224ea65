import { request } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import {
  type Account,
  type CheckContext,
  defineCheck,
  empty,
  equals,
} from '../../../harness/engine/index.ts';
import { maxFileBytes } from '../../../platform/contracts/file-service/contract.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { binaryForm } from '../../kit/binary-form.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { furtherSecurity } from '../check-fields.ts';
import { uploadLimitBreaks } from './upload-limit-breaks.ts';

const chunk = Buffer.alloc(1024 * 1024, 'readiness ');
const boundary = 'readiness-streamed';
const head = Buffer.from(
  `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="streamed.txt"\r\ncontent-type: text/plain\r\n\r\n`,
);
const tail = Buffer.from(`\r\n--${boundary}--\r\n`);

interface Streamed {
  /** 0 when the connection ended without a response. */
  status: number;
  error: string;
}

/**
 * Uploads a text file of a size, without having it in memory.
 * @param options.cut bytes of the file after which the connection is cut, and what is awaited before; default: never
 * @param options.declared whether the length is declared; else the body has chunks
 */
async function stream(
  { stack, signal }: Pick<CheckContext, 'stack' | 'signal'>,
  account: Account,
  {
    size,
    cut,
    declared,
  }: { size: number; cut?: { after: number; when: Promise<unknown> }; declared: boolean },
): Promise<Streamed> {
  const url = `${stack.services.gateway}/api/files/upload`;
  const headers = {
    authorization: `Bearer ${account.accessToken}`,
    'content-type': `multipart/form-data; boundary=${boundary}`,
    ...(declared ? { 'content-length': String(head.length + size + tail.length) } : {}),
  };
  const { promise, resolve } = Promise.withResolvers<Streamed>();
  const outgoing = request(url, { method: 'POST', headers, agent: false, signal }, (response) => {
    const parts: Buffer[] = [];
    response.on('data', (part: Buffer) => parts.push(part));
    response.on('end', () => {
      const text = Buffer.concat(parts).toString();
      resolve({ status: response.statusCode ?? 0, error: /"error":"([^"]*)"/.exec(text)?.[1] ?? '' });
      // The server may have stopped reading.
      outgoing.destroy();
    });
    response.on('error', () => resolve({ status: 0, error: 'response cut' }));
  });
  outgoing.on('error', (error: NodeJS.ErrnoException) =>
    resolve({ status: 0, error: error.code ?? error.message }),
  );
  const write = (bytes: Buffer) =>
    new Promise<void>((done) => {
      if (outgoing.destroyed || outgoing.write(bytes, () => done())) done();
    });
  await write(head);
  for (let sent = 0; sent < size && !outgoing.destroyed; sent += chunk.length) {
    if (cut !== undefined && sent >= cut.after) {
      await cut.when;
      outgoing.destroy();
      break;
    }
    await Promise.race([write(chunk.subarray(0, Math.min(chunk.length, size - sent))), promise]);
    // A write that the system accepts at once never leads to a read, so the response would stay unread.
    await setImmediate();
  }
  if (!outgoing.destroyed) outgoing.end(tail);
  return promise;
}

export const limitsLeaveNothing = defineCheck({
  ...furtherSecurity,
  id: 'security.files.rejected-uploads-leave-nothing',
  title: 'Uploads that are too large or cut leave nothing behind',
  failureTitle: 'A part of an upload is stored as a file',
  why: 'A truncated file that counts as stored is a silent loss, and one above the limit fills the disk of everybody (API4, ASVS 5.2.1).',
  standards: ['ASVS 5.2.1', 'ASVS 5.2.4', 'API4'],
  needs: [registrationWorks, 'services.file-service.available'],
  services: ['gateway', 'platform-services', 'user-service', 'file-service'],
  timeoutMs: 90_000,
  remediation: {
    text: 'Count bytes while they arrive, reject with 413 as soon as the limit is passed, and delete file and row of every upload that does not end as declared.',
    effort: 'days',
  },
  expects: {
    overLimit: equals('413 payload_too_large'),
    declaredOverLimit: equals('413 payload_too_large'),
    cut: equals(0),
    arrivedBeforeCut: equals(1),
    left: empty(),
    totals: equals({ total: 1, total_bytes: 4 }),
    controlAfter: equals(200),
  },
  breaks: uploadLimitBreaks,
  run: async (context) => {
    const account = await context.account();
    const send = sendAs(context, account);
    const kept = await context.http.request('gateway', '/api/files/upload', {
      method: 'POST',
      token: account.accessToken,
      from: account.address,
      ...binaryForm('kept.txt', Buffer.from('kept')),
    });
    const id = textAt(kept.json, 'id');
    const shown = ({ status, error }: Streamed) => `${status} ${error}`;
    const over = await stream(context, account, { size: maxFileBytes + 1, declared: false });
    const declared = await stream(context, account, { size: 10 * maxFileBytes, declared: true });
    const files = async () => {
      const list = valueAt((await send('GET', '/api/files?page_size=100')).json, 'files');
      return Array.isArray(list) ? list.filter((file) => textAt(file, 'id') !== id) : ['no list'];
    };
    // The connection ends when the file is being stored, not before.
    const stored = pollUntil(files, (others) => others.length > 0, context, 10_000);
    const cut = await stream(context, account, {
      size: 4 * chunk.length,
      cut: { after: 2 * chunk.length, when: stored },
      declared: true,
    });
    const stats = async () => {
      const { json } = await send('GET', '/api/files/stats/summary');
      return { total: Number(valueAt(json, 'total')), total_bytes: Number(valueAt(json, 'total_bytes')) };
    };
    // The end of a connection is noticed a little later than by its client.
    const left = await pollUntil(files, (others) => others.length === 0, context, 10_000);
    const totals = await stats();
    const after = await send('GET', `/api/files/${id}/download`);
    return {
      overLimit: shown(over),
      declaredOverLimit: shown(declared),
      cut: cut.status,
      arrivedBeforeCut: (await stored).length,
      left: left.map(
        (file) => `${textAt(file, 'filename')}: ${textAt(file, 'status')}, ${valueAt(file, 'size')} bytes`,
      ),
      totals,
      controlAfter: after.text === 'kept' ? after.status : 0,
    };
  },
});
