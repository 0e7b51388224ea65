import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fillRegion, generatedRegions } from './generated-regions.ts';
import { serviceFiles } from './kubernetes/service-files.ts';

const root = resolve(import.meta.dirname, '..');

for (const region of generatedRegions) {
  const path = join(root, region.file);
  writeFileSync(path, fillRegion(readFileSync(path, 'utf8'), region));
}
for (const { file, text } of await serviceFiles()) writeFileSync(join(root, file), text);
