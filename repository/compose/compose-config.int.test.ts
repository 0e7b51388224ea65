import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { completeSecrets, secretFiles, writeSecretFiles } from '../../harness/runtime/compose/secret-files.ts';
import { findComposeForTests } from '../../harness/runtime/testing/compose-responds.ts';
import { root } from './compose-files.ts';

const [command = '', ...args] = findComposeForTests(root) ?? [];
const files = ['docker-compose.yml', 'docker-compose.monitoring.yml', 'docker-compose.lgtm.yml'];

describe.runIf(command !== '')('Docker Compose', () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'compose-config-'));
    const { secrets, own } = completeSecrets({}, 'https://alerts.example.com/hook');
    await writeSecretFiles(folder, secretFiles(secrets, own));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const config = (count: number, environment: NodeJS.ProcessEnv) =>
    [
      command,
      [
        ...args,
        ...['--project-directory', root, '--env-file', '/dev/null'],
        ...files.slice(0, count).flatMap((file) => ['--file', join(root, file)]),
        ...['config', '--format', 'json'],
      ],
      { encoding: 'utf8', env: { PATH: process.env.PATH, HOME: folder, ...environment } },
    ] as const;

  test.each([1, 2, 3])('reads the first %i files together', (count) => {
    const text = execFileSync(...config(count, { PYAIRTABLE_SECRETS: folder }));
    const { services } = JSON.parse(text) as { services: Record<string, { image?: string }> };
    for (const [name, { image }] of Object.entries(services)) expect([name, image]).not.toContain(undefined);
    expect(Object.keys(services).length).toBe([14, 20, 24][count - 1]);
  });

  test('says what to run when there are no secrets', () => {
    const { status, stderr } = spawnSync(...config(1, {}));
    expect(status).not.toBe(0);
    expect(stderr).toContain('PYAIRTABLE_SECRETS is missing a value: run `npm run readiness -- secrets` first');
  });
});
