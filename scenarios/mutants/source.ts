import type { SourceChange } from '../../harness/engine/index.ts';

/**
 * A change of one place of the platform's source.
 * @param file path below `platform/`
 * @param find text that occurs exactly once in the file
 */
export function source(file: string, find: string, replace: string): SourceChange {
  return { kind: 'source', file: `platform/${file}`, find, replace };
}
