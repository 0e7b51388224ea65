import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { findExecutable } from '../harness/cli/setup/find-executable.mjs';
import { monitoringFiles } from './monitoring-files.ts';
import { trackedFiles } from './tracked-files.ts';

const root = resolve(import.meta.dirname, '..');
const files = monitoringFiles();
const found = (name: string): string => findExecutable([name], process.env) ?? '';
const textOf = (path: string): string => readFileSync(join(root, 'monitoring', path), 'utf8');

test('every file of monitoring is the generated one, and there is no other', () => {
  for (const { path, text } of files)
    expect(readFileSync(join(root, path), 'utf8'), `${path}: run npm run docs`).toBe(text);
  const tracked = trackedFiles().filter((path) => path.startsWith('monitoring/'));
  expect(tracked.sort()).toEqual(files.map(({ path }) => path).sort());
});

test('every file is valid YAML or JSON', () => {
  for (const { path, text } of files) expect(parse(text), path).toBeTypeOf('object');
});

test.skipIf(!found('promtool'))('promtool accepts the configuration of Prometheus and its rules', () => {
  const config = join(root, 'monitoring/prometheus/prometheus.yml');
  expect(String(execFileSync(found('promtool'), ['check', 'config', config]))).toContain('SUCCESS');
});

test.skipIf(!found('amtool'))('amtool accepts the configuration of Alertmanager', () => {
  const folder = mkdtempSync(join(tmpdir(), 'alertmanager-'));
  try {
    // Debian's amtool 0.25 does not know url_file yet.
    const text = textOf('alertmanager/alertmanager.yml').replace(/url_file: .*/, 'url: http://127.0.0.1:1/');
    writeFileSync(join(folder, 'alertmanager.yml'), text);
    expect(
      String(execFileSync(found('amtool'), ['check-config', join(folder, 'alertmanager.yml')])),
    ).toContain('SUCCESS');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.skipIf(!found('prometheus-blackbox-exporter'))('the blackbox exporter accepts its configuration', () => {
  const config = join(root, 'monitoring/blackbox/blackbox.yml');
  execFileSync(found('prometheus-blackbox-exporter'), ['--config.check', `--config.file=${config}`], {
    stdio: 'pipe',
  });
});

test('dashboards name only data sources that exist, and no address or uid twice', () => {
  const { datasources } = parse(textOf('grafana/provisioning/datasources/datasources.yml'));
  const uids = datasources.map(({ uid }: { uid: string }) => uid);
  expect(new Set(uids).size).toBe(uids.length);
  const dashboards = files.filter(({ path }) => path.startsWith('monitoring/grafana/dashboards/'));
  expect(dashboards.length).toBeGreaterThan(3);
  for (const { text } of dashboards) {
    for (const [, uid] of text.matchAll(/"type": "prometheus",\s+"uid": "(\w+)"/g))
      expect(uids).toContain(uid);
    expect(text).not.toContain('$window');
  }
  expect(dashboards.map(({ text }) => text).join()).toContain('$__rate_interval');
});

test('every pipeline of the collector uses only parts that are configured', () => {
  const collector = parse(textOf('otel-collector/config.yml'));
  for (const pipeline of Object.values<Record<string, string[]>>(collector.service.pipelines)) {
    for (const kind of ['receivers', 'processors', 'exporters'])
      for (const name of pipeline[kind] ?? []) expect(Object.keys(collector[kind])).toContain(name);
  }
  for (const name of collector.service.extensions) expect(Object.keys(collector.extensions)).toContain(name);
});
