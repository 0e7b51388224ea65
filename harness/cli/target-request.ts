import { ReadinessError } from '../errors/readiness-error.ts';
import type { RunRequest, TargetRequest } from '../run/run-request.ts';
import { readTarget } from '../runtime/external/read-target.ts';
import { type ReadSecret, requireSecrets } from '../runtime/external/target-addresses.ts';

/** Options that name a platform that runs already, and those that change how the run boots one. */
export interface TargetOptions extends Pick<RunRequest, 'fixedPorts' | 'keepUp' | 'runtime' | 'with'> {
  /** Faults to inject, each as `<fault id>` or `<fault id>=<service>`. */
  fault: readonly string[];
  /** Path of a target file. */
  target?: string | undefined;
  /** Name of a compose project. */
  adopt?: string | undefined;
  /** Ids of destructive checks that may run on the adopted project. */
  allow: readonly string[];
}

/**
 * The platform that a command line names instead of booting one, if it does.
 * @throws ReadinessError (exit code 2) for an invalid file, a project that cannot be measured, a secret that is not set,
 * and options that contradict each other
 */
export async function targetRequest(
  options: TargetOptions,
  readSecret: ReadSecret,
): Promise<{ target?: TargetRequest }> {
  const { target: file, adopt, allow, runtime = 'process' } = options;
  if (allow.length > 0 && adopt === undefined)
    throw conflict(
      '--allow needs --adopt.',
      file === undefined
        ? 'Remove --allow: all checks may run on a platform that the run boots.'
        : `Name the checks in ${file}: allow: [${allow.join(', ')}]`,
    );
  if (adopt !== undefined && file !== undefined)
    throw conflict('--target cannot be combined with --adopt.', 'Remove one of them: a run has one target.');
  if (adopt !== undefined) {
    if (runtime !== 'compose')
      throw conflict('--adopt needs --runtime compose.', `--runtime compose --adopt ${adopt}`);
    rejectBootOptions(options, '--adopt');
    const { adoptProject } = await import('../runtime/compose/adopt/adopt-project.ts');
    const { target, nodes } = await adoptProject(adopt, allow);
    requireSecrets(target, readSecret);
    return { target: { file: `--adopt ${adopt}`, adopted: adopt, target, nodes } };
  }
  if (file === undefined) return {};
  const target = await readTarget(file);
  rejectBootOptions(options, '--target');
  if (runtime !== 'process')
    throw conflict('--runtime cannot be combined with --target.', removeHint('--runtime'));
  requireSecrets(target, readSecret);
  return { target: { file, target } };
}

function rejectBootOptions(options: TargetOptions, by: '--adopt' | '--target'): void {
  const { fault, fixedPorts, keepUp, with: additions = [] } = options;
  const option =
    fault.length > 0
      ? '--fault'
      : fixedPorts
        ? '--fixed-ports'
        : keepUp
          ? '--keep-up'
          : additions.length > 0
            ? '--with'
            : undefined;
  if (option) throw conflict(`${option} cannot be combined with ${by}.`, removeHint(option));
}

const removeHint = (option: string): string =>
  `Remove ${option}: the run boots and changes nothing on a target.`;

function conflict(message: string, hint: string): ReadinessError {
  return new ReadinessError('target-invalid', message, { hint });
}
