// A harness for the tests of the reaper, which kill it while it boots containers, runs or stops.
import { startReaper } from '../reaper/reaper.ts';
import { createTestcontainersRuntime } from '../testcontainers/testcontainers-runtime.ts';
import { fake } from './fake-stack.ts';
import { contractNodes } from './runtime-contract-nodes.ts';
import { fakeServiceImage } from './test-image.ts';

const [runId = '', runDir = '', ending = ''] = process.argv.slice(2);
const print = (line: string) => process.stdout.write(`${line}\n`);

const reaper = startReaper({ runId });
print(`reaper ${reaper.pid}`);
const runtime = createTestcontainersRuntime({
  reaper,
  searchPath: process.env.PATH ?? '',
  platformImage: ({ docker }) => fakeServiceImage(docker, contractNodes),
});
const stack = await runtime.boot(
  { bootTimeoutMs: 60_000, nodes: [fake('gateway'), fake('user-service', 'ignore-stop')] },
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
