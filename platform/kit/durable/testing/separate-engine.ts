import { createRequire } from 'node:module';
import type { Engine } from '../engine.ts';

const require = createRequire(import.meta.url);

/** Another copy of the engine, which keeps its state in its module: for several replicas in one process. */
export async function loadSeparateEngine(): Promise<Engine> {
  const isEngine = (path: string) => path.includes('/@dbos-inc/dbos-sdk/dist/');
  const kept = new Map<string, NodeJS.Module | undefined>();
  for (const path of Object.keys(require.cache).filter(isEngine)) {
    kept.set(path, require.cache[path]);
    delete require.cache[path];
  }
  const engine = require('@dbos-inc/dbos-sdk') as Engine;
  for (const path of Object.keys(require.cache).filter(isEngine)) delete require.cache[path];
  for (const [path, module] of kept) require.cache[path] = module;
  return engine;
}
