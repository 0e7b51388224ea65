import { readdirSync } from 'node:fs';
import type { CheckDefinition } from '../harness/engine/index.ts';

/** Every file below this folder that ends in `-checks.ts`, with the checks it exports alone or in lists. */
export const checksByFile: ReadonlyMap<string, readonly CheckDefinition[]> = new Map(
  await Promise.all(
    readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('-checks.ts'))
      .map(async (path) => {
        const module: Readonly<Record<string, unknown>> = await import(new URL(path, import.meta.url).href);
        return [path, Object.values(module).flat().filter(isCheck)] as const;
      }),
  ),
);

/** Every check, sorted by id. */
export const checks: readonly CheckDefinition[] = [...checksByFile.values()]
  .flat()
  .sort((a, b) => (a.id < b.id ? -1 : 1));

function isCheck(value: unknown): value is CheckDefinition {
  return typeof value === 'object' && value !== null && 'run' in value && 'expects' in value;
}
