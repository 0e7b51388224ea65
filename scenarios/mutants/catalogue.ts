import { readdirSync } from 'node:fs';
import type { Mutant } from './mutant.ts';

/** Every mutant of every file of this folder that begins with `kind-`, in the order of their kinds. */
export const mutants: readonly Mutant[] = (
  await Promise.all(
    readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
      .filter((path) => /(^|\/)kind-[^/]+\.ts$/.test(path))
      .sort()
      .map(async (path): Promise<unknown[]> => {
        const module: Readonly<Record<string, unknown>> = await import(new URL(path, import.meta.url).href);
        return Object.values(module).flat();
      }),
  )
)
  .flat()
  .filter(isMutant)
  .sort((a, b) => a.kind - b.kind);

function isMutant(value: unknown): value is Mutant {
  return typeof value === 'object' && value !== null && 'kind' in value && 'caughtBy' in value;
}
