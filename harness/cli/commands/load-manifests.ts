import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { limitsMs, loadOf, pathsOfIteration } from '../../../scenarios/api/load/cluster-load.ts';
import { loadProfiles } from '../../../scenarios/api/load/cluster-profiles.ts';
import { errorRateUnderLoad } from '../../../scenarios/api/load/error-rate-checks.ts';
import { toK6Plan } from '../../engine/instruments/load/k6-script.ts';
import { type ExitCode, exitCode } from '../../errors/exit-code.ts';
import { ReadinessError } from '../../errors/readiness-error.ts';
import { bucketBounds } from '../../load/histogram.ts';
import { loadDigest, loadManifests, planText } from '../../load/manifests/load-manifests.ts';
import { rejectDestructive } from '../../plan/reject-destructive.ts';
import type { RunContext } from '../../run/run-context.ts';
import { newRunId } from '../../run/run-folder.ts';
import { readTarget } from '../../runtime/external/read-target.ts';
import { isLoopbackUrl } from '../../runtime/external/target.ts';

export interface LoadManifestsOptions {
  parallelism: number;
  url?: string;
  target?: string;
  profile: keyof typeof loadProfiles;
  rate?: number;
  duration?: number;
  namespace: string;
  image: string;
  tokensSecret: string;
  cleanup?: boolean;
  output?: string;
}

/** Maximum duration, seconds: access tokens last 15 minutes, and the pods need time to start. */
const maxDurationS = 600;
/** Requests per second and user that the gateway allows (`RATE_LIMIT_USER`, 3,000 per minute). */
const requestsPerUser = 50;

/** Writes what a k6-operator needs for a load: to a folder, or to standard output. */
export async function writeLoadManifests(
  context: RunContext,
  options: LoadManifestsOptions,
): Promise<ExitCode> {
  const url = await gatewayUrl(options);
  const { parallelism, namespace } = options;
  const profile = loadProfiles[options.profile];
  const rate = options.rate ?? profile.rate;
  const duration = options.duration ?? profile.duration;
  if (duration > maxDurationS)
    throw invalid(
      `--duration ${duration} is above ${maxDurationS} s.`,
      'Access tokens of users last 15 minutes. Use a shorter load.',
    );
  if (rate < parallelism)
    throw invalid(
      `--parallelism ${parallelism} is above the rate of ${rate} iterations per second, so some runners would send less than one per second.`,
      `Use --parallelism ${Math.max(1, rate)} or fewer, or a higher --rate.`,
    );
  const name = `load-${newRunId(context.now())}`;
  const tokens = Math.max(
    pathsOfIteration.length,
    Math.ceil((rate * pathsOfIteration.length) / requestsPerUser),
  );
  const load = loadOf({ rate, duration });
  const timeoutMs = toK6Plan(load, { services: { gateway: url } }).requestTimeoutS * 1000;
  const boundsMs = bucketBounds({ timeoutMs, limitsMs: Object.values(limitsMs) });
  const plan = toK6Plan(load, {
    services: { gateway: url },
    runners: parallelism,
    report: { runId: name, profile: options.profile, boundsMs, tokens },
  });
  const files = loadManifests({
    name,
    namespace,
    parallelism,
    image: options.image,
    tokensSecret: options.tokensSecret,
    cleanUp: options.cleanup ?? false,
    plan,
  }).map((file) => ({
    name: file.name,
    text: file.objects
      .map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false }))
      .join('---\n'),
  }));
  const next = [
    `Script:  ${loadDigest(planText(plan))}`,
    `Needs:   Secret ${options.tokensSecret} in namespace ${namespace}, key tokens: ${tokens} access tokens or more`,
    `Start:   kubectl apply -f ${options.output ?? '-'}`,
    `Logs:    kubectl -n ${namespace} logs --selector k6_cr=${name},runner=true --tail=-1 --max-log-requests=${parallelism} --prefix > ${name}.log`,
    `Verdict: npm run readiness -- load merge ${name}.log`,
  ];
  if (options.output === undefined) {
    context.stdout.write(files.map(({ text }) => text).join('---\n'));
    context.stderr.write(`${next.join('\n')}\n`);
    return exitCode.ok;
  }
  await mkdir(options.output, { recursive: true });
  for (const file of files) await writeFile(join(options.output, file.name), file.text);
  context.stdout.write(
    `${files.map((file) => join(options.output ?? '', file.name)).join('\n')}\n${next.join('\n')}\n`,
  );
  return exitCode.ok;
}

/** @throws ReadinessError (exit code 2) for an address that runners cannot load, or may not. */
async function gatewayUrl({ url, target }: LoadManifestsOptions): Promise<string> {
  if ((url === undefined) === (target === undefined))
    throw invalid(
      'Give either --url or --target.',
      '--url http://gateway.pyairtable:8000 is the gateway of deploy/kubernetes.',
    );
  const gateway = target === undefined ? urlOption(url ?? '') : await allowedTarget(target);
  if (isLoopbackUrl(gateway))
    throw invalid(
      `${gateway} is a loopback address, which in a pod is the pod itself.`,
      'Give the address that pods reach: --url http://gateway.pyairtable:8000',
    );
  return gateway;
}

function urlOption(text: string): string {
  const url = URL.parse(text);
  if (
    url === null ||
    !/^https?:$/.test(url.protocol) ||
    url.username ||
    url.password ||
    url.search ||
    url.hash
  )
    throw invalid(
      `--url ${text} is not an http or https URL without user, password, query and fragment.`,
      'For example --url https://staging.example.com, or inside the cluster --url http://gateway.pyairtable:8000',
    );
  return text.replace(/\/+$/, '');
}

/** A target labelled production never gets load; any other must allow the load check. */
async function allowedTarget(file: string): Promise<string> {
  const target = await readTarget(file);
  const reason = rejectDestructive([errorRateUnderLoad], {
    file,
    ...target,
    allow: target.allow.filter((id) => id === errorRateUnderLoad.id),
  }).get(errorRateUnderLoad.id);
  if (reason !== undefined)
    throw new ReadinessError('target-invalid', `${file}: no load for ${target.name}: ${reason}.`, {
      hint: `Use a staging target whose file has allow: ["${errorRateUnderLoad.id}"]`,
    });
  const { gateway } = target.services;
  if (gateway === undefined) throw new RangeError(`${file} has no gateway.`);
  return gateway;
}

function invalid(message: string, hint: string): ReadinessError {
  return new ReadinessError('load-option-invalid', message, { hint });
}
