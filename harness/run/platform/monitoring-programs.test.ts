import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fakeCommand } from '../../cli/setup/testing/fake-command.ts';
import { findMonitoring } from './monitoring-programs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'monitoring-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('the programs of monitoring are found all together, under the names of Debian or of their projects', () => {
  const others = ['prometheus', 'amtool', 'node_exporter', 'prometheus-redis-exporter', 'postgres_exporter'];
  for (const name of [...others, 'prometheus-blackbox-exporter']) fakeCommand(folder, name, '');
  expect(findMonitoring({ PATH: folder })).toBeUndefined();
  const alertmanager = fakeCommand(folder, 'alertmanager', '');
  expect(findMonitoring({ PATH: folder })).toMatchObject({
    alertmanager,
    node: join(folder, 'node_exporter'),
  });
});
