import { catalogue } from '../../platform/contracts/catalogue.ts';
import { alertmanagerConfig } from './alertmanager-config.ts';
import { dashboards } from './dashboards.ts';
import { grafanaDashboard, grafanaDashboardProvider, grafanaDataSources } from './grafana.ts';
import { collectorConfig, lokiConfig, tempoConfig } from './logs-and-traces.ts';
import { deploymentPace } from './pace.ts';
import { rulesFile } from './rules.ts';
import { blackboxConfig, prometheusConfig, type ScrapeAddresses } from './scrape-jobs.ts';

/** Addresses inside a deployment, where every container has the name of its service. */
const deploymentAddresses: ScrapeAddresses = {
  services: Object.fromEntries(catalogue.map(({ name, port }) => [name, `${name}:${port}`])),
  programs: {
    prometheus: 'prometheus:9090',
    alertmanager: 'alertmanager:9093',
    node: 'node-exporter:9100',
    redis: 'redis-exporter:9121',
    postgres: 'postgres-exporter:9187',
    blackbox: 'blackbox-exporter:9115',
  },
};

/** The configuration of monitoring in a deployment, by path below `monitoring/`. The extension is the format. */
export const deploymentFiles: Readonly<Record<string, object>> = {
  'prometheus/prometheus.yml': prometheusConfig({
    addresses: deploymentAddresses,
    rulesFile: 'rules.yml',
    pace: deploymentPace,
  }),
  'prometheus/rules.yml': rulesFile(deploymentPace),
  'alertmanager/alertmanager.yml': alertmanagerConfig(
    { url_file: '/run/secrets/alert_webhook_url' },
    deploymentPace,
  ),
  'blackbox/blackbox.yml': blackboxConfig,
  'grafana/provisioning/datasources/datasources.yml': grafanaDataSources,
  'grafana/provisioning/dashboards/dashboards.yml': grafanaDashboardProvider,
  ...Object.fromEntries(
    dashboards.map((dashboard) => [`grafana/dashboards/${dashboard.uid}.json`, grafanaDashboard(dashboard)]),
  ),
  'loki/loki.yml': lokiConfig,
  'tempo/tempo.yml': tempoConfig,
  'otel-collector/config.yml': collectorConfig,
};
