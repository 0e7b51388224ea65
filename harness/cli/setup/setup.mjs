// @ts-check
import { fileURLToPath } from 'node:url';
import { makeReady } from './make-ready.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
process.exitCode = await makeReady(root, {
  env: process.env,
  say: (line) => console.error(`setup: ${line}`),
});
