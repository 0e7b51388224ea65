import type { MonitoringAccess } from '../../engine/instruments/monitoring/monitoring.ts';
import { runPace } from '../../monitoring/pace.ts';
import { expressions, ruleNames } from '../../monitoring/rules.ts';
import type { RunningMonitoring } from '../../runtime/monitoring/start-monitoring.ts';

/** What checks need of the running monitoring, with what the description expects of it. */
export function monitoringAccess(
  running: RunningMonitoring | undefined,
): { monitoring: MonitoringAccess } | Record<string, never> {
  if (!running) return {};
  const { prometheusUrl, alertmanagerUrl, rulesFile, alertmanagerConfigFile, amtool } = running;
  return {
    monitoring: {
      prometheusUrl,
      alertmanagerUrl,
      rulesFile,
      alertmanagerConfigFile,
      amtool,
      rules: ruleNames,
      expressions: expressions(runPace),
      notifications: () => running.notifications(),
    },
  };
}
