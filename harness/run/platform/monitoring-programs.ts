import { findExecutable } from '../../cli/setup/find-executable.mjs';
import type { MonitoringPrograms } from '../../runtime/monitoring/start-monitoring.ts';

/** Names of each program of monitoring: Debian's, then that of its project. */
const names: Readonly<Record<keyof MonitoringPrograms, readonly string[]>> = {
  prometheus: ['prometheus'],
  alertmanager: ['prometheus-alertmanager', 'alertmanager'],
  amtool: ['amtool'],
  node: ['prometheus-node-exporter', 'node_exporter'],
  redis: ['prometheus-redis-exporter', 'redis_exporter'],
  postgres: ['prometheus-postgres-exporter', 'postgres_exporter'],
  blackbox: ['prometheus-blackbox-exporter', 'blackbox_exporter'],
};

/** Finds the programs of monitoring on the PATH. Undefined when one of them is missing. */
export function findMonitoring(env: NodeJS.ProcessEnv): MonitoringPrograms | undefined {
  const found = Object.entries(names).flatMap(([name, candidates]) => {
    const path = findExecutable([...candidates], env);
    return path === undefined ? [] : [[name, path] as const];
  });
  return found.length === Object.keys(names).length
    ? (Object.fromEntries(found) as Record<keyof MonitoringPrograms, string>)
    : undefined;
}
