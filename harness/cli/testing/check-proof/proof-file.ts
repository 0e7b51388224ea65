import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { digestSources } from '../../../runtime/folders/source-digest.ts';
import type { ProofResult } from './proof.ts';

const Header = z.object({ schema: z.literal('readiness.proofs/1'), sources: z.string() });
const Line = z.object({
  check: z.string(),
  defect: z.string().optional(),
  state: z.enum([
    'green',
    'red',
    'red-without-break',
    'green-under-break',
    'other-failure',
    'harness-failure',
    'not-healed',
    'unproven',
  ]),
  seen: z.string(),
  tookMs: z.number(),
});

/** The results so far, one line each, so that a killed proof can go on. */
export interface ProofFile {
  /** Results of an earlier proof of the same sources. */
  readonly earlier: readonly ProofResult[];
  add(result: ProofResult): Promise<void>;
}

/**
 * Opens the file of results. Without `resume`, or when the sources have changed, it begins anew.
 * @param options.file path; its folder is created
 */
export async function openProofFile(options: {
  file: string;
  packageRoot: string;
  resume: boolean;
}): Promise<ProofFile> {
  const { file, packageRoot, resume } = options;
  const sources = await digestSources({
    root: packageRoot,
    paths: ['platform', 'harness', 'scenarios', 'package-lock.json'],
    values: [],
  });
  const earlier = resume ? await readEarlier(file, sources) : undefined;
  if (earlier === undefined) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${JSON.stringify({ schema: 'readiness.proofs/1', sources })}\n`);
  }
  return {
    earlier: earlier ?? [],
    add: (result) => appendFile(file, `${JSON.stringify(result)}\n`),
  };
}

/** Undefined when there is nothing to continue. */
async function readEarlier(file: string, sources: string): Promise<ProofResult[] | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const [header, ...lines] = text.split('\n').flatMap((line): unknown[] => {
    try {
      return [JSON.parse(line)];
    } catch {
      // A killed proof may leave half a line.
      return [];
    }
  });
  if (Header.safeParse(header).data?.sources !== sources) return undefined;
  return lines.flatMap((line) => {
    const { data } = Line.safeParse(line);
    if (!data) return [];
    const { defect, ...result } = data;
    return [{ ...result, ...(defect === undefined ? {} : { defect }) }];
  });
}
