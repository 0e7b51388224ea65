import { defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { serviceNames } from '../../platform/contracts/service.ts';
import { readyCheckId } from '../services/operational-routes.ts';
import { promtoolBreak } from './clients/client-breaks.ts';

/** The gateway has a histogram per route and status: more than 1 MiB after all checks. */
const maxBodyBytes = 16 * 1024 * 1024;

export const promtoolAcceptsMetrics = defineCheck({
  id: 'api.metrics.promtool-finds-nothing',
  title: 'Prometheus’ own validator accepts all metrics',
  why: 'Prometheus drops metrics that it cannot read, and tools treat every name that ends in _total as a counter.',
  category: 'api',
  severity: 'high',
  needs: serviceNames.map(readyCheckId),
  requires: ['promtool'],
  services: serviceNames,
  remediation: {
    text: 'Run `curl <service>/metrics | promtool check metrics`. Rename the metric as the finding says; the default metrics of the process are filtered in platform/kit/observe/metrics.ts.',
    effort: 'hours',
  },
  expects: { findings: empty(), services: equals(serviceNames.length) },
  breaks: [promtoolBreak],
  run: async ({ http, promtool }) => {
    const findings: string[] = [];
    let services = 0;
    for (const service of serviceNames) {
      const { status, text } = await http.request(service, '/metrics', { maxBodyBytes });
      if (status === 200 && text !== '') services += 1;
      for (const finding of await promtool(text)) findings.push(`${service}: ${finding}`);
    }
    return { findings, services };
  },
});
