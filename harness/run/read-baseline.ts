import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { Baseline, type Machine } from '../engine/instruments/load/baseline.ts';
import { ReadinessError } from '../errors/readiness-error.ts';

/** Where the accepted baseline is, in the package. */
export const baselineFile = 'reports/baseline.json';

/**
 * The accepted baseline; undefined when there is none.
 * @throws ReadinessError (exit code 2) when the file is not a baseline
 */
export async function readBaseline(packageRoot: string): Promise<Baseline | undefined> {
  const text = await readFile(join(packageRoot, baselineFile), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const parsed = Baseline.safeParse(parse(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ReadinessError(
    'file-invalid',
    `${baselineFile}: ${issue?.path.join('.') || 'baseline'}: ${issue?.message}`,
    { hint: 'Remove it, or accept a run: npm run readiness -- baseline accept reports/runs/<id>' },
  );
}

/** @param runtime of the platform; of a target with its name */
export function thisMachine(runtime: string): Machine {
  const processors = cpus();
  return {
    runtime,
    processor: processors[0]?.model ?? 'unknown',
    cores: Math.max(1, processors.length),
    node: process.versions.node,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
