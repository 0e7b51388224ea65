import { type CheckContext, defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { binaryForm } from '../../kit/binary-form.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { tenantSetting } from '../../kit/service-databases.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { defaultWorkspace } from '../administration/tenant-members.ts';
import { furtherSecurity } from '../check-fields.ts';

/** Documented: FILE_QUOTA_FILES and FILE_QUOTA_BYTES of file-service. */
const maxFiles = 10_000;
const maxBytes = 5 * 1024 ** 3;

export const quotasHold = defineCheck({
  ...furtherSecurity,
  id: 'security.files.quotas-hold',
  title: 'A tenant’s files are limited in number and total size',
  failureTitle: 'A tenant can store files without limit',
  why: 'The size of one file is no bound: a script uploads as many as it likes, until the disk of all tenants is full (API4, ASVS 5.2.4).',
  standards: ['ASVS 5.2.4', 'ASVS 2.4.1', 'API4'],
  needs: [registrationWorks, 'services.file-service.available'],
  requires: ['postgres-admin'],
  services: ['gateway', 'platform-services', 'user-service', 'file-service'],
  remediation: {
    text: 'Count files and bytes of the tenant in the transaction that registers an upload, under a lock, and reject it with 413 before its bytes are stored.',
    effort: 'hours',
  },
  expects: {
    lastFile: equals(201),
    fileTooMany: equals('413 payload_too_large'),
    atOnce: equals([201, 413, 413, 413]),
    bytesThatFit: equals(201),
    bytesTooMany: equals('413 payload_too_large'),
    left: empty(),
    otherTenant: equals(201),
    afterDeletion: equals(201),
  },
  breaks: [
    {
      defect: 'The number of files is not limited.',
      changes: [{ kind: 'environment', service: 'file-service', set: { FILE_QUOTA_FILES: '1000000' } }],
      violates: ['fileTooMany', 'atOnce'],
    },
    {
      defect: 'The total size of files is not limited.',
      changes: [{ kind: 'environment', service: 'file-service', set: { FILE_QUOTA_BYTES: '900000000000' } }],
      violates: ['bytesTooMany', 'left'],
    },
  ],
  run: async (context) => {
    const [account, other] = [await context.account(), await context.account()];
    const send = sendAs(context, account);
    const workspaceId = await defaultWorkspace(send);
    const upload = (by = account, content = 'x') =>
      context.http.request('gateway', '/api/files/upload', {
        method: 'POST',
        token: by.accessToken,
        from: by.address,
        ...binaryForm('upload.txt', Buffer.from(content)),
      });
    const shown = ({ status, json }: Awaited<ReturnType<typeof upload>>) =>
      `${status} ${textAt(json, 'error')}`.trim();
    const rows = storedRows(context, account.tenantId);
    const first = await upload();
    const kept = textAt(first.json, 'id');
    try {
      await rows.add({ workspaceId, userId: account.userId, count: maxFiles - 2, bytes: 0 });
      const last = await upload();
      const beyond = await upload();
      const otherTenant = await upload(other);
      await prepare(send, 'DELETE', `/api/files/${textAt(last.json, 'id')}`);
      // One place is left, and four uploads want it.
      const atOnce = await Promise.all(Array.from({ length: 4 }, () => upload()));
      const won = atOnce.find(({ status }) => status === 201);
      await prepare(send, 'DELETE', `/api/files/${textAt(won?.json, 'id')}`);
      const afterDeletion = await upload();
      await prepare(send, 'DELETE', `/api/files/${textAt(afterDeletion.json, 'id')}`);
      await rows.remove();

      // 2,000 bytes are left, one of which the first file has; a form is a little larger than its file.
      await rows.add({ workspaceId, userId: account.userId, count: 1, bytes: maxBytes - 2_001 });
      const tooMany = await upload(account, 'x'.repeat(3_000));
      const fits = await upload(account, 'x'.repeat(50));
      await rows.remove();
      const list = valueAt((await send('GET', '/api/files?page_size=100')).json, 'files');
      const expected = new Set([kept, textAt(fits.json, 'id')]);
      return {
        lastFile: last.status,
        fileTooMany: shown(beyond),
        atOnce: atOnce.map(({ status }) => status).sort(),
        bytesThatFit: fits.status,
        bytesTooMany: shown(tooMany),
        left: Array.isArray(list)
          ? list
              .filter((file) => !expected.has(textAt(file, 'id')))
              .map((file) => `${textAt(file, 'status')}, ${valueAt(file, 'size')} bytes`)
          : ['no list'],
        otherTenant: otherTenant.status,
        afterDeletion: afterDeletion.status,
      };
    } finally {
      await rows.remove();
    }
  },
});

/** Rows of files that stand for real ones: thousands of uploads would take minutes. */
function storedRows({ databaseAdmin }: Pick<CheckContext, 'databaseAdmin'>, tenantId: string) {
  const inTenant = async (sql: string, values: readonly unknown[]) => {
    const client = await databaseAdmin().connect();
    try {
      await client.query('begin');
      await client.query('select set_config($1, $2, true)', [tenantSetting, tenantId]);
      await client.query(sql, [...values]);
      await client.query('commit');
    } finally {
      client.release();
    }
  };
  return {
    add: (of: { workspaceId: string; userId: string; count: number; bytes: number }) =>
      inTenant(
        `insert into files.files (id, tenant_id, workspace_id, uploaded_by, filename, extension, content_type, size,
                                  sha256, storage_name, status)
         select gen_random_uuid(), $1, $2, $3, 'quota.txt', 'txt', 'text/plain', $4, repeat('0', 64),
                replace(gen_random_uuid()::text, '-', ''), 'completed'
         from generate_series(1, $5::int)`,
        [tenantId, of.workspaceId, of.userId, of.bytes, of.count],
      ),
    remove: () =>
      inTenant(`delete from files.files where tenant_id = $1 and filename = 'quota.txt'`, [tenantId]),
  };
}
