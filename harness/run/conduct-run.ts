import { once } from 'node:events';
import { join, relative } from 'node:path';
import type { StackAddresses } from '../engine/stack.ts';
import { describeFailure } from '../errors/describe-failure.ts';
import type { ExitCode } from '../errors/exit-code.ts';
import type { TargetFacts } from '../evidence/facts.ts';
import { changesOf } from '../faults/fault.ts';
import { liveProgress } from '../render/progress/live-progress.ts';
import { type DebuggedPlatform, debuggerText } from '../render/summary/debugger-text.ts';
import { watchForInterruption } from './interruption.ts';
import { judgeRunFolder } from './judge-run-folder.ts';
import { planRun } from './plan-run.ts';
import { bootAndCheck } from './platform/boot-and-check.ts';
import type { OpenPlatform } from './platform/open-platform.ts';
import type { RunContext } from './run-context.ts';
import type { RunRequest } from './run-request.ts';
import { checkTarget } from './target/check-target.ts';
import { ProcessorWatch } from './timeline/processor-watch.ts';
import { writeEvidence } from './write-evidence.ts';

/**
 * Conducts one run: plan, boot, checks, evidence, verdict, report. A failure after planning becomes part of
 * the facts, so an interrupted or broken run is judged like any other.
 * @returns the exit code of the report, or of the interruption
 */
export async function conductRun(context: RunContext, request: RunRequest): Promise<ExitCode> {
  using watch = watchForInterruption({ watchParent: context.settings.startedByNpm });
  using progress = liveProgress({ stream: context.stdout, env: context.settings.terminal });
  const { signal } = watch;
  using processor = new ProcessorWatch();

  const run = await planRun(context, request);
  const changes = changesOf(run.injections);
  try {
    if (request.target) {
      await checkTarget({ context, request, target: request.target, run, processor, signal, progress });
    } else {
      await bootAndCheck({
        context,
        request,
        run,
        changes,
        // A fault is looked into under the conditions of its checks.
        forPeople: (request.keepUp ?? false) && changes.length === 0,
        processor,
        signal,
        events: progress,
        before: async (platform) => request.beforeFaults?.(platform),
        async after(faulty) {
          await request.afterChecks?.(faulty);
          if (!request.keepUp || signal.aborted) return;
          progress.close();
          const { platform, changed } = faulty;
          context.stdout.write(debuggerText(debuggedPlatform(platform, changed.addresses, run.dir)));
          await once(signal, 'abort');
        },
      });
    }
  } catch (error) {
    if (!signal.aborted) run.observed.harnessErrors.push(describeFailure(error).trim());
  }
  await writeEvidence(context, run, watch.interruption);
  const result = await judgeRunFolder(run.dir);
  progress.close();
  const code = await request.report(result, run.dir);
  if (result.target) context.stdout.write(leftText(result.target));
  return watch.interruption && !request.keepUp ? watch.interruption.exitCode : code;
}

function leftText({ name, left }: TargetFacts): string {
  if (left.length === 0) return `The run has left nothing on ${name}.\n`;
  return `Left on ${name}:\n${left.map((text) => `  ${text}\n`).join('')}`;
}

function debuggedPlatform(
  { stack }: OpenPlatform,
  { services, postgres, redis }: StackAddresses,
  runDir: string,
): DebuggedPlatform {
  return {
    services: Object.entries(services).map(([name, url]) => ({ name, url, pid: stack.processId?.(name) })),
    postgresUrl: postgres?.adminUrl,
    redisUrl: redis?.url,
    logs: relative(process.cwd(), join(runDir, 'logs')),
  };
}
