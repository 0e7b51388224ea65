import { readFile } from 'node:fs/promises';
import { LineCounter, parseDocument } from 'yaml';
import { ReadinessError } from '../../errors/readiness-error.ts';
import { Target } from './target.ts';

const hint =
  'Correct the target file. Examples: fixtures/targets/*.yaml; every field: harness/runtime/external/target.ts';

/**
 * Reads a target file.
 * @throws ReadinessError (exit code 2) that names the file, the line and the field of every problem.
 */
export async function readTarget(file: string): Promise<Target> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ReadinessError('target-invalid', `Cannot read ${file}: ${code}.`, { hint, cause });
  }
  return parseTarget(text, file);
}

/** @param file its name in error messages */
export function parseTarget(text: string, file: string): Target {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const [syntax] = document.errors;
  if (syntax) {
    const line = syntax.linePos?.[0].line ?? 1;
    throw new ReadinessError('target-invalid', `${file}:${line}: ${syntax.message.split('\n')[0]}`, { hint });
  }
  const parsed = Target.safeParse(document.toJS());
  if (parsed.success) return parsed.data;
  /** The line of a field, or of the nearest field around it that exists. */
  const lineOf = (path: readonly PropertyKey[]): number => {
    for (let length = path.length; length > 0; length -= 1) {
      const node = document.getIn(path.slice(0, length), true);
      if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range))
        return lines.linePos(Number(node.range[0])).line;
    }
    return 1;
  };
  const problems = parsed.error.issues.map((issue) => {
    const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path;
    const message = issue.code === 'unrecognized_keys' ? 'unknown field' : issue.message;
    return `${file}:${lineOf(path)}: ${path.join('.') || '(whole file)'}: ${message}`;
  });
  throw new ReadinessError('target-invalid', problems.join('\n'), { hint });
}
