// @ts-check
import { fileURLToPath } from 'node:url';
import { makeReady } from './make-ready.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const say = (/** @type {string} */ line) => console.error(`setup: ${line}`);
try {
  process.exitCode = await makeReady(root, { env: process.env, say });
} catch (error) {
  say(`The setup failed: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 4;
}
