#!/usr/bin/env node
// @ts-check
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { findNode } from './setup/find-node.mjs';

/** The command `readiness` of the installed package. Runs on Node 18 and starts the harness on Node 24. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const main = join(root, 'harness', 'cli', 'main.ts');
const installed = root.includes(`${sep}node_modules${sep}`);

const node = findNode(root);
if (node === undefined) {
  console.error(`readiness: Node 24 or newer is needed; this is ${process.version}`);
  console.error('  npm install --save-dev node@24   installs it for this project only');
  process.exitCode = 4;
} else {
  runHarness(node);
}

/** @param {string} node */
function runHarness(node) {
  const stripTypes = pathToFileURL(join(root, 'harness', 'cli', 'strip-types.mjs')).href;
  const nodeArguments = installed ? ['--disable-warning=ExperimentalWarning', '--import', stripTypes] : [];
  // Run folders belong to the project, not to its node_modules.
  /** @type {NodeJS.ProcessEnv} */
  const env = installed
    ? { READINESS_RUNS: join(process.cwd(), 'reports', 'runs'), ...process.env }
    : { ...process.env };
  // Node reads these at its start and then sends even loopback requests through a proxy.
  delete env.NODE_USE_ENV_PROXY;
  if (env.NODE_OPTIONS !== undefined) env.NODE_OPTIONS = env.NODE_OPTIONS.replace(/--use-env-proxy\b/g, '');
  const child = spawn(node, [...nodeArguments, main, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env,
  });
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    console.error(`readiness: ${node} cannot be started: ${error.message}`);
    process.exitCode = 4;
  });
  child.once('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  });
}
