import { join } from 'node:path';
import { catalogue } from '../../../platform/contracts/catalogue.ts';

/** The file service starts this thread by the name of its source. */
export const extractionWorker = 'platform/services/file-service/processing/extraction/worker.ts';

/** Folders that the programs of the image read at run time. */
export const imageData = ['platform/database/migrations'] as const;

/** Source file of each program of the platform's image, by the program's name. */
export function imagePrograms(root: string): Readonly<Record<string, string>> {
  const paths = {
    ...Object.fromEntries(catalogue.map(({ name }) => [name, `platform/services/${name}/main.ts`])),
    migrate: 'platform/database/main.ts',
    healthcheck: 'harness/runtime/image/healthcheck.ts',
    'extraction-worker': extractionWorker,
  };
  return Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, join(root, path)]));
}
