import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { completeSecrets, secretFiles } from '../../harness/runtime/compose/secret-files.ts';
import { deploymentFiles } from '../../harness/monitoring/deployment-files.ts';
import { serviceNames } from '../../platform/contracts/service.ts';
import { readCompose, root, withDefaults } from './compose-files.ts';

const platform = readCompose('docker-compose.yml');
const monitoring = readCompose('docker-compose.monitoring.yml');
const lgtm = readCompose('docker-compose.lgtm.yml');
const own = [...Object.entries(monitoring.services), ...Object.entries(lgtm.services)].filter(
  ([name]) => !(serviceNames as readonly string[]).includes(name),
);
const networks = { ...platform.networks, ...monitoring.networks, ...lgtm.networks };
const volumes = { ...monitoring.volumes, ...lgtm.volumes };
const { secrets, own: others } = completeSecrets({}, 'https://alerts.example.com');
const files = secretFiles(secrets, others);
const networksOf = (name: string): readonly string[] =>
  platform.services[name]?.networks ?? Object.fromEntries(own)[name]?.networks ?? [];
const shareNetwork = (one: string, other: string): boolean =>
  networksOf(one).some((network) => networksOf(other).includes(network));

interface ScrapeJob {
  job_name: string;
  static_configs: { targets: string[] }[];
}
const { scrape_configs: jobs } = deploymentFiles['prometheus/prometheus.yml'] as {
  scrape_configs: ScrapeJob[];
};
const targets = jobs.flatMap(({ job_name, static_configs }) =>
  static_configs.flatMap(({ targets: addresses }) =>
    addresses.map((address) => ({
      prober: job_name === 'readiness' ? 'blackbox-exporter' : 'prometheus',
      host: /^(?:https?:\/\/)?([^:/]+)/.exec(address)?.[1] ?? '',
    })),
  ),
);

test('at least 15 targets are scraped, and each is a container that its prober reaches', () => {
  expect(targets.length).toBeGreaterThanOrEqual(15);
  for (const { prober, host } of targets) {
    expect([host, networksOf(host).length > 0]).toEqual([host, true]);
    expect([prober, host, shareNetwork(prober, host)]).toEqual([prober, host, true]);
  }
});

test('exporters reach their stores, and nothing else of monitoring does', () => {
  for (const [name, { networks: of }] of own) {
    expect([name, of.includes('data')]).toEqual([name, name === 'postgres-exporter']);
    expect([name, of.includes('cache')]).toEqual([name, name === 'redis-exporter']);
  }
});

describe.each(own)('the container of %s', (_, service) => {
  it('has no root, no capabilities, a read-only root file system, limits and a fixed version', () => {
    expect(service).toMatchObject({
      user: expect.stringMatching(/^(?!root|0)/),
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      deploy: { resources: { limits: expect.anything() } },
    });
    expect(withDefaults(service.image)).toMatch(/:v?\d+\.\d+\.\d+(?:-alpine)?$/);
  });

  it('mounts what exists, read-only, and secrets that are written', () => {
    for (const mount of service.volumes) {
      const [source = '', , mode] = mount.split(':');
      if (source.startsWith('./monitoring')) expect([existsSync(join(root, source)), mode]).toEqual([true, 'ro']);
      else if (source === '/') expect(mode).toBe('ro');
      else expect(Object.keys(volumes)).toContain(source);
    }
    for (const name of service.secrets) expect(files[name]).toBeDefined();
    for (const network of service.networks) expect(Object.keys(networks)).toContain(network);
    for (const port of service.ports) expect(withDefaults(port)).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });
});

test('every service sends its spans to the collector and its log lines to the port that the collector publishes', () => {
  const collector = lgtm.services['otel-collector'];
  expect(withDefaults(collector?.ports[0] ?? '')).toBe('127.0.0.1:24224:24224');
  for (const name of serviceNames) {
    expect(lgtm.services[name]?.environment.OTEL_EXPORTER_OTLP_ENDPOINT).toBe('http://otel-collector:4318');
    expect(shareNetwork(name, 'otel-collector')).toBe(true);
  }
});

test('only Grafana and the collector’s port for logs are published, on the loopback interface', () => {
  expect(own.flatMap(([name, { ports }]) => (ports.length > 0 ? [name] : []))).toEqual([
    'otel-collector',
    'grafana',
  ]);
  expect(withDefaults(lgtm.services.grafana?.ports[0] ?? '')).toBe('127.0.0.1:3002:3000');
});
