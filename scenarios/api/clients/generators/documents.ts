import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CheckContext, ProductFailure } from '../../../../harness/engine/index.ts';
import { type ServiceName, serviceNames } from '../../../../platform/contracts/service.ts';
import { summary } from '../../../kit/response.ts';

/** The name of the gateway's document of all routes for clients. */
export const platformDocument = 'platform';

/** The names of all documents: one per service, and that of the platform. */
export const documentNames: readonly string[] = [platformDocument, ...serviceNames];

/**
 * Writes the documents that the platform serves into a folder, as `<name>.json`.
 * @throws ProductFailure when a service does not respond with one.
 */
export async function saveDocuments({ http }: Pick<CheckContext, 'http'>, folder: string): Promise<void> {
  const save = async (name: string, service: ServiceName, path: string) => {
    const response = await http.request(service, path);
    if (response.status !== 200) throw new ProductFailure(`${service} ${path} returned ${summary(response)}`);
    await writeFile(join(folder, `${name}.json`), response.text);
  };
  await Promise.all([
    save(platformDocument, 'gateway', '/api/openapi.json'),
    ...serviceNames.map((service) => save(service, service, '/openapi.json')),
  ]);
}
