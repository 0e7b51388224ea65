import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { describeFailure } from '../errors/describe-failure.ts';
import { type ExitCode, exitCode } from '../errors/exit-code.ts';
import { ReadinessError } from '../errors/readiness-error.ts';
import { runtimeNames } from '../run/platform/runtime-name.ts';
import {
  type RunPart,
  runParts,
  type StackAddition,
  stackAdditions,
} from '../run/platform/stack-addition.ts';
import type { RunContext } from '../run/run-context.ts';
import { addBaselineCommands, addLoadCommands } from './load-options.ts';

/**
 * Runs one command line and returns its exit code. It never throws or exits. The code of a command is loaded
 * only when it runs.
 */
export async function runCli(argv: readonly string[], context: RunContext): Promise<ExitCode> {
  let code: ExitCode = exitCode.ok;
  const program = buildProgram(context, (result) => {
    code = result;
  });
  try {
    // The catalogues are read only when a shell asks for their ids.
    if (argv[0] === 'completion' || argv[0] === 'complete')
      (await import('./completion.ts')).addCompletion(program);
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
    context.stderr.write(describeFailure(error));
    return error instanceof ReadinessError ? error.exitCode : exitCode.harness;
  }
}

function buildProgram(context: RunContext, finish: (code: ExitCode) => void): Command {
  const program = new Command('readiness')
    .description(
      'Boots the PyAirtable platform, checks it, and gives a GO or NO-GO verdict based on evidence.',
    )
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    })
    .showHelpAfterError('(npm run readiness -- --help lists the commands)')
    .addHelpText(
      'after',
      '\nCompletion for a shell: source <(readiness completion bash), or zsh, fish, powershell',
    );

  const runOptions = (command: Command): Command =>
    command
      .addOption(bootTimeout())
      .option('--seed <number>', 'seed of all random values in the checks (default: random)', wholeNumber)
      .addOption(list('--fault <id[=service]>', 'inject a known fault before boot; the run is never GO'))
      .option('--target <file>', 'check the deployed platform that the file describes; boots nothing')
      .addOption(runtime())
      .option('--adopt <project>', 'check the running project; boots nothing. Needs --runtime compose')
      .addOption(list('--allow <id>', 'a destructive check that may run on the adopted project'))
      .option('--fixed-ports', 'use ports 8000–8008 and 3000 instead of free ports')
      .addOption(additions())
      .addOption(omissions());

  runOptions(program.command('run', { isDefault: true }))
    .description('boot the platform, run the checks, judge, and write the reports (default command)')
    .addOption(list('--only <pattern>', 'run only these checks (id, id prefix or category)'))
    .option(
      '--faults <set>',
      'inject a set of faults, e.g. assessment-2025-08-07, and compare with its document',
    )
    .option(
      '--concurrency <n>',
      'maximum number of checks that work at the same time (default: 4, on containers 2)',
      wholeNumber,
    )
    .action(async (options) => finish(await (await import('./commands/run.ts')).run(context, options)));

  runOptions(program.command('check <id>'))
    .description('run one check and the checks it needs; gives the result of the check, not a verdict')
    .option('--keep-up', 'keep the platform running after the check until Ctrl-C')
    .action(async (id, options) =>
      finish(await (await import('./commands/check.ts')).check(context, id, options)),
    );

  program
    .command('judge <path>')
    .description('judge a stored run folder or a written assessment (.json) again')
    .action(async (path) => finish(await (await import('./commands/judge.ts')).judgeStored(context, path)));

  program
    .command('report <folder>')
    .description('write the reports of a judged run again; the exit code does not depend on the verdict')
    .action(async (folder) => finish(await (await import('./commands/report.ts')).report(context, folder)));

  program
    .command('diagnose <paths...>')
    .description('find the root causes of a stored run, or of the JUnit reports and logs of any platform')
    .option('--json', 'print the diagnosis as JSON')
    .action(async (paths, options) =>
      finish(await (await import('./commands/diagnose.ts')).diagnose(context, paths, options)),
    );

  program
    .command('plan')
    .description('list all checks')
    .addOption(list('--only <pattern>', 'mark the checks that `run --only` leaves out'))
    .option('--json', 'print the frozen plan as JSON')
    .action(async (options) => finish(await (await import('./commands/plan.ts')).plan(context, options)));

  program
    .command('explain <id>')
    .description('explain a check: what it expects, why, and how to fix a failure')
    .action(async (id) => finish(await (await import('./commands/explain.ts')).explain(context, id)));

  program
    .command('up')
    .description('boot the platform and keep it running until Ctrl-C or `down`')
    .addOption(bootTimeout())
    .addOption(runtime())
    .addOption(additions(['monitoring', 'high-availability']))
    .option('--free-ports', 'use free ports instead of 8000–8008 and 3000')
    .action(async (options) => finish(await (await import('./commands/up.ts')).up(context, options)));

  program
    .command('down')
    .description('stop the platform that `up` started')
    .action(async () => finish(await (await import('./commands/down.ts')).down(context)));

  program
    .command('sweep')
    .description('remove what killed runs left on this machine and on deployed targets')
    .action(async () => finish(await (await import('./commands/sweep.ts')).sweep(context)));

  addLoadCommands(program, context, finish);
  addBaselineCommands(program, context, finish);

  program
    .command('target')
    .description('print a target file that describes a running platform')
    .requiredOption('--from-compose <project>', 'the compose project to describe')
    .action(async ({ fromCompose }) =>
      finish(await (await import('./commands/target.ts')).target(context, fromCompose)),
    );

  program
    .command('secrets')
    .description('write the secrets of docker-compose.yml once; existing files are never changed')
    .option('--folder <path>', 'where to write them', 'secrets')
    .option('--alert-webhook <url>', 'the address that receives alerts; monitoring needs it')
    .action(async (options) =>
      finish(await (await import('./commands/secrets.ts')).secrets(context, options)),
    );

  program
    .command('doctor')
    .description('list the tools and ports of this machine, and how to install missing tools')
    .action(async () => finish(await (await import('./commands/doctor.ts')).doctor(context)));

  program
    .command('prove [ids...]')
    .description('prove that the gate can fail: inject every known fault, and compare what the checks say')
    .addOption(runtime())
    .option('--quick', 'one fault of each layer')
    .option('--resume', 'continue an earlier proof of the same sources')
    .option('--concurrency <n>', 'number of faults at the same time', wholeNumber, 2)
    .action(async (ids, options) =>
      finish(await (await import('./commands/prove.ts')).prove(context, ids, options)),
    );

  program
    .command('reproduce [id[=service]]')
    .description('boot the platform with a known fault, and show its symptom and the checks that catch it')
    .option('--list', 'list all faults')
    .addOption(bootTimeout(faultyBootS))
    .addOption(runtime())
    .option('--seed <number>', 'seed of all random values in the checks (default: random)', wholeNumber)
    .option('--keep-up', 'keep the platform with its fault running until Ctrl-C')
    .option('--heal', 'lift the fault afterwards, and run the checks again')
    .option('--target <file>', 'refused: faults are injected only into a platform that the command boots')
    .action(async (id, options) =>
      finish(await (await import('./commands/reproduce.ts')).reproduce(context, id, options)),
    );

  return program;
}

function runtime(): Option {
  return new Option('--runtime <name>', 'what the platform runs in')
    .choices([...runtimeNames])
    .default('process');
}

/** Default time limit of a boot with a fault, seconds: a service that never becomes ready uses all of it. */
const faultyBootS = 10;

function bootTimeout(usualS = 30): Option {
  return new Option('--boot-timeout <seconds>', 'time limit of the whole boot')
    .argParser(seconds)
    .default(usualS);
}

/** An option that may be repeated. */
function list(flags: string, description: string): Option {
  return new Option(flags, `${description} (repeatable)`)
    .argParser((value: string, previous: readonly string[]) => [...previous, value])
    .default([], 'none');
}

/** What may be added to the platform or the run. */
function additions(choices: readonly StackAddition[] = stackAdditions): Option {
  return new Option('--with <part>', `add ${choices.join(', ')} (repeatable)`)
    .argParser((value: string, previous: readonly string[]) => {
      if (!choices.some((name) => name === value))
        throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`);
      return [...previous, value];
    })
    .default([], 'none');
}

/** What may be left out of a run. */
function omissions(): Option {
  return new Option('--without <part>', 'leave out drills, which stop stores and services (repeatable)')
    .argParser((value: string, previous: readonly RunPart[]) => {
      const part = runParts.find((name) => name === value);
      if (!part) throw new InvalidArgumentError(`Allowed choices are ${runParts.join(', ')}.`);
      return [...previous, part];
    })
    .default([], 'none');
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0 || value > 3_600)
    throw new InvalidArgumentError('Use a number of seconds above 0 and up to 3600.');
  return value;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0 || value > 0xffff_ffff)
    throw new InvalidArgumentError('Use a whole number from 0 to 4294967295.');
  return value;
}
