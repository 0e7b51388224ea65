// A harness for the tests of the reaper, which kill it while it boots, runs or stops.
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createProcessRuntime } from '../process/process-runtime.ts';
import { startReaper } from '../reaper/reaper.ts';
import type { StackNode } from '../runtime.ts';
import { fake, fakePrograms } from './fake-stack.ts';

const [runId = '', runDir = '', ending = ''] = process.argv.slice(2);
const print = (line: string) => process.stdout.write(`${line}\n`);
const store = (name: string, kind: StackNode['kind'], dependsOn: StackNode['dependsOn'] = {}): StackNode => ({
  name,
  kind,
  dependsOn,
  env: {},
  startTimeoutMs: 20_000,
});

const reaper = startReaper({ runId });
print(`reaper ${reaper.pid}`);
const runtime = createProcessRuntime({
  packageRoot: runDir,
  cacheDir: `${runDir}/cache`,
  searchPath: process.env.PATH ?? '',
  reaper,
  programs: fakePrograms({ job: fileURLToPath(new URL('./fake-migrate.mjs', import.meta.url)) }),
});
const stack = await runtime.boot(
  {
    bootTimeoutMs: 60_000,
    nodes: [
      store('postgres', 'store'),
      store('redis', 'store'),
      store('migrate', 'job', { postgres: 'ready' }),
      fake('gateway', 'spawn'),
      fake('saga-service', ending === 'stop' ? 'ignore-stop' : 'ready', { migrate: 'completed' }),
    ],
  },
  {
    runId,
    runDir,
    signal: new AbortController().signal,
    onEvent: ({ type, node }) => print(`${node} ${type}`),
  },
);
print('booted');
if (ending === 'wait') await new Promise((resolve) => setTimeout(resolve, 60_000));
print('stopping');
await stack.stop();
print('stopped');
await reaper[Symbol.asyncDispose]();
print('ended');
// Runs until the test has checked what is left.
await once(process.stdin.resume(), 'end');
