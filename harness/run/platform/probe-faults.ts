import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BiteResult } from '../../faults/bite/bite.ts';
import { type BitePlatform, probeBite } from '../../faults/bite/probe-bite.ts';
import { type Injection, nameOf } from '../../faults/fault.ts';
import { checkBuildContext } from '../../runtime/build-context/check-build-context.ts';
import type { ChangedPlatform } from './change-platform.ts';
import type { OpenPlatform } from './open-platform.ts';

/** An injected fault and what was seen of it. */
export interface ProbedFault {
  injection: Injection;
  bite: BiteResult;
}

/** Proves that the injected faults took hold, before anything is judged. */
export async function probeFaults(
  injections: readonly Injection[],
  { platform, changed, signal }: { platform: OpenPlatform; changed: ChangedPlatform; signal: AbortSignal },
): Promise<ProbedFault[]> {
  const { stack, links = new Map() } = platform;
  const probed: BitePlatform = {
    addresses: changed.addresses,
    boot: stack.boot,
    exited: () => stack.exited(),
    logs: (node) => stack.logs(node, 0),
    linkPort: (from, to) => [...links].find(([change]) => change.from === from && change.to === to)?.[1].port,
    programOf: (service) => readProgram(stack.processId?.(service)),
    fileOf: (path) => readFile(join(changed.packageRoot, path), 'utf8'),
    contextProblems: async () => {
      const { findings } = await checkBuildContext(changed.packageRoot);
      return findings.map(({ where, what }) => `${where}: ${what}`);
    },
  };
  return Promise.all(
    injections.map(async (injection) => {
      const { bite } = injection.fault.in(injection.service);
      return { injection, bite: await probeBite(bite, probed, signal) };
    }),
  );
}

/** One sentence for each fault that did not take hold: what the checks say then is no evidence. */
export function notBitten(faults: readonly ProbedFault[]): string[] {
  return faults
    .filter(({ bite }) => !bite.bit)
    .map(({ injection, bite }) => `The fault ${nameOf(injection)} did not take hold: ${bite.seen}.`);
}

/** The code of a process of this machine: its program and what lies beside that. */
async function readProgram(pid: number | undefined): Promise<string> {
  if (pid === undefined) throw new Error('it is no process of this machine');
  const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').filter((part) => part !== '');
  const folder = dirname(argv.at(-1) ?? '');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.mjs'));
  return (await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')))).join('\n');
}
