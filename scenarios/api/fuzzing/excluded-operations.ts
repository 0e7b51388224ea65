import { erasingServices } from '../../../platform/contracts/erasure.ts';
import type { ServiceName } from '../../../platform/contracts/service.ts';

interface ExcludedOperation {
  service: ServiceName;
  /** Method and path, as in the OpenAPI document. */
  operation: string;
  why: string;
}

/** Operations that get no generated requests: one that succeeds would end the check or harm other checks. */
export const excludedOperations: readonly ExcludedOperation[] = [
  {
    service: 'airtable-gateway',
    operation: 'DELETE /v0/meta/bases/{baseId}',
    why: 'Deletes the base that the other requests need. The checks of rights and idempotency send it.',
  },
  {
    service: 'platform-services',
    operation: 'POST /auth/logout',
    why: 'Ends the session with which the check signs in.',
  },
  {
    service: 'platform-services',
    operation: 'DELETE /auth/sessions/{id}',
    why: 'Ids that an earlier response contains are used, among them the id of the session of the check.',
  },
  {
    service: 'platform-services',
    operation: 'POST /internal/signing-keys/rotate',
    why: 'Where the route is open by mistake, it would replace the key of all access tokens.',
  },
  {
    service: 'platform-services',
    operation: 'DELETE /internal/users/{id}',
    why: 'Where the route is open by mistake, it would delete accounts.',
  },
  {
    service: 'platform-services',
    operation: 'DELETE /internal/workspaces/{id}',
    why: 'Where the route is open by mistake, it would delete workspaces.',
  },
  {
    service: 'user-service',
    operation: 'DELETE /internal/users/{id}',
    why: 'Where the route is open by mistake, it would delete profiles.',
  },
  ...erasingServices
    .filter((service) => service !== 'platform-services')
    .map((service) => ({
      service,
      operation: 'POST /internal/erasures',
      why: 'Where the route is open by mistake, it would erase accounts.',
    })),
];
