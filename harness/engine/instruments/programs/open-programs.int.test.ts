import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkNamed, instrumentsAt, stackOf } from '../testing/instruments-at.ts';
import { MemoryEvidence } from '../testing/memory-evidence.ts';

const signal = new AbortController().signal;

it('runs a program with input in a folder that has the packages, and keeps its output as evidence', async () => {
  const tmpDir = await mkdtemp(join(tmpdir(), 'readiness-programs-'));
  try {
    await using instruments = instrumentsAt(stackOf({}), { tmpDir });
    const evidence = new MemoryEvidence();
    await using opened = await instruments.forCheck({ check: checkNamed('api.x'), signal, evidence });
    const { programs } = opened.context;
    const folder = await programs.folder();
    expect(await programs.folder()).not.toBe(folder);
    const source = `import { text } from 'node:stream/consumers';
import { z } from 'zod';
console.log(z.string().parse(await text(process.stdin)), process.cwd() === process.env.HOME);
console.error('a warning');
process.exitCode = 3;`;
    await writeFile(join(folder, 'program.mjs'), source);
    const run = await programs.run('node', ['program.mjs'], { label: 'use', folder, input: 'given' });
    expect(run).toEqual({ code: 3, stdout: 'given true\n', stderr: 'a warning\n' });
    expect(evidence.text('use.txt')).toBe('exit code 3\ngiven true\na warning\n');
  } finally {
    await rm(tmpDir, { recursive: true, force: true });
  }
});
