import { ReadinessError } from '../errors/readiness-error.ts';
import type { TargetRequest } from '../run/run-request.ts';
import { readTarget } from '../runtime/external/read-target.ts';
import { type ReadSecret, requireSecrets } from '../runtime/external/target-addresses.ts';

/** Options that change how the run boots a platform. With a target it boots none. */
interface BootOptions {
  fault: readonly string[];
  fixedPorts?: boolean;
  keepUp?: boolean;
  runtime?: string;
}

/**
 * Reads the target file of a command line, if there is one.
 * @throws ReadinessError (exit code 2) for an invalid file, a secret that is not set, and options that a target cannot
 * have.
 */
export async function targetRequest(
  file: string | undefined,
  { fault, fixedPorts, keepUp, runtime = 'process' }: BootOptions,
  readSecret: ReadSecret,
): Promise<{ target?: TargetRequest }> {
  if (file === undefined) return {};
  const target = await readTarget(file);
  const option =
    fault.length > 0
      ? '--fault'
      : fixedPorts
        ? '--fixed-ports'
        : keepUp
          ? '--keep-up'
          : runtime === 'process'
            ? undefined
            : '--runtime';
  if (option) {
    throw new ReadinessError('target-invalid', `${option} cannot be combined with --target.`, {
      hint: `Remove ${option}: the run boots and changes nothing on a target.`,
    });
  }
  requireSecrets(target, readSecret);
  return { target: { file, target } };
}
