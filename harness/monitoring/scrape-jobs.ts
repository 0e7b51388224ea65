import type { Pace } from './pace.ts';

/** Programs whose own metrics are scraped, besides the services. */
export const monitoringPrograms = [
  'prometheus',
  'alertmanager',
  'node',
  'redis',
  'postgres',
  'blackbox',
] as const;
export type MonitoringProgram = (typeof monitoringPrograms)[number];

/** Addresses (`host:port`) of what is scraped. */
export interface ScrapeAddresses {
  services: Readonly<Record<string, string>>;
  programs: Readonly<Record<MonitoringProgram, string>>;
}

/**
 * The jobs of Prometheus: metrics of every service, readiness of every service through the blackbox exporter, and
 * the exporters. Every target responds; nothing points at a port that cannot be scraped.
 */
export function scrapeJobs({ services, programs }: ScrapeAddresses): object[] {
  const labelled = (url: (address: string) => string) =>
    Object.entries(services).map(([service, address]) => ({
      targets: [url(address)],
      labels: { service },
    }));
  return [
    // The services label their metrics with their own name.
    { job_name: 'services', honor_labels: true, static_configs: labelled((address) => address) },
    {
      job_name: 'readiness',
      metrics_path: '/probe',
      params: { module: ['ready'] },
      static_configs: labelled((address) => `http://${address}/ready`),
      relabel_configs: [
        { source_labels: ['__address__'], target_label: '__param_target' },
        { source_labels: ['__param_target'], target_label: 'instance' },
        { target_label: '__address__', replacement: programs.blackbox },
      ],
    },
    ...monitoringPrograms.map((name) => ({
      job_name: name,
      static_configs: [{ targets: [programs[name]] }],
    })),
  ];
}

/** Configuration of the blackbox exporter: a service is ready when `/ready` responds with a 2xx status. */
export const blackboxConfig = {
  modules: { ready: { prober: 'http', timeout: '5s', http: { preferred_ip_protocol: 'ip4' } } },
};

/** Configuration of Prometheus. `rulesFile` is relative to it. */
export function prometheusConfig(options: {
  addresses: ScrapeAddresses;
  rulesFile: string;
  pace: Pace;
}): object {
  const interval = `${options.pace.scrapeS}s`;
  return {
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    rule_files: [options.rulesFile],
    alerting: {
      alertmanagers: [{ static_configs: [{ targets: [options.addresses.programs.alertmanager] }] }],
    },
    scrape_configs: scrapeJobs(options.addresses),
  };
}
