/**
 * Runs Chromium in a process of its own, started by `open-browser.ts`. The environment puts its profile, cache and
 * temporary files into the run's folder. The browser ends with standard input, which closes when the harness is done
 * or was killed.
 */
import { chromium } from 'playwright-core';

const flags = [
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

const { executablePath, root, hosts } = JSON.parse(process.argv[2] ?? '{}') as {
  executablePath?: string;
  root: boolean;
  /** The only hosts the browser may reach. */
  hosts: readonly string[];
};

const server = await chromium.launchServer({
  host: '127.0.0.1',
  headless: true,
  handleSIGINT: false,
  handleSIGTERM: false,
  handleSIGHUP: false,
  ...(executablePath ? { executablePath } : {}),
  chromiumSandbox: !root,
  args: [
    ...flags,
    `--host-resolver-rules=${['MAP * ~NOTFOUND', ...hosts.map((host) => `EXCLUDE ${host}`)].join(', ')}`,
  ],
});
process.stdout.write(`${JSON.stringify({ endpoint: server.wsEndpoint(), pid: server.process().pid })}\n`);

let stopping = false;
const stop = async (): Promise<void> => {
  if (stopping) return;
  stopping = true;
  await server.kill();
  process.exit(0);
};
process.stdin.on('end', stop).on('error', stop).resume();
server.on('close', () => process.exit(stopping ? 0 : 1));
