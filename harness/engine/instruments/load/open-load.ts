import { MissingCapability } from '../../failures/missing-capability.ts';
import type { StackAddresses } from '../../stack.ts';
import type { CheckScope } from '../check-scope.ts';
import { type Baseline, type Machine, whyNotComparable } from './baseline.ts';
import type { KnownBaseline, LoadInstrument } from './load.ts';
import { runEmbedded } from './run-embedded.ts';
import { runK6Plan, runK6Script } from './run-k6.ts';

/** Generates load: everywhere with the embedded engine, and with k6 where it is installed and asked for. */
export function openLoad(
  scope: CheckScope,
  options: {
    k6Path: string | undefined;
    services: StackAddresses['services'];
    traceId: string;
    baseline?: { accepted: Baseline | undefined; machine: Machine };
  },
): LoadInstrument {
  const k6 = (): string => {
    scope.requireCapability('k6');
    if (options.k6Path === undefined) throw new MissingCapability('k6');
    return options.k6Path;
  };
  return {
    baseline: knownBaseline(options.baseline),
    run: (plan) => runEmbedded(scope, { ...options, plan }),
    runWithK6: async (plan) => runK6Plan(scope, { ...options, k6Path: k6(), plan }),
    runScript: async (file, env) => runK6Script(scope, { k6Path: k6(), file, env }),
  };
}

/** Outside of a run, e.g. in tests of instruments, nothing is known about the machine. */
const unknownMachine: Machine = { runtime: 'unknown', processor: 'unknown', cores: 1, node: 'unknown' };

function knownBaseline(
  given: { accepted: Baseline | undefined; machine: Machine } | undefined,
): KnownBaseline {
  const machine = given?.machine ?? unknownMachine;
  const accepted = given?.accepted;
  const reason = whyNotComparable(accepted, machine);
  return accepted === undefined || reason !== undefined
    ? { machine, reason: reason ?? 'no baseline has been accepted' }
    : { machine, paces: accepted.paces, run: accepted.run };
}
