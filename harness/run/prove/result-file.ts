import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { digestSources } from '../../runtime/folders/source-digest.ts';

const Header = z.object({ schema: z.string(), sources: z.string() });

/** The results so far, one line each, so that a killed proof can go on. */
export interface ResultFile<Result> {
  /** Digest of the sources that are proved. */
  readonly sources: string;
  /** Results of an earlier proof of the same sources. */
  readonly earlier: readonly Result[];
  add(result: Result): Promise<void>;
}

/**
 * Opens the file of results. Without `resume`, or when the sources have changed, it begins anew.
 * @param options.file path; its folder is created
 * @param options.schema name of the format, e.g. `readiness.proofs/1`
 * @param options.line what a result is; other lines are skipped
 */
export async function openResultFile<Result>(options: {
  file: string;
  schema: string;
  line: z.ZodType<Result>;
  packageRoot: string;
  resume: boolean;
}): Promise<ResultFile<Result>> {
  const { file, schema, line, packageRoot, resume } = options;
  const sources = await digestProved(packageRoot);
  const earlier = resume ? await readEarlier(file, { schema, sources, line }) : undefined;
  if (earlier === undefined) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${JSON.stringify({ schema, sources })}\n`);
  }
  return {
    sources,
    earlier: earlier ?? [],
    add: (result) => appendFile(file, `${JSON.stringify(result)}\n`),
  };
}

/** Digest of everything that the result of a proof depends on. */
export function digestProved(packageRoot: string): Promise<string> {
  return digestSources({
    root: packageRoot,
    paths: ['platform', 'harness', 'scenarios', 'package-lock.json'],
    values: [],
  });
}

/** The results of another proof, if it was of these sources; else none. */
export async function readResults<Result>(
  file: string,
  expected: { schema: string; sources: string; line: z.ZodType<Result> },
): Promise<readonly Result[]> {
  return (await readEarlier(file, expected)) ?? [];
}

/** Undefined when there is nothing to continue. */
async function readEarlier<Result>(
  file: string,
  expected: { schema: string; sources: string; line: z.ZodType<Result> },
): Promise<Result[] | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const [header, ...lines] = text.split('\n').flatMap((line): unknown[] => {
    try {
      return [JSON.parse(line)];
    } catch {
      // A killed proof may leave half a line.
      return [];
    }
  });
  const { data } = Header.safeParse(header);
  if (data?.schema !== expected.schema || data.sources !== expected.sources) return undefined;
  return lines.flatMap((line) => {
    const parsed = expected.line.safeParse(line);
    return parsed.success ? [parsed.data] : [];
  });
}
