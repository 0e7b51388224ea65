import { enableCompileCache } from 'node:module';
import { resolve } from 'node:path';

// Reading the types out of the harness's files and compiling them is two thirds of the time of a short command. Where
// the folder cannot be written, every command does it again.
enableCompileCache(
  resolve(process.env.READINESS_CACHE ?? resolve(import.meta.dirname, '../../.cache'), 'harness'),
);
const { runMain } = await import('./run-main.ts');
await runMain();
