import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { openResultFile } from './result-file.ts';

const Line = z.object({ check: z.string(), state: z.enum(['green', 'red']) });

let packageRoot: string;
beforeEach(async () => {
  packageRoot = await mkdtemp(join(tmpdir(), 'proofs-'));
  await mkdir(join(packageRoot, 'platform'));
  await writeFile(join(packageRoot, 'platform/a.ts'), '1');
});
afterEach(() => rm(packageRoot, { recursive: true }));

const open = (resume: boolean) =>
  openResultFile({
    file: join(packageRoot, 'reports/proofs.jsonl'),
    schema: 'readiness.proofs/1',
    line: Line,
    packageRoot,
    resume,
  });
const green = { check: 'a.a', state: 'green' } as const;
const red = { check: 'a.a', state: 'red' } as const;

it('continues with the results of a killed proof, without its half line', async () => {
  const file = await open(false);
  await file.add(green);
  await file.add(red);
  await appendFile(join(packageRoot, 'reports/proofs.jsonl'), '{"check":"a.b","sta');
  expect((await open(true)).earlier).toEqual([green, red]);
});

it('begins anew without the wish to resume', async () => {
  await (await open(false)).add(green);
  expect((await open(false)).earlier).toEqual([]);
  expect((await open(true)).earlier).toEqual([]);
});

it('begins anew when a source has changed, but not for a test', async () => {
  await (await open(false)).add(green);
  await writeFile(join(packageRoot, 'platform/a.test.ts'), '2');
  expect((await open(true)).earlier).toEqual([green]);
  await writeFile(join(packageRoot, 'platform/a.ts'), '2');
  expect((await open(true)).earlier).toEqual([]);
});
