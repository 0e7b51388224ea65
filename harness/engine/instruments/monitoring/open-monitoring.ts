import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { MissingCapability } from '../../failures/missing-capability.ts';
import type { CheckScope } from '../check-scope.ts';
import { runProgram } from '../programs/run-program.ts';
import type { AlertingAccess, MonitoringAccess, MonitoringInstrument } from './monitoring.ts';

/** Pause between two looks at the state, milliseconds. */
const pauseMs = 200;
/** Maximum wait until everything was scraped or evaluated once, milliseconds. */
const firstRoundMs = 20_000;

/** Why checks of alerts are unmeasured on a target. */
const withoutAlerting =
  'The harness did not start the monitoring of the target, so it sees no notifications and no files of it. Use the process runtime: --with monitoring.';

const Targets = z.object({
  activeTargets: z.array(
    z.object({
      labels: z.object({ job: z.string(), instance: z.string(), service: z.string().optional() }),
      health: z.enum(['up', 'down', 'unknown']),
      lastError: z.string(),
      scrapeUrl: z.string(),
      lastScrape: z.string(),
    }),
  ),
});
type SeenTarget = z.output<typeof Targets>['activeTargets'][number];
const Rules = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          name: z.string(),
          health: z.string(),
          state: z.string().optional(),
          lastError: z.string().optional(),
        }),
      ),
    }),
  ),
});
const Answer = z.object({ status: z.string(), data: z.unknown().optional(), error: z.string().optional() });
const Vector = z.object({ result: z.array(z.unknown()) });

/** Reads Prometheus and Alertmanager by their HTTP interfaces. */
export function openMonitoring(
  scope: CheckScope,
  options: { access: MonitoringAccess | undefined; promtool: string | undefined },
): MonitoringInstrument {
  const { signal } = scope;
  const access = (): MonitoringAccess => {
    scope.requireCapability('monitoring');
    if (!options.access) throw new MissingCapability('monitoring');
    return options.access;
  };
  const alerting = (): AlertingAccess => {
    const found = access().alerting;
    if (!found) throw new MissingCapability('monitoring', withoutAlerting);
    return found;
  };
  const get = async (path: string): Promise<z.infer<typeof Answer>> => {
    const { prometheusUrl, headers = {} } = access();
    const response = await fetch(`${prometheusUrl}/api/v1/${path}`, { signal, headers });
    return Answer.parse(await response.json());
  };
  /** Polls until `done`; returns the last value. */
  const poll = async <T>(read: () => Promise<T>, done: (value: T) => boolean, limitMs: number) => {
    const endMs = performance.now() + limitMs;
    for (;;) {
      const value = await read();
      if (done(value) || performance.now() > endMs) return value;
      await delay(pauseMs, undefined, { signal });
    }
  };
  const readTargets = async () => Targets.parse((await get('targets?state=active')).data).activeTargets;
  const readRules = async () => Rules.parse((await get('rules')).data).groups.flatMap(({ rules }) => rules);
  const validate = async (command: string, args: readonly string[]): Promise<string[]> => {
    const { code, stdout, stderr } = await runProgram({
      command,
      args,
      cwd: scope.tmpDir,
      env: { ...scope.env, HOME: scope.tmpDir, TMPDIR: scope.tmpDir },
      signal,
      trackProcess: scope.trackProcess,
      running: scope.running,
    });
    if (code === 0) return [];
    const lines = `${stdout}${stderr}`.split('\n').filter((line) => line.trim() !== '');
    return lines.length > 0 ? lines : [`${command} exited with code ${code}`];
  };

  return {
    async targets() {
      // A target that has just stopped is up until the next scrape.
      const earlier = new Map(
        (await readTargets()).map(({ scrapeUrl, lastScrape }) => [scrapeUrl, lastScrape]),
      );
      const isScraped = ({ health, scrapeUrl, lastScrape }: SeenTarget) =>
        health !== 'unknown' && lastScrape !== earlier.get(scrapeUrl);
      const targets = await poll(
        readTargets,
        // Prometheus discovers its targets some seconds after it is ready.
        (seen) => seen.length > 0 && seen.every(isScraped),
        firstRoundMs,
      );
      return targets.map((target) => ({
        job: target.labels.job,
        instance: target.labels.instance,
        ...(target.labels.service === undefined ? {} : { service: target.labels.service }),
        up: target.health === 'up' && isScraped(target),
        error: isScraped(target) ? target.lastError : `not scraped for ${firstRoundMs / 1000} s`,
      }));
    },
    async rules() {
      const rules = await poll(
        readRules,
        (read) => read.every(({ health }) => health !== 'unknown'),
        firstRoundMs,
      );
      return rules.map(({ name, health, state, lastError }) => ({
        name,
        healthy: health === 'ok',
        ...(state === undefined ? {} : { state }),
        error: lastError ?? '',
      }));
    },
    described: () => access(),
    async query(expression) {
      const { status, data, error } = await get(`query?query=${encodeURIComponent(expression)}`);
      return status === 'success' ? Vector.parse(data).result.length : (error ?? 'no result');
    },
    async validateFiles() {
      const { rulesFile, alertmanagerConfigFile, amtool } = alerting();
      if (options.promtool === undefined) throw new MissingCapability('promtool');
      return [
        ...(await validate(options.promtool, ['check', 'rules', rulesFile])),
        ...(await validate(amtool, ['check-config', alertmanagerConfigFile])),
      ];
    },
    async alertmanagerConfig() {
      const response = await fetch(`${alerting().alertmanagerUrl}/api/v2/status`, { signal });
      const status = z.object({ config: z.object({ original: z.string() }) }).parse(await response.json());
      return status.config.original;
    },
    async notified(alert, status, { sinceMs, limitMs }) {
      const { notifications } = alerting();
      const found = await poll(
        async () =>
          notifications().find((one) => one.alert === alert && one.status === status && one.atMs >= sinceMs),
        (one) => one !== undefined,
        limitMs,
      );
      return found?.atMs;
    },
    async inactive(alert, limitMs) {
      const isInactive = async (): Promise<boolean> =>
        (await readRules()).find(({ name }) => name === alert)?.state === 'inactive';
      return poll(isInactive, (inactive) => inactive, limitMs);
    },
  };
}
