import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type CheckContext, defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { binaryForm } from '../../kit/binary-form.ts';
import { sendAs } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { seeFailure } from '../upstreams/seen-failure.ts';
import { fullDiskBreaks } from './full-disk-breaks.ts';

/** Room for one file while the disk is full, bytes. */
const roomBytes = 128 * 1024;
const small = Buffer.from('a small file\n'.repeat(100));
const large = Buffer.from('a file without room\n'.repeat(50_000));
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');

export const fullDiskIsSurvived = defineCheck({
  id: 'infrastructure.full-disk.uploads-fail-whole',
  title: 'Uploads without room fail whole and leave nothing',
  failureTitle: 'An upload without room leaves parts, or breaks other files',
  why: 'Disks fill up. An upload must then be rejected with 507, leave no part on the disk or in the quota, and work again when there is room; other files stay readable.',
  category: 'infrastructure',
  severity: 'high',
  needs: [registrationWorks, readyCheckId('file-service')],
  services: ['gateway', 'platform-services', 'file-service'],
  // What others upload meanwhile would fail too.
  isolation: 'drill',
  requires: ['process-control', 'node-restart', 'postgres-admin', 'registration'],
  standards: ['ASVS 16.5.2'],
  timeoutMs: 60_000,
  remediation: {
    text: 'Map ENOSPC, EDQUOT and EFBIG to storage_full (platform/services/file-service/store), and delete the part and its row in every failure of an upload (upload/upload-file.ts).',
    effort: 'hours',
  },
  expects: {
    storedBefore: equals('201'),
    withoutRoom: equals('507 storage_full'),
    namesRetry: equals(true),
    withRoom: equals('201'),
    readable: equals(['same', 'same']),
    ready: equals(200),
    leftOnDisk: empty(),
    leftInDatabase: equals(0),
    healed: equals('201'),
    healedContent: equals('same'),
  },
  breaks: fullDiskBreaks,
  async run(context) {
    const user = await context.account();
    const send = sendAs(context, user);
    const upload = (content: Buffer) => {
      const { body, headers } = binaryForm(`${context.unique('disk')}.txt`, content, 'text/plain');
      return seeFailure(() =>
        context.http.request('gateway', '/api/files/upload', {
          method: 'POST',
          token: user.accessToken,
          from: user.address,
          body,
          headers,
        }),
      );
    };
    const read = async ({ json }: { json: unknown }, content: Buffer) => {
      const { digest, status } = await context.http.request(
        'gateway',
        `/api/files/${textAt(json, 'id')}/download`,
        { token: user.accessToken, from: user.address, digest: true },
      );
      return digest?.sha256 === sha256(content) ? 'same' : `${status}, ${digest?.bytes ?? 0} bytes`;
    };
    const before = await upload(small);
    const during = await context.processes().whileFilesLimited('file-service', roomBytes, async () => {
      const [withoutRoom, withRoom] = await Promise.all([upload(large), upload(small)]);
      return {
        withoutRoom,
        withRoom,
        readable: [await read(before, small), await read(withRoom, small)],
        ready: (await context.http.request('file-service', '/ready')).status,
      };
    });
    const leftOnDisk = await partsOnDisk(context);
    const { rows } = await context
      .databaseAdmin()
      .query('select count(*)::int as count from files.files where tenant_id = $1 and status = $2', [
        user.tenantId,
        'uploading',
      ]);
    const healed = await upload(large);
    const listed = await send('GET', '/api/files');
    await context.keep('full-disk.json', {
      withoutRoom: during.withoutRoom.text,
      tookMs: during.withoutRoom.tookMs,
      listed: listed.text.slice(0, 2_000),
    });
    return {
      storedBefore: before.outcome,
      withoutRoom: during.withoutRoom.outcome,
      namesRetry: during.withoutRoom.retryAfterS > 0,
      withRoom: during.withRoom.outcome,
      readable: during.readable,
      ready: during.ready,
      leftOnDisk,
      leftInDatabase: rows[0].count,
      healed: healed.outcome,
      healedContent: await read(healed, large),
    };
  },
});

/** Unfinished uploads on the disk. Drills run alone, so nobody uploads. */
async function partsOnDisk({ stack }: CheckContext): Promise<string[]> {
  if (stack.filesFolder === undefined) throw new Error('the folder of the files is not known');
  return readdir(join(stack.filesFolder, 'incoming'));
}
