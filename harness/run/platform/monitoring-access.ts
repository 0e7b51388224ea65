import type { MonitoringAccess } from '../../engine/instruments/monitoring/monitoring.ts';
import { deploymentPace, type Pace, runPace } from '../../monitoring/pace.ts';
import { expressions, ruleNames } from '../../monitoring/rules.ts';
import { type SourceAccess, sourceHeaders } from '../../runtime/external/sources/source-access.ts';
import type { RunningMonitoring } from '../../runtime/monitoring/start-monitoring.ts';

const described = (pace: Pace) => ({ rules: ruleNames, expressions: expressions(pace) });

/** What checks need of the running monitoring, with what the description expects of it. */
export function monitoringAccess(platform: {
  /** Started by the harness. */
  monitoring?: RunningMonitoring;
  /** The Prometheus of a target. */
  prometheus?: SourceAccess;
}): { monitoring: MonitoringAccess } | Record<string, never> {
  const { monitoring, prometheus } = platform;
  if (prometheus)
    return {
      monitoring: {
        prometheusUrl: prometheus.url,
        headers: sourceHeaders(prometheus),
        ...described(deploymentPace),
      },
    };
  if (!monitoring) return {};
  const { prometheusUrl, ...running } = monitoring;
  const { alertmanagerUrl, rulesFile, alertmanagerConfigFile, amtool } = running;
  return {
    monitoring: {
      prometheusUrl,
      ...described(runPace),
      alerting: {
        alertmanagerUrl,
        rulesFile,
        alertmanagerConfigFile,
        amtool,
        notifications: () => monitoring.notifications(),
      },
    },
  };
}
