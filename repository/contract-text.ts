import { catalogue } from '../platform/contracts/catalogue.ts';
import { operationalRoutes } from '../platform/contracts/operational.ts';
import { gatewayPath } from '../platform/contracts/service.ts';
import { describeService } from '../platform/kit/openapi/openapi.ts';
import { type ApprovedService, approvedText } from '../scenarios/kit/contract/approved-contract.ts';
import { readContract } from '../scenarios/kit/contract/read-contract.ts';

/** The approved contract that the contracts of this commit would give. */
export function contractText(): string {
  const services: Record<string, ApprovedService> = {};
  for (const contract of catalogue) {
    const { routes, problems } = readContract(describeService(contract));
    const paths = new Map<string, string>(
      Object.values(contract.routes).flatMap((spec) => {
        const at = gatewayPath(contract, spec);
        return at === undefined ? [] : [[`${spec.method} ${spec.path}`, at] as const];
      }),
    );
    // The gateway's own operational routes have no mount.
    if (contract.name === 'gateway')
      for (const { method, path } of Object.values(operationalRoutes)) paths.set(`${method} ${path}`, path);
    services[contract.name] = {
      problems,
      routes: Object.fromEntries(
        Object.entries(routes).map(([key, route]) => {
          const at = paths.get(key);
          return [key, at === undefined ? route : { ...route, at }];
        }),
      ),
    };
  }
  return approvedText(services);
}
