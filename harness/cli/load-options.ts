import { type Command, InvalidArgumentError, Option } from 'commander';
import { loadProfiles } from '../../scenarios/api/load/cluster-profiles.ts';
import { profiles } from '../../scenarios/api/load/profiles.ts';
import type { ExitCode } from '../errors/exit-code.ts';
import type { RunContext } from '../run/run-context.ts';

/** `load` sends a load from this machine; its commands send it from a cluster. */
export function addLoadCommands(
  program: Command,
  context: RunContext,
  finish: (code: ExitCode) => void,
): void {
  const load = program
    .command('load')
    .description('send load and judge it: a profile, a k6 script, or from a cluster with the k6-operator');
  load
    .command('run', { isDefault: true })
    .description('send a profile or run a k6 script from this machine (default command)')
    .addOption(
      new Option('--profile <name>', `how much load: ${runProfiles()}`).choices(Object.keys(profiles)),
    )
    .option('--script <file>', 'run a k6 script; its thresholds are the limits')
    .addOption(
      new Option('--engine <name>', 'the load generator').choices(['embedded', 'k6']).default('embedded'),
    )
    .option('--users <n>', 'users whose tokens the script gets', wholeNumber(1, 200), 10)
    .option('--time-limit <seconds>', 'maximum time of the script', wholeNumber(5, 86_400), 900)
    .option('--target <file>', 'a deployed platform that allows the check; boots nothing')
    .option('--boot-timeout <seconds>', 'time limit of the boot', wholeNumber(1, 3_600), 60)
    .action(async (options) =>
      finish(await (await import('./commands/load-run.ts')).runLoad(context, options)),
    );
  load
    .command('manifests')
    .description('write the manifests of a load with several runners')
    .requiredOption('--parallelism <n>', 'number of runner pods', wholeNumber(1, 100))
    .option('--url <url>', 'the gateway, as pods reach it')
    .option('--target <file>', 'the target whose gateway gets the load; it must allow the load check')
    .addOption(
      new Option('--profile <name>', `how much load: ${clusterProfiles()}`)
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

/** The commands of the accepted baseline. */
export function addBaselineCommands(
  program: Command,
  context: RunContext,
  finish: (code: ExitCode) => void,
): void {
  program
    .command('baseline')
    .description('what later runs are compared with')
    .command('accept <run>')
    .description('make the times of a run (folder) the baseline, in reports/baseline.json')
    .action(async (run) =>
      finish(await (await import('./commands/baseline.ts')).acceptBaseline(context, run)),
    );
}

function runProfiles(): string {
  return Object.entries(profiles)
    .map(([name, { description }]) => `${name} (${description})`)
    .join(', ');
}

function clusterProfiles(): string {
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
