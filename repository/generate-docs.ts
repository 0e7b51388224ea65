import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fillRegion, generatedRegions } from './generated-regions.ts';
import { serviceFiles } from './kubernetes/service-files.ts';
import { monitoringFiles } from './monitoring-files.ts';

const root = resolve(import.meta.dirname, '..');

for (const region of generatedRegions) {
  const path = join(root, region.file);
  writeFileSync(path, fillRegion(readFileSync(path, 'utf8'), region));
}
for (const { file, text } of await serviceFiles()) writeFileSync(join(root, file), text);

for (const { path, text } of monitoringFiles()) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
