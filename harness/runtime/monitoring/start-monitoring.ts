import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StackAddresses } from '../../engine/stack.ts';
import type { AlertNotification } from '../../evidence/alert-notification.ts';
import { alertmanagerConfig } from '../../monitoring/alertmanager-config.ts';
import { runPace } from '../../monitoring/pace.ts';
import { rulesFile } from '../../monitoring/rules.ts';
import { blackboxConfig, prometheusConfig } from '../../monitoring/scrape-jobs.ts';
import type { RunScope } from '../folders/run-scope.ts';
import { openAlertReceiver } from './alert-receiver.ts';
import { startProgram } from './start-program.ts';
import { postgresExporter, redisExporter } from './store-exporters.ts';

/** Paths of the programs. */
export interface MonitoringPrograms {
  prometheus: string;
  alertmanager: string;
  amtool: string;
  node: string;
  redis: string;
  postgres: string;
  blackbox: string;
}

export interface RunningMonitoring extends AsyncDisposable {
  readonly prometheusUrl: string;
  readonly alertmanagerUrl: string;
  readonly rulesFile: string;
  readonly alertmanagerConfigFile: string;
  readonly amtool: string;
  /** What the receiver of the harness got from Alertmanager, oldest first. */
  notifications(): readonly AlertNotification[];
}

/**
 * Starts Prometheus, Alertmanager and the exporters for a booted platform. Their data is in the run's volatile folder.
 * Disposal stops them; the reaper ends them when the harness is killed.
 * @throws ReadinessError (exit code 4) when a program does not start.
 */
export async function startMonitoring(options: {
  programs: MonitoringPrograms;
  addresses: StackAddresses;
  /** A scope of its own, which is closed with monitoring. */
  scope: RunScope;
  signal: AbortSignal;
}): Promise<RunningMonitoring> {
  const { programs, addresses, scope, signal } = options;
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => scope.close());
  const receiver = cleanup.use(await openAlertReceiver());
  const folder = join(scope.folder.path, 'monitoring');
  await mkdir(folder, { mode: 0o700 });
  const file = (name: string): string => join(folder, name);
  const write = (name: string, config: object): Promise<void> =>
    // JSON is YAML, too.
    writeFile(file(name), JSON.stringify(config, null, 2), { mode: 0o600 });
  await Promise.all([
    write('alertmanager.yml', alertmanagerConfig({ url: receiver.url }, runPace)),
    write('blackbox.yml', blackboxConfig),
    write('rules.yml', rulesFile(runPace)),
  ]);

  const start = (program: Parameters<typeof startProgram>[0]) => startProgram(program, { scope, signal });
  const [alertmanager, node, redis, postgres, blackbox] = await Promise.all([
    start({
      name: 'alertmanager',
      command: programs.alertmanager,
      args: (address) => [
        `--config.file=${file('alertmanager.yml')}`,
        `--storage.path=${file('alertmanager')}`,
        `--web.listen-address=${address}`,
        // Without a cluster it needs no second port.
        '--cluster.listen-address=',
        '--log.level=warn',
      ],
      readyPath: '/-/ready',
    }),
    start({
      name: 'node',
      command: programs.node,
      args: (address) => [
        '--collector.disable-defaults',
        '--collector.cpu',
        '--collector.filesystem',
        '--collector.meminfo',
        '--collector.loadavg',
        `--web.listen-address=${address}`,
        '--log.level=warn',
      ],
      readyPath: '/metrics',
    }),
    start(redisExporter(programs.redis, addresses, scope)),
    start(postgresExporter(programs.postgres, addresses, scope)),
    start({
      name: 'blackbox',
      command: programs.blackbox,
      args: (address) => [
        `--config.file=${file('blackbox.yml')}`,
        `--web.listen-address=${address}`,
        '--log.level=warn',
      ],
      readyPath: '/-/healthy',
    }),
  ]);
  const services = Object.fromEntries(
    Object.entries(addresses.services).map(([name, url]) => [name, new URL(url).host]),
  );
  const prometheus = await start({
    name: 'prometheus',
    command: programs.prometheus,
    async args(address) {
      const targets = { prometheus: address, alertmanager, node, redis, postgres, blackbox };
      await write(
        'prometheus.yml',
        prometheusConfig({
          addresses: { services, programs: targets },
          rulesFile: 'rules.yml',
          pace: runPace,
        }),
      );
      return [
        `--config.file=${file('prometheus.yml')}`,
        `--storage.tsdb.path=${file('prometheus')}`,
        '--storage.tsdb.retention.time=1d',
        `--web.listen-address=${address}`,
        '--log.level=warn',
      ];
    },
    readyPath: '/-/ready',
  });
  const owned = cleanup.move();
  return {
    prometheusUrl: `http://${prometheus}`,
    alertmanagerUrl: `http://${alertmanager}`,
    rulesFile: file('rules.yml'),
    alertmanagerConfigFile: file('alertmanager.yml'),
    amtool: programs.amtool,
    notifications: () => receiver.notifications(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
