import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { createMetrics } from '../../../../platform/kit/observe/metrics.ts';
import { findPromtool } from '../../../cli/setup/promtool.mjs';
import { MissingCapability } from '../../failures/missing-capability.ts';
import { checkNamed, instrumentsAt, stackOf } from '../testing/instruments-at.ts';
import { MemoryEvidence } from '../testing/memory-evidence.ts';

const signal = new AbortController().signal;
const found = findPromtool(fileURLToPath(new URL('../../../..', import.meta.url)), process.env);

async function promtoolOn(metrics: string, promtoolPath: string | undefined): Promise<string[]> {
  await using instruments = instrumentsAt(stackOf({}), {
    tmpDir: tmpdir(),
    capabilities: new Set(['promtool']),
    toolPaths: promtoolPath === undefined ? {} : { promtool: promtoolPath },
  });
  const evidence = new MemoryEvidence();
  const check = checkNamed('api.x', ['promtool']);
  await using opened = await instruments.forCheck({ check, signal, evidence });
  return await opened.context.promtool(metrics);
}

// On Debian, .ci/promtool fetches it.
it.skipIf(found === undefined)('finds nothing in the metrics of a service', async () => {
  expect(await promtoolOn(await createMetrics('user-service').render(), found)).toEqual([]);
});

it.skipIf(found === undefined)(
  'finds a gauge with the name of a counter, and text that is no metrics',
  async () => {
    const gauge = '# HELP open_total Open.\n# TYPE open_total gauge\nopen_total 1\n';
    expect((await promtoolOn(gauge, found)).join()).toContain('"_total"');
    expect(await promtoolOn('<html>', found)).not.toEqual([]);
  },
);

it('is missing where promtool is not installed', async () => {
  await expect(promtoolOn('', undefined)).rejects.toThrow(MissingCapability);
});
