import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import type { z } from 'zod';
import { ReadinessError } from '../errors/readiness-error.ts';
import { makeWritable } from './writable-folder.ts';

/** An id that sorts by time and does not collide: `20250807-181900-3f9c`. */
export function newRunId(now: Date): string {
  const stamp = now.toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${stamp}-${randomBytes(2).toString('hex')}`;
}

export async function createRunFolder(runsDir: string, runId: string): Promise<string> {
  await makeWritable(runsDir, 'READINESS_RUNS');
  const folder = join(runsDir, runId);
  await mkdir(join(folder, 'logs'), { recursive: true });
  return folder;
}

/** Replaces the file atomically: a killed harness must not leave a partial file behind. */
export async function writeAtomically(file: string, content: string): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, content);
  await rename(temporary, file);
}

/**
 * Reads and validates one JSON file of a run folder.
 * @throws ReadinessError (exit code 2) that names the file and the invalid field.
 */
export async function readStored<T extends z.ZodType>(file: string, schema: T): Promise<z.output<T>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new ReadinessError(
      'file-missing',
      `Cannot read ${file}: ${(cause as NodeJS.ErrnoException).code}.`,
      { cause },
    );
  }
  const parsed = schema.safeParse(parseJson(text, file));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new ReadinessError(
    'file-invalid',
    `${file}: ${issue?.path.join('.') || '(top level)'}: ${issue?.message}`,
  );
}

export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ReadinessError('file-invalid', `${file} is not valid JSON: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** SHA-256 of every existing file that the verdict depends on, by path relative to the run folder, sorted. */
export async function hashRunFiles(runDir: string): Promise<Record<string, string>> {
  const files: string[] = (await readdir(runDir)).filter(
    (name) => name === 'plan.json' || name === 'facts.json',
  );
  for (const folder of ['evidence', 'logs']) {
    const entries = await readdir(join(runDir, folder), { recursive: true, withFileTypes: true }).catch(
      () => [],
    );
    for (const entry of entries) {
      if (entry.isFile())
        files.push(relative(runDir, join(entry.parentPath, entry.name)).split(sep).join('/'));
    }
  }
  const hashes: Record<string, string> = {};
  for (const file of files.sort()) hashes[file] = await hashFile(resolve(runDir, file));
  return hashes;
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
