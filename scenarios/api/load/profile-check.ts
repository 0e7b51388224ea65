import {
  atLeast,
  atMost,
  type CheckContext,
  type CheckDefinition,
  defineCheck,
  empty,
  measurement,
  rateBelow,
  rejectSaturated,
} from '../../../harness/engine/index.ts';
import { serviceNames } from '../../../platform/contracts/service.ts';
import { observationsOf, requirementsOf } from './error-rate-checks.ts';
import { loadServices } from './load-services.ts';
import { memoryUse } from './memory-use.ts';
import { type LoadProfile, type ProfileName, profiles } from './profiles.ts';
import { staircaseRun } from './staircase.ts';
import { createUsers, userMix } from './user-mix.ts';

const loadCheck = {
  category: 'api',
  severity: 'high',
  services: serviceNames,
  isolation: 'exclusive',
} as const;

/** Memory that a service may gain in a profile, per 10,000 requests, MiB. */
const maxGrowthMb = 60;

/**
 * A profile as a check of its own, for `readiness load`. It is no part of a run.
 * @param options.signIns whether the limit of sign-ins is lifted
 */
export function profileCheck(
  name: ProfileName,
  options: { engine: 'embedded' | 'k6'; signIns: boolean },
): CheckDefinition {
  const profile: LoadProfile = profiles[name];
  const seconds = profile.stages.reduce((sum, { duration }) => sum + duration, 0);
  const common = {
    ...loadCheck,
    id: `api.load.profile-${name}`,
    why: `The profile ${name}: ${profile.description}.`,
    destructive: { kind: 'load', effect: `sends load for up to ${seconds} s` },
    timeoutMs: (seconds + 180) * 1000,
    requires: options.engine === 'k6' ? (['k6'] as const) : [],
    remediation: {
      text: 'The evidence has the figures of every request and part. The figures of the processes show what was busy: docs/load.md says how to read them.',
      effort: 'days',
    },
  } as const;
  const mixFor = async (context: CheckContext) =>
    userMix(await createUsers(context, profile.users), {
      signIns: options.signIns ? 'all' : 'none',
      chat: context.modelIsFree,
    });
  if (profile.seeksKnee) {
    return defineCheck({
      ...common,
      title: 'The platform keeps up with a growing load',
      expects: {
        sustained: atLeast(20, 'iterations per second'),
        staircase: measurement(atLeast(1, 'steps')),
      },
      run: async (context) => staircaseRun(context, { flows: await mixFor(context), stages: profile.stages }),
    });
  }
  if (options.engine === 'k6') {
    const { errors, p95, p99, iterations, dropped } = requirementsOf(profile.stages);
    return defineCheck({
      ...common,
      title: `The platform meets its limits under the load ${name}`,
      expects: { errors, p95, p99, iterations, dropped },
      run: async (context) => {
        const result = await context.load.runWithK6({
          name,
          flows: await mixFor(context),
          model: { stages: profile.stages },
        });
        const { failed, total, p95Ms, p99Ms } = result;
        return {
          errors: { failed, total },
          p95: p95Ms,
          p99: p99Ms,
          iterations: result.iterations,
          dropped: result.dropped,
        };
      },
    });
  }
  if (name === 'spike') {
    return defineCheck({
      ...common,
      title: 'The platform recovers from a crowd',
      expects: {
        errors: rateBelow(15, 59),
        p95Afterwards: atMost(500, 'ms'),
        failedAfterwards: atMost(0, 'requests'),
      },
      run: async (context) => {
        const flows = await mixFor(context);
        const result = await context.load.run({ name, flows, model: { stages: profile.stages } });
        const last = result.parts.at(-1);
        if (last === undefined) throw new RangeError('The load has no parts.');
        if (last.p95Ms > 500) rejectSaturated([result]);
        const { failed, total } = result;
        return { errors: { failed, total }, p95Afterwards: last.p95Ms, failedAfterwards: last.failed };
      },
    });
  }
  return defineCheck({
    ...common,
    title: `The platform meets its limits under the load ${name}`,
    expects: { ...requirementsOf(profile.stages), memory: empty() },
    run: async (context) => {
      const flows = await mixFor(context);
      const before = await memoryByService(context);
      const result = await context.load.run({ name, flows, model: { stages: profile.stages } });
      const memory = growthPer10000(before, await memoryByService(context), result.total);
      const observed = observationsOf(result);
      if (observed.overBudget.length > 0) rejectSaturated([result]);
      return { ...observed, memory };
    },
  });
}

async function memoryByService({ http }: CheckContext): Promise<Map<string, number>> {
  const entries = loadServices.map(async (service): Promise<[string, number]> => {
    const { text } = await http.request(service, '/metrics', { maxBodyBytes: 16 * 1024 * 1024 });
    const use = memoryUse(text);
    return [service, use ? use.oldBytes + use.externalBytes : 0];
  });
  return new Map(await Promise.all(entries));
}

/** Services whose memory has grown more than allowed. A short load is not judged: garbage waits for its collection. */
function growthPer10000(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  requests: number,
): string[] {
  if (requests < 5_000) return [];
  return [...after].flatMap(([service, bytes]) => {
    const mb = ((bytes - (before.get(service) ?? 0)) / requests) * (10_000 / 1024 ** 2);
    return mb > maxGrowthMb ? [`${service}: ${mb.toFixed(0)} MiB per 10,000 requests`] : [];
  });
}

/** A k6 script of the user's own as a check. It gets addresses and tokens in its environment (docs/load.md). */
export function scriptCheck(file: string, options: { users: number; timeLimitS: number }): CheckDefinition {
  return defineCheck({
    ...loadCheck,
    id: 'api.load.own-script',
    title: 'The thresholds of the script are met',
    why: `The script ${file} declares what its author expects of the platform.`,
    requires: ['k6'],
    destructive: { kind: 'load', effect: 'runs a k6 script' },
    timeoutMs: options.timeLimitS * 1000,
    remediation: {
      text: 'The output of k6 and its summary are in the evidence. Each line names a threshold of the script that was not met.',
      effort: 'days',
    },
    expects: {
      violated: empty(),
      thresholds: measurement(atLeast(1, 'thresholds')),
      requests: measurement(atLeast(1, 'requests')),
    },
    run: async (context) => {
      const accounts = await Promise.all(Array.from({ length: options.users }, () => context.account()));
      const { thresholds, requests } = await context.load.runScript(file, {
        GATEWAY_URL: context.stack.services.gateway,
        ACCESS_TOKEN: accounts[0]?.accessToken ?? '',
        LOAD_TOKENS: accounts.map(({ accessToken }) => accessToken).join(' '),
      });
      return {
        violated: thresholds.filter(({ met }) => !met).map(({ threshold }) => threshold),
        thresholds: thresholds.length,
        requests,
      };
    },
  });
}
