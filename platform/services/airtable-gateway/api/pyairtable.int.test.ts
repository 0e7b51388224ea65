import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toAirtableUserId } from '../../../contracts/airtable-gateway/user-id.ts';
import {
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
  type TestUser,
} from '../testing/temporary-airtable-gateway.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..', '..', '..');
const install =
  'python3 -m venv .tools/python && .tools/python/bin/python -m pip install pyairtable==3.5.0.post1';

/** A Python that has pyairtable: the setup's environment or the system's Python. */
function findPython(): string | undefined {
  const cached = join(root, '.tools', 'python', 'bin', 'python');
  return [cached, 'python3'].find(
    (python) =>
      (python === 'python3' || existsSync(python)) &&
      spawnSync(python, ['-c', 'import pyairtable']).status === 0,
  );
}

const python = findPython();

describe.skipIf(python === undefined)(
  `pyairtable (skipped when it is not installed; to install it: ${install})`,
  () => {
    let gateway: TemporaryAirtableGateway;
    let user: TestUser;

    beforeAll(async () => {
      gateway = await startTemporaryAirtableGateway();
      user = await gateway.user();
    });
    afterAll(async () => gateway?.[Symbol.asyncDispose]());

    it('works when only the endpoint is changed', async () => {
      const script = join(import.meta.dirname, '..', 'testing', 'pyairtable_client.py');
      const { stdout } = await run(python as string, [script, gateway.url, user.token]);
      expect(JSON.parse(stdout)).toEqual({
        user: toAirtableUserId(user.claims.user_id),
        listed: true,
        created: 250,
        pages: [100, 100, 50],
        sorted: [249, 248, 247],
        fields: { Age: 7 },
        escaped: true,
        braces: true,
        dated: true,
        compared: 25,
        either: 1,
        functions: 100,
        long: 250,
        got: true,
        updated: 5,
        replaced: { Name: 'Only' },
        upserted: [1, 1],
        batch_updated: 25,
        linked: true,
        schema: ['singleLineText', 'number', 'singleLineText', 'date', 'checkbox', 'multipleRecordLinks'],
        renamed: 'Years',
        comments: ['Hello again'],
        counted: 'Person 0',
        uncommented: [],
        secret: 32,
        webhooks: [true],
        payloads: [true, [['Watched'], ['Seen']], [2], 'publicApi'],
        disabled: false,
        unwatched: [],
        rejected: expect.stringContaining('Unknown field names: Nobody'),
        deleted: 252,
        left: [],
      });
    });
  },
);
