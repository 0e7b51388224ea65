import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { profileCheck, scriptCheck } from '../../../scenarios/api/load/profile-check.ts';
import type { ProfileName } from '../../../scenarios/api/load/profiles.ts';
import { checks } from '../../../scenarios/catalogue.ts';
import { type ExitCode, exitCode } from '../../errors/exit-code.ts';
import { ReadinessError } from '../../errors/readiness-error.ts';
import type { Outcome } from '../../plan/outcome.ts';
import { selectChecks } from '../../plan/select-checks.ts';
import { checkReport } from '../../render/summary/check-report.ts';
import { terminalOf } from '../../render/terminal/terminal.ts';
import { conductRun } from '../../run/conduct-run.ts';
import type { RunContext } from '../../run/run-context.ts';
import { targetRequest } from '../target-request.ts';

export interface LoadRunOptions {
  profile?: ProfileName;
  /** Path of a k6 script. */
  script?: string;
  engine: 'embedded' | 'k6';
  users: number;
  timeLimit: number;
  target?: string;
  bootTimeout: number;
}

const codeOf: Record<Outcome, ExitCode> = {
  pass: exitCode.ok,
  fail: exitCode.violated,
  blocked: exitCode.violated,
  error: exitCode.harness,
  unmeasured: exitCode.notProven,
  notApplicable: exitCode.notProven,
};

/** Limits of the gateway that a load of few users would meet; those of other checks stay. */
const liftedLimits = { RATE_LIMIT_USER: '1000000/60', RATE_LIMIT_LOGIN: '1000000/60' };

/** Sends a profile or runs a script against the booted platform or a target. The exit code is that of its check. */
export async function runLoad(context: RunContext, options: LoadRunOptions): Promise<ExitCode> {
  const { target, bootTimeout } = options;
  const load = await loadCheckOf(options);
  const definitions = [...checks, load];
  return conductRun(context, {
    definitions,
    selected: selectChecks(definitions, [load.id]),
    bootTimeout,
    injections: [],
    concurrency: 6,
    limits: liftedLimits,
    ...(await targetRequest({ target, fault: [], allow: [] }, context.settings.readSecret)),
    async report(result, runDir) {
      const judged = result.checks.find(({ id }) => id === load.id);
      if (!judged) throw new Error(`The result has no check ${load.id}.`);
      const terminal = terminalOf(context.stdout, context.settings.terminal);
      context.stdout.write(checkReport(result, judged, { terminal, runDir }));
      return codeOf[judged.outcome];
    },
  });
}

async function loadCheckOf({ profile, script, engine, users, timeLimit, target }: LoadRunOptions) {
  if ((profile === undefined) === (script === undefined))
    throw new ReadinessError('load-option-invalid', 'Give either --profile or --script.', {
      hint: 'npm run readiness -- load --profile stress',
    });
  if (profile !== undefined) return profileCheck(profile, { engine, signIns: target === undefined });
  const file = resolve(script ?? '');
  await access(file).catch(() => {
    throw new ReadinessError('load-option-invalid', `--script ${script} cannot be read.`, {
      hint: 'Give the path of a k6 script.',
    });
  });
  return scriptCheck(file, { users, timeLimitS: timeLimit });
}
