import type { CheckDefinition } from '../harness/engine/index.ts';
import * as apiAccess from './api/access-checks.ts';
import * as apiClients from './api/client-checks.ts';
import * as apiDescription from './api/description-checks.ts';
import * as load from './api/load-checks.ts';
import * as apiProfile from './api/profile-checks.ts';
import * as apiRequests from './api/request-checks.ts';
import * as apiRouting from './api/routing-checks.ts';
import * as apiTraces from './api/trace-checks.ts';
import * as authCrowd from './authentication/crowd-checks.ts';
import * as authLogin from './authentication/login-checks.ts';
import * as authPassword from './authentication/password-checks.ts';
import * as authRegister from './authentication/register-checks.ts';
import * as authSession from './authentication/session-checks.ts';
import * as authToken from './authentication/token-checks.ts';
import * as accountPages from './frontend/account-checks.ts';
import * as journeys from './frontend/new-user-checks.ts';
import * as pages from './frontend/page-checks.ts';
import * as signIn from './frontend/sign-in-checks.ts';
import * as postgres from './infrastructure/postgres-checks.ts';
import * as processes from './infrastructure/process-checks.ts';
import * as redis from './infrastructure/redis-checks.ts';
import * as roles from './infrastructure/role-checks.ts';
import * as rowSecurity from './infrastructure/row-security-checks.ts';
import * as schema from './infrastructure/schema-checks.ts';
import * as apiHardening from './security/api-hardening-checks.ts';
import * as badInput from './security/bad-input/body-checks.ts';
import * as credentials from './security/credential-checks.ts';
import * as database from './security/database-checks.ts';
import * as limits from './security/limit-checks.ts';
import * as network from './security/network-checks.ts';
import * as secretExposure from './security/secret-exposure-checks.ts';
import * as securitySession from './security/session-checks.ts';
import * as tenants from './security/tenants/base-checks.ts';
import * as tenantObjects from './security/tenants/object-checks.ts';
import * as objectAccess from './security/tenants/profile-checks.ts';
import * as tenantRoles from './security/tenants/role-checks.ts';
import * as tenantTools from './security/tenants/tool-checks.ts';
import * as tokenAttacks from './security/token-attack-checks.ts';
import * as available from './services/available-checks.ts';
import * as contracts from './services/complete-checks.ts';
import * as ready from './services/define-operational-checks.ts';
import * as events from './services/event-checks.ts';
import * as metrics from './services/metrics-checks.ts';
import * as model from './services/model-checks.ts';

/** Files of checks; every check and list of checks that one of them exports is in the catalogue. */
const files: readonly Readonly<Record<string, unknown>>[] = [
  postgres,
  schema,
  roles,
  rowSecurity,
  redis,
  processes,
  ready,
  available,
  contracts,
  metrics,
  events,
  model,
  authRegister,
  authCrowd,
  authLogin,
  authSession,
  authToken,
  authPassword,
  apiRouting,
  apiDescription,
  apiAccess,
  apiRequests,
  apiProfile,
  apiTraces,
  apiClients,
  pages,
  signIn,
  accountPages,
  journeys,
  credentials,
  secretExposure,
  database,
  network,
  tokenAttacks,
  apiHardening,
  securitySession,
  limits,
  objectAccess,
  badInput,
  tenants,
  tenantTools,
  tenantRoles,
  tenantObjects,
  load,
];

function isCheck(value: unknown): value is CheckDefinition {
  return typeof value === 'object' && value !== null && 'run' in value && 'expects' in value;
}

/** Every check there is, sorted by id. */
export const checks: readonly CheckDefinition[] = files
  .flatMap((file) => Object.values(file))
  .flat()
  .filter(isCheck)
  .sort((a, b) => (a.id < b.id ? -1 : 1));
