import { type ServiceName, serviceNames } from '../../../platform/contracts/service.ts';
import type { Fault, FaultInService } from '../fault.ts';
import { closedUrl, readyCheck, storingServices, variablesOf } from './parts.ts';

const green = ['services.platform-services.ready', 'services.mcp-server.ready'];

/** The service does not start, for the reason that its log states. */
function doesNotStart(
  service: ServiceName,
  set: Parameters<typeof variablesOf>[1],
  shows: RegExp,
): FaultInService {
  return {
    changes: [variablesOf(service, set)],
    bite: { kind: 'boot', node: service, shows },
    red: [readyCheck(service)],
    green: green.filter((id) => id !== readyCheck(service)),
  };
}

/** Faults of settings: variables that are missing, cannot be read, or lead elsewhere. */
export const configurationFaults: readonly Fault[] = [
  {
    id: 'configuration.missing-variable',
    title: 'A variable that a service needs is not set',
    layer: 'configuration',
    blockers: ['B3'],
    recorded: '1 validation error for Settings: auth_service_url, Field required',
    cause: 'This way to start the platform sets fewer variables than the service needs.',
    fix: 'Set the variable that the first line of the log names.',
    defaultService: 'automation-services',
    services: serviceNames,
    symptom: /INTERNAL_API_KEY/,
    in: (service) => doesNotStart(service, { INTERNAL_API_KEY: undefined }, /INTERNAL_API_KEY/),
  },
  {
    id: 'configuration.unreadable-list',
    title: 'A list in the environment cannot be read',
    layer: 'configuration',
    blockers: ['B4'],
    recorded: 'SettingsError: error parsing value for field "CORS_ORIGINS" from source "EnvSettingsSource"',
    cause: 'The value is written in another form than the service reads.',
    fix: 'Write it as the example in the first line of the log.',
    defaultService: 'gateway',
    symptom: /CORS_ORIGINS/,
    in: (service) => doesNotStart(service, { CORS_ORIGINS: '["http://localhost:3000"' }, /CORS_ORIGINS/),
  },
  {
    id: 'configuration.unit-in-number',
    title: 'A number in the environment has a unit',
    layer: 'configuration',
    blockers: ['B4'],
    recorded: 'Input should be a valid integer: 10MB',
    cause: 'The setting counts bytes and was written for people.',
    fix: 'Write the number of bytes.',
    defaultService: 'file-service',
    symptom: /FILE_QUOTA_BYTES/,
    in: (service) => doesNotStart(service, { FILE_QUOTA_BYTES: '10MB' }, /FILE_QUOTA_BYTES/),
  },
  {
    id: 'configuration.short-key',
    title: 'The key that encrypts signing keys is too short',
    layer: 'configuration',
    blockers: ['P2'],
    recorded: 'Authentication does not start after a new deployment',
    cause: 'The secret was typed by hand instead of being made.',
    fix: 'Make one: npm run readiness -- secrets',
    defaultService: 'platform-services',
    symptom: /KEY_ENCRYPTION_KEY/,
    in: (service) => doesNotStart(service, { KEY_ENCRYPTION_KEY: 'c2hvcnQ=' }, /KEY_ENCRYPTION_KEY/),
  },
  {
    id: 'configuration.telemetry-unreadable',
    title: 'The address of the telemetry is none',
    layer: 'configuration',
    blockers: ['B17'],
    recorded: 'Restart loop of the monitoring: field not found',
    cause: 'The setting was written for another version.',
    fix: 'Correct the address that the log names.',
    defaultService: 'gateway',
    services: serviceNames,
    symptom: /OTEL_EXPORTER_OTLP_ENDPOINT/,
    in: (service) =>
      doesNotStart(service, { OTEL_EXPORTER_OTLP_ENDPOINT: 'no address' }, /OTEL_EXPORTER_OTLP_ENDPOINT/),
  },
  {
    id: 'database.wrong-password',
    title: 'A service has a wrong database password',
    layer: 'configuration',
    blockers: ['P8', 'B13'],
    recorded: 'asyncpg.exceptions.InvalidPasswordError: password authentication failed for user "postgres"',
    cause: 'The password of the service and that of its role in the database differ.',
    fix: 'Give both the same secret. A new secret does not change the role of an existing volume.',
    defaultService: 'platform-services',
    services: storingServices,
    symptom: /28P01|password authentication failed/,
    in: (service) =>
      doesNotStart(
        service,
        {
          DATABASE_URL: ({ DATABASE_URL = '' }) =>
            DATABASE_URL.replace(/^(\w+:\/\/[^:/@]+):[^@]*@/, '$1:not-the-password@'),
        },
        /28P01|password authentication failed/,
      ),
  },
  {
    id: 'database.wrong-name',
    title: 'A service connects to a database that does not exist',
    layer: 'configuration',
    blockers: ['P8'],
    recorded: 'FATAL: database "pyairtable_prod" does not exist',
    cause: 'The setting names a database of another environment.',
    fix: 'Correct the name at the end of DATABASE_URL.',
    defaultService: 'user-service',
    symptom: /3D000|does not exist/,
    in: (service) =>
      doesNotStart(
        service,
        {
          DATABASE_URL: ({ DATABASE_URL = '' }) => DATABASE_URL.replace(/\/pyairtable\b/, '/pyairtable_prod'),
        },
        /3D000|does not exist/,
      ),
  },
  {
    id: 'redis.wrong-password',
    title: 'A service has a wrong password of Redis',
    layer: 'configuration',
    blockers: ['B5', 'B13'],
    recorded: 'WRONGPASS invalid username-password pair',
    cause: 'The password of the service and that of Redis differ.',
    fix: 'Give both the same secret.',
    defaultService: 'gateway',
    services: ['platform-services', 'saga-service'],
    symptom: /WRONGPASS/,
    in: (service) =>
      doesNotStart(
        service,
        { REDIS_URL: ({ REDIS_URL = '' }) => REDIS_URL.replace(/:[^:@/]*@/, ':not-the-password@') },
        /WRONGPASS/,
      ),
  },
  {
    id: 'redis.no-password',
    title: 'A service connects to Redis without its password',
    layer: 'configuration',
    blockers: ['B5'],
    recorded: 'NOAUTH Authentication required',
    cause: 'The URL of Redis lacks the password.',
    fix: 'Add it: redis://default:<password>@host/0',
    defaultService: 'gateway',
    services: ['platform-services', 'saga-service'],
    symptom: /NOAUTH/,
    in: (service) =>
      doesNotStart(
        service,
        { REDIS_URL: ({ REDIS_URL = '' }) => REDIS_URL.replace(/\/\/[^@/]*@/, '//') },
        /NOAUTH/,
      ),
  },
  {
    id: 'frontend.wrong-api-url',
    title: 'The frontend looks for the gateway at a wrong address',
    layer: 'configuration',
    blockers: ['P6', 'P9'],
    recorded: 'The pages show no data; requests to the API fail',
    cause: 'The base URL of the API is that of another machine or port.',
    fix: 'Correct GATEWAY_URL of the frontend.',
    defaultService: 'frontend',
    symptom: /gateway/,
    in: (service) => doesNotStart(service, { GATEWAY_URL: closedUrl }, /gateway/),
  },
];
