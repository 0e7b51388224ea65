import { defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';
import { readExport } from '../deletion/read-export.ts';
import { byteCheck, doorTo } from './byte-check.ts';
import { exportBreaks } from './file-breaks.ts';
import { sha256, textContent } from './sample-content.ts';

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
  timeoutMs: 120_000,
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
      context,
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
