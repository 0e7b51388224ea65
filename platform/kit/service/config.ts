import { z } from 'zod';
import { type ServiceContract, serviceNames } from '../../contracts/service.ts';

/** Exit code of a process whose configuration is unusable (`EX_CONFIG` of sysexits.h). */
export const configExitCode = 78;

/** One environment variable that cannot be used. */
export interface ConfigProblem {
  variable: string;
  problem: string;
  example: string | undefined;
}

/** The environment does not make a valid configuration. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(describeProblem).join('\n'));
    this.problems = problems;
  }
}

function describeProblem({ variable, problem, example }: ConfigProblem): string {
  return `${variable}: ${problem}${example === undefined ? '' : ` (example: ${variable}=${example})`}`;
}

/** Schemas of the environment variables that several processes share; names as in the documentation. */
export const variables = {
  port: z.coerce
    .number('must be a number from 0 to 65535')
    .int('must be a number from 0 to 65535')
    .min(0, 'must be a number from 0 to 65535')
    .max(65535, 'must be a number from 0 to 65535')
    .meta({ example: '8007' }),
  databaseUrl: z
    .url({ protocol: /^postgres(ql)?$/, hostname: /.*/, error: 'must be a PostgreSQL URL' })
    .meta({ example: 'postgresql://user_service:secret@127.0.0.1:5432/pyairtable' }),
  redisUrl: z
    .string()
    .regex(/^(rediss?|unix):\/\/\S+$/, 'must be a Redis URL')
    .meta({ example: 'redis://127.0.0.1:6379/0' }),
  httpUrl: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .transform((url) => url.replace(/\/+$/, ''))
    .meta({ example: 'http://127.0.0.1:8007' }),
  /** 32 bytes in base64, for AES-256. */
  key256: z
    .string()
    .refine((text) => Buffer.from(text, 'base64').length === 32, 'must be 32 bytes in base64')
    .meta({ example: 'the output of: openssl rand -base64 32' }),
  positiveInt: z.coerce
    .number('must be a whole number above 0')
    .int('must be a whole number above 0')
    .positive('must be a whole number above 0')
    .meta({ example: '10' }),
  flag: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .meta({ example: 'true' }),
} as const;

/** What every process of the platform reads; services extend it with what they need. */
export const baseConfig = z.object({
  HOST: z.string().min(1).default('127.0.0.1').meta({ example: '127.0.0.1' }),
  PORT: variables.port,
  LISTEN_FD: z.coerce.number().int().min(3).optional().meta({ example: '3' }),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .meta({ example: 'info' }),
  INTERNAL_API_KEY: z
    .string('is required')
    .min(32, 'must have at least 32 characters')
    .meta({ example: 'the output of: openssl rand -hex 32' }),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('Share of traces begun here that are recorded; those of callers follow the callers’ flag'),
  OTEL_EXPORTER_OTLP_ENDPOINT: variables.httpUrl
    .optional()
    .meta({ example: 'http://127.0.0.1:4318' })
    .describe('Where spans go; absent means that none are exported'),
});
export type BaseConfig = z.output<typeof baseConfig>;

/** Variables of services that verify access tokens. */
export const tokenConfig = z.object({
  JWT_ISSUER: z.string().min(1).default('pyairtable').meta({ example: 'pyairtable' }),
  JWT_AUDIENCE: z.string().min(1).default('pyairtable-api').meta({ example: 'pyairtable-api' }),
});

/** Variables of services that let users in: what `openAccess` opens. */
export const accessConfig = tokenConfig.extend({
  REDIS_URL: variables.redisUrl,
  PLATFORM_SERVICES_URL: variables.httpUrl,
});
export type AccessConfig = z.output<typeof accessConfig>;

/** Variables of services with rows of their own: what `openOwnDatabase` opens. `role` is for the example. */
export function databaseConfig(role: string) {
  return z.object({
    DATABASE_URL: variables.databaseUrl.meta({
      example: `postgresql://${role}:secret@127.0.0.1:5432/pyairtable`,
    }),
    DATABASE_POOL_SIZE: variables.positiveInt.default(8).meta({ example: '8' }),
  });
}
export type DatabaseConfig = z.output<ReturnType<typeof databaseConfig>>;

export interface ReadConfigOptions {
  env: Readonly<Record<string, string | undefined>>;
  /** Values for variables that are absent, for example the contract's port. */
  defaults?: Readonly<Record<string, string>>;
}

/**
 * Reads the environment once. An empty variable counts as absent.
 * @throws ConfigError naming each unusable variable, what is wrong with it and an example.
 */
export function readConfig<S extends z.ZodObject>(schema: S, options: ReadConfigOptions): z.output<S> {
  const input: Record<string, string> = {};
  for (const name of Object.keys(schema.shape)) {
    const value = options.env[name] || options.defaults?.[name];
    if (value !== undefined) input[name] = value;
  }
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new ConfigError(
    result.error.issues.map((issue) => {
      const variable = String(issue.path[0] ?? 'environment');
      const declared = schema.shape[variable] as z.ZodType | undefined;
      return {
        variable,
        problem: input[variable] === undefined ? 'is required' : issue.message,
        example: declared?.meta()?.example as string | undefined,
      };
    }),
  );
}

/** Defaults that make a process find its peers on their documented ports of this machine. */
export function conventionalDefaults(contract: ServiceContract, ports: Readonly<Record<string, number>>) {
  const defaults: Record<string, string> = { PORT: String(contract.port) };
  for (const name of serviceNames) {
    const port = ports[name];
    if (port !== undefined) defaults[peerVariable(name)] = `http://127.0.0.1:${port}`;
  }
  return defaults;
}

/** Name of the variable that holds a service's base URL, e.g. `USER_SERVICE_URL`. */
export function peerVariable(service: string): string {
  return `${service.toUpperCase().replaceAll('-', '_')}_URL`;
}

/** The port table of the documentation. */
export const conventionalPorts: Readonly<Record<string, number>> = Object.fromEntries(
  serviceNames.map((name, index) => [name, name === 'frontend' ? 3000 : 8000 + index]),
);
