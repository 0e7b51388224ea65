import { type Command, InvalidArgumentError, Option } from 'commander';
import { loadProfiles } from '../../scenarios/api/load/cluster-profiles.ts';
import type { ExitCode } from '../errors/exit-code.ts';
import type { RunContext } from '../run/run-context.ts';

/** The commands of load from a cluster. */
export function addLoadCommands(
  program: Command,
  context: RunContext,
  finish: (code: ExitCode) => void,
): void {
  const load = program.command('load').description('load from a cluster, with the k6-operator');
  load
    .command('manifests')
    .description('write the manifests of a load with several runners')
    .requiredOption('--parallelism <n>', 'number of runner pods', wholeNumber(1, 100))
    .option('--url <url>', 'the gateway, as pods reach it')
    .option('--target <file>', 'the target whose gateway gets the load; it must allow the load check')
    .addOption(
      new Option('--profile <name>', `how much load: ${profiles()}`)
        .choices(Object.keys(loadProfiles))
        .default('load'),
    )
    .option(
      '--rate <n>',
      'iterations per second of all runners together (default: of the profile)',
      wholeNumber(1, 100_000),
    )
    .option('--duration <seconds>', 'time of the load (default: of the profile)', wholeNumber(5, 86_400))
    .option('--namespace <name>', 'namespace of the runners', label, 'pyairtable-load')
    .option('--image <name>', 'image of k6', 'grafana/k6:1.1.0')
    .option(
      '--tokens-secret <name>',
      'Secret with access tokens of users, key `tokens`',
      label,
      'load-tokens',
    )
    .option('--cleanup', 'delete the pods at the end; only where another system keeps their logs')
    .option('--output <folder>', 'folder for the files (default: standard output)')
    .action(async (options) =>
      finish(await (await import('./commands/load-manifests.ts')).writeLoadManifests(context, options)),
    );
  load
    .command('merge <paths...>')
    .description('merge the logs of all runner pods (files or folders) into one verdict')
    .option('--digest <sha256>', 'only reports of this script count, as `load manifests` printed it')
    .option('--json', 'print the result as JSON')
    .action(async (paths, options) =>
      finish(await (await import('./commands/load-merge.ts')).mergeLoad(context, paths, options)),
    );
}

function profiles(): string {
  return Object.entries(loadProfiles)
    .map(([name, { rate, duration }]) => `${name} (${rate} iterations/s, ${duration} s)`)
    .join(', ');
}

function wholeNumber(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < minimum || value > maximum)
      throw new InvalidArgumentError(`Use a whole number from ${minimum} to ${maximum}.`);
    return value;
  };
}

/** A name that Kubernetes accepts. */
function label(text: string): string {
  if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text))
    throw new InvalidArgumentError('Use up to 63 lowercase letters, digits and dashes.');
  return text;
}
