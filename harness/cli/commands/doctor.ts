import { connect } from 'node:net';
import { type ExitCode, exitCode } from '../../errors/exit-code.ts';
import type { RunContext } from '../../run/run-context.ts';
import { findTools } from '../../run/tools.ts';

interface Finding {
  name: string;
  good: boolean;
  detail: string;
  /** Whether a run is impossible without it. */
  required: boolean;
}

/**
 * Lists the tools and ports of this machine, with the install command for every missing tool.
 * @returns 4 if something required is missing, else 0
 */
export async function doctor(context: RunContext): Promise<ExitCode> {
  const findings = [nodeVersion(), ...(await tools(context)), ...(await ports())];
  const width = Math.max(...findings.map(({ name }) => name.length));
  for (const { name, good, detail } of findings) {
    context.stdout.write(`${good ? 'ok    ' : 'not ok'}  ${name.padEnd(width)}  ${detail}\n`);
  }
  return findings.some(({ good, required }) => required && !good) ? exitCode.harness : exitCode.ok;
}

function nodeVersion(): Finding {
  const major = Number(process.versions.node.split('.')[0]);
  return {
    name: 'node',
    good: major >= 24,
    detail: `${process.version} (needs 24 or newer; npm install installs it)`,
    required: true,
  };
}

async function tools(context: RunContext): Promise<Finding[]> {
  const found = await findTools(context.settings, context.packageRoot);
  return found.map((tool) => ({
    name: tool.name,
    good: tool.path !== undefined,
    detail:
      tool.path ??
      `${tool.capability ? 'missing, so some checks stay unmeasured' : 'missing, required'}. Install: ${tool.hint}`,
    required: tool.name === 'redis-server',
  }));
}

async function ports(): Promise<Finding[]> {
  const { catalogue } = await import('../../../platform/contracts/catalogue.ts');
  return Promise.all(
    catalogue.map(async ({ name, port }) => {
      const taken = await isTaken(port);
      return {
        name: `port ${port}`,
        good: !taken,
        detail: taken ? `in use, but \`up\` and --fixed-ports need it for ${name}` : `free for ${name}`,
        required: false,
      };
    }),
  );
}

function isTaken(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host: '127.0.0.1', port });
  socket.once('connect', () => resolve(true));
  socket.once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
