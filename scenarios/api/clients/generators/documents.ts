import { type CheckContext, ProductFailure } from '../../../../harness/engine/index.ts';
import { type ServiceName, serviceNames } from '../../../../platform/contracts/service.ts';
import { summary } from '../../../kit/response.ts';

/** The name of the gateway's document of all routes for clients. */
export const platformDocument = 'platform';

/** The names of all documents: one per service, and that of the platform. */
export const documentNames: readonly string[] = [platformDocument, ...serviceNames];

/**
 * The documents that the platform serves, as JSON, by their names.
 * @throws ProductFailure when a service does not respond with one.
 */
export async function readDocuments({ http }: Pick<CheckContext, 'http'>): Promise<Record<string, string>> {
  const read = async (name: string, service: ServiceName, path: string): Promise<[string, string]> => {
    const response = await http.request(service, path);
    if (response.status !== 200) throw new ProductFailure(`${service} ${path} returned ${summary(response)}`);
    return [name, response.text];
  };
  return Object.fromEntries(
    await Promise.all([
      read(platformDocument, 'gateway', '/api/openapi.json'),
      ...serviceNames.map((service) => read(service, service, '/openapi.json')),
    ]),
  );
}
