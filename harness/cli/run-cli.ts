import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { describeFailure } from '../errors/describe-failure.ts';
import { type ExitCode, exitCode } from '../errors/exit-code.ts';
import { ReadinessError } from '../errors/readiness-error.ts';
import type { RunContext } from '../run/run-context.ts';

/**
 * Runs one command line and returns its exit code; never throws and never exits by itself.
 * Every command's code is loaded only when it is the one asked for.
 */
export async function runCli(argv: readonly string[], context: RunContext): Promise<ExitCode> {
  let code: ExitCode = exitCode.ok;
  const program = buildProgram(context, (result) => {
    code = result;
  });
  try {
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
      'Boots the PyAirtable platform, measures it, and gives a release verdict that rests on evidence.',
    )
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    })
    .showHelpAfterError('(npm run readiness -- --help lists the commands)');

  const runOptions = (command: Command): Command =>
    command
      .option('--boot-timeout <seconds>', 'limit of the whole boot', seconds, 30)
      .option('--seed <number>', 'seed of everything random in the checks', wholeNumber)
      .option('--fault <id[=service]>', 'bring about a documented failure first (repeatable)', collect, [])
      .addOption(fixedPorts());

  runOptions(program.command('run', { isDefault: true }))
    .description('boot, check, judge and report (the default command)')
    .option(
      '--only <pattern>',
      'look only at these checks; the rest stays unmeasured (repeatable)',
      collect,
      [],
    )
    .option('--concurrency <n>', 'most checks at the same time', wholeNumber, 6)
    .action(async (options) => finish(await (await import('./commands/run.ts')).run(context, options)));

  runOptions(program.command('check <id>'))
    .description('repeat one check and what it needs; answers for that check alone, not with a verdict')
    .option('--keep-up', 'leave the platform running afterwards until Ctrl-C')
    .action(async (id, options) =>
      finish(await (await import('./commands/check.ts')).check(context, id, options)),
    );

  program
    .command('judge <path>')
    .description('judge a stored run folder again, or a written assessment (.json)')
    .action(async (path) => finish(await (await import('./commands/judge.ts')).judgeStored(context, path)));

  program
    .command('report <folder>')
    .description('render the reports of a judged run again; never gates')
    .action(async (folder) => finish(await (await import('./commands/report.ts')).report(context, folder)));

  program
    .command('plan')
    .description('list every check of the plan')
    .option('--only <pattern>', 'mark what a run with this selection would look at (repeatable)', collect, [])
    .option('--json', 'the frozen plan itself')
    .action(async (options) => finish(await (await import('./commands/plan.ts')).plan(context, options)));

  program
    .command('explain <id>')
    .description('what a check looks at, why, and how to mend what it finds')
    .action(async (id) => finish(await (await import('./commands/explain.ts')).explain(context, id)));

  program
    .command('up')
    .description('boot the platform and keep it running until Ctrl-C or `down`')
    .option('--boot-timeout <seconds>', 'limit of the whole boot', seconds, 30)
    .addOption(new Option('--free-ports', 'ports chosen by the system instead of 8000–8008 and 3000'))
    .action(async (options) => finish(await (await import('./commands/up.ts')).up(context, options)));

  program
    .command('down')
    .description('stop what `up` started')
    .action(async () => finish(await (await import('./commands/down.ts')).down(context)));

  program
    .command('doctor')
    .description('what this machine offers, and the command for what is missing')
    .action(async () => finish(await (await import('./commands/doctor.ts')).doctor(context)));

  program
    .command('faults')
    .description('list the failures that can be brought about with --fault')
    .action(async () => finish(await (await import('./commands/faults.ts')).listFaults(context)));

  return program;
}

function fixedPorts(): Option {
  return new Option('--fixed-ports', 'ports 8000–8008 and 3000 instead of free ones');
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0 || value > 3_600)
    throw new InvalidArgumentError('Give seconds between 0 and 3600.');
  return value;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0 || value > 0xffff_ffff)
    throw new InvalidArgumentError('Give a whole number from 0 to 4294967295.');
  return value;
}

function collect(value: string, previous: string[]): string[] {
  return [...previous, value];
}
