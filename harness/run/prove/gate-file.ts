import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { GateFacts } from '../../evidence/facts.ts';
import type { Sensitivity } from '../../judge/sensitivity/sensitivity.ts';
import { digestProved } from './result-file.ts';

/** What a run needs of a stored `Sensitivity`. */
const Stored = z.object({
  schema: z.literal('readiness.sensitivity/2' satisfies Sensitivity['schema']),
  at: z.iso.datetime(),
  sources: z.string(),
  caught: z.int().nonnegative(),
  proved: z.int().positive(),
});

/** The folder of the proofs, beside that of the runs. */
export function faultProofs(runsDir: string): string {
  return join(runsDir, '..', 'proofs', 'faults');
}

/** How sensitive the gate was proved to be on the process runtime; undefined for other sources, or without a proof. */
export async function readGate(runsDir: string, packageRoot: string): Promise<GateFacts | undefined> {
  const text = await readFile(join(faultProofs(runsDir), 'process.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { data } = Stored.safeParse(parsed(text));
  if (!data || data.sources !== (await digestProved(packageRoot))) return undefined;
  const { caught, proved, at } = data;
  return { caught, proved, at };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // An interrupted proof may leave half a file: it proves nothing.
    return undefined;
  }
}
