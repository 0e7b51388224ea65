import { readdirSync } from 'node:fs';
import type { Fault } from '../harness/engine/index.ts';

/** Every fault of every file below this folder that ends in `-faults.ts`, exported alone or in lists, sorted by id. */
export const ownFaults: readonly Fault[] = (
  await Promise.all(
    readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('-faults.ts') && path !== 'own-faults.ts')
      .map(async (path): Promise<unknown[]> => {
        const module: Readonly<Record<string, unknown>> = await import(new URL(path, import.meta.url).href);
        return Object.values(module).flat();
      }),
  )
)
  .flat()
  .filter(isFault)
  .sort((a, b) => (a.id < b.id ? -1 : 1));

function isFault(value: unknown): value is Fault {
  return typeof value === 'object' && value !== null && 'layer' in value && 'in' in value;
}
