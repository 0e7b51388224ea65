import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judgeSample, observed, shortOf } from '../harness/judge/testing/sample-run.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'failing-checks-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the demand of CI that no check fails', () => {
  it.each([
    ['every check passes', {}, { status: 0, stderr: '' }],
    ['a tool is missing', { 'infra.note': shortOf('missing-capability') }, { status: 0, stderr: '' }],
    [
      'a check of low severity fails under GO',
      { 'infra.note': observed({ ok: false }) },
      { status: 1, stderr: expect.stringContaining('infra.note: ok') },
    ],
    [
      'a check is blocked by a failure of the product',
      {
        'auth.login': shortOf('product-failure'),
        'e2e.first-day': shortOf('needs-not-met', { by: 'auth.login' }),
      },
      {
        status: 1,
        stderr: expect.stringMatching(/auth\.login: [\s\S]*e2e\.first-day: Blocked by auth\.login/),
      },
    ],
  ])('when %s', (_title, changes, expected) => {
    writeFileSync(join(folder, 'result.json'), JSON.stringify(judgeSample(changes)));
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(import.meta.dirname, 'no-failing-checks.mjs'), folder],
      { encoding: 'utf8' },
    );
    expect({ status, stderr }).toEqual(expected);
  });
});
