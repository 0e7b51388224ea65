import { atLeast, atMost, defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { serviceNames } from '../../platform/contracts/service.ts';
import { registrationWorks } from '../authentication/check-fields.ts';
import { login } from '../authentication/requests.ts';
import { pollUntil } from '../kit/poll-until.ts';
import { readyCheckId } from '../services/operational-routes.ts';
import { alertBreaks, dashboardBreaks, ruleBreaks, targetBreaks } from './monitoring-breaks.ts';

const everyReady = serviceNames.map(readyCheckId);

/** Programs that must be scraped besides the services. */
const programs = ['prometheus', 'alertmanager', 'node', 'redis', 'postgres'];

export const targetsUp = defineCheck({
  id: 'infrastructure.monitoring.targets-up',
  title: 'Prometheus scrapes 15 or more targets, and all are up',
  why: 'The assessment lists 15 targets, of which 9 were up. Two pointed at ports that cannot be scraped, and six services were not monitored.',
  category: 'infrastructure',
  severity: 'high',
  needs: everyReady,
  requires: ['monitoring'],
  services: serviceNames,
  timeoutMs: 30_000,
  remediation: {
    text: 'Open Status / Targets in Prometheus. A target that is down has the wrong address, is not running, or does not respond within the scrape timeout.',
    effort: 'hours',
  },
  expects: { up: atLeast(15, 'targets'), down: empty(), notScraped: empty() },
  breaks: targetBreaks,
  run: async ({ monitoring, keep }) => {
    const targets = await monitoring.targets();
    await keep(
      'targets.json',
      targets.map((target) => ({ ...target })),
    );
    const scraped = new Set(targets.map(({ job, service }) => `${job} ${service ?? ''}`.trim()));
    const expected = ['services', 'readiness'].flatMap((job) => serviceNames.map((name) => `${job} ${name}`));
    return {
      up: targets.filter(({ up }) => up).length,
      down: targets.filter(({ up }) => !up).map(({ job, instance, error }) => `${job} ${instance}: ${error}`),
      notScraped: [...expected, ...programs].filter((name) => !scraped.has(name)),
    };
  },
});

export const rulesLoaded = defineCheck({
  id: 'infrastructure.monitoring.rules-loaded',
  title: 'Prometheus evaluates all alert rules without errors',
  why: 'A rule that was not loaded, or that fails, never fires. promtool and amtool also find errors before a deployment.',
  category: 'infrastructure',
  severity: 'high',
  needs: everyReady,
  requires: ['monitoring', 'promtool'],
  services: serviceNames,
  timeoutMs: 30_000,
  remediation: {
    text: 'Run `promtool check rules` and `amtool check-config` on the files, fix what they report, and reload Prometheus and Alertmanager.',
    effort: 'hours',
  },
  expects: {
    rules: atLeast(20, 'rules'),
    missing: empty(),
    failing: empty(),
    findings: empty(),
    receivers: atLeast(1, 'webhooks'),
  },
  breaks: ruleBreaks,
  run: async ({ monitoring, keep }) => {
    const rules = await monitoring.rules();
    await keep(
      'rules.json',
      rules.map((rule) => ({ ...rule })),
    );
    const config = await monitoring.alertmanagerConfig();
    const loaded = new Set(rules.map(({ name }) => name));
    return {
      rules: rules.length,
      missing: monitoring.described().rules.filter((name) => !loaded.has(name)),
      failing: rules.filter(({ healthy }) => !healthy).map(({ name, error }) => `${name}: ${error}`),
      findings: await monitoring.validateFiles(),
      receivers: config.match(/webhook_configs/g)?.length ?? 0,
    };
  },
});

export const dashboardsAnswered = defineCheck({
  id: 'infrastructure.monitoring.dashboards-have-data',
  title: 'Every query of dashboards and alerts has data',
  why: 'The platform’s rules once used a metric that no service exports. Such a graph stays empty, and such an alert never fires.',
  category: 'infrastructure',
  severity: 'high',
  needs: ['infrastructure.monitoring.targets-up'],
  requires: ['monitoring'],
  services: serviceNames,
  timeoutMs: 45_000,
  remediation: {
    text: 'Compare the names in the query with GET /metrics of the service. Correct harness/monitoring, or export the metric with the value 0 from the start.',
    effort: 'hours',
  },
  expects: { queries: atLeast(40, 'queries'), withoutData: empty(), failed: empty() },
  breaks: dashboardBreaks,
  async run(context) {
    const { monitoring, keep } = context;
    const { expressions } = monitoring.described();
    const answer = () =>
      Promise.all(
        expressions.map(async (one) => ({ ...one, series: await monitoring.query(one.expression) })),
      );
    // A rate needs two scrapes, and a rule that reads another one needs two evaluations.
    const answers = await pollUntil(answer, (all) => all.every(({ series }) => series !== 0), context);
    await keep('queries.json', answers);
    const describe = ({ place, expression, series }: (typeof answers)[number]) =>
      typeof series === 'string' ? `${place}: ${series}` : `${place}: ${expression}`;
    return {
      queries: answers.length,
      withoutData: answers.filter(({ series }) => series === 0).map(describe),
      failed: answers.filter(({ series }) => typeof series === 'string').map(describe),
    };
  },
});

/** Alert of the drill, and the number of sign-ins that cause it. */
const drilledAlert = 'SignInsRejected';
const attempts = 60;

export const alertDrill = defineCheck({
  id: 'infrastructure.monitoring.alert-fires-and-clears',
  title: 'An alert fires, reaches its receiver and clears',
  why: 'An alert that reaches nobody is worth nothing. The drill guesses a password, waits for the notification, stops, and waits until it clears.',
  category: 'infrastructure',
  severity: 'high',
  needs: ['infrastructure.monitoring.rules-loaded', registrationWorks],
  requires: ['monitoring', 'promtool'],
  services: serviceNames,
  // Sign-ins of other checks would cause the same alert.
  isolation: 'exclusive',
  timeoutMs: 120_000,
  remediation: {
    text: 'Follow the alert: its expression in Prometheus, its state under Alerts, its arrival in Alertmanager, and the log of Alertmanager for errors of the receiver.',
    effort: 'hours',
  },
  expects: {
    inactiveBefore: equals(true),
    rejected: equals(attempts),
    firedWithin: atMost(30, 's'),
    clearedWithin: atMost(60, 's'),
  },
  breaks: alertBreaks,
  async run(context) {
    const { monitoring, unique, newAddress, keep } = context;
    const guess = {
      email: `${unique('drill')}@example.com`,
      password: 'not the password',
      address: newAddress(),
    };
    const inactiveBefore = await monitoring.inactive(drilledAlert, 30_000);
    const startMs = performance.now();
    let rejected = 0;
    const attempt = async (): Promise<void> => {
      const { status } = await login(context, guess);
      if (status === 401 || status === 429) rejected += 1;
    };
    // In two halves with a scrape between them: a counter that a scrape sees for the first time has no rate yet.
    const half = attempts / 2;
    for (let sent = 0; sent < half; sent += 1) await attempt();
    await monitoring.notified(drilledAlert, 'firing', { sinceMs: startMs, limitMs: 2_500 });
    for (let sent = half; sent < attempts; sent += 1) await attempt();
    const stopMs = performance.now();
    const firedAtMs = await monitoring.notified(drilledAlert, 'firing', {
      sinceMs: startMs,
      limitMs: 30_000,
    });
    const clearedAtMs = await monitoring.notified(drilledAlert, 'resolved', {
      sinceMs: firedAtMs ?? stopMs,
      limitMs: firedAtMs === undefined ? 0 : 60_000,
    });
    const secondsSince = (sinceMs: number, atMs: number | undefined): number | null =>
      atMs === undefined ? null : Math.round((atMs - sinceMs) / 100) / 10;
    const observed = {
      inactiveBefore,
      rejected,
      firedWithin: secondsSince(startMs, firedAtMs),
      clearedWithin: secondsSince(stopMs, clearedAtMs),
    };
    await keep('drill.json', { alert: drilledAlert, ...observed });
    return observed;
  },
});
