import { MissingCapability } from '../../failures/missing-capability.ts';
import type { StackAddresses } from '../../stack.ts';
import type { CheckScope } from '../check-scope.ts';
import type { LoadInstrument } from './load.ts';
import { runEmbedded } from './run-embedded.ts';
import { runK6Plan, runK6Script } from './run-k6.ts';

/** Generates load: everywhere with the embedded engine, and with k6 where it is installed and asked for. */
export function openLoad(
  scope: CheckScope,
  options: { k6Path: string | undefined; services: StackAddresses['services']; traceId: string },
): LoadInstrument {
  const k6 = (): string => {
    scope.requireCapability('k6');
    if (options.k6Path === undefined) throw new MissingCapability('k6');
    return options.k6Path;
  };
  return {
    run: (plan) => runEmbedded(scope, { ...options, plan }),
    runWithK6: async (plan) => runK6Plan(scope, { ...options, k6Path: k6(), plan }),
    runScript: async (file, env) => runK6Script(scope, { k6Path: k6(), file, env }),
  };
}
