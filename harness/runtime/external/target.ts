import { z } from 'zod';
import { type ServiceName, serviceNames } from '../../../platform/contracts/service.ts';

/** A secret is named, never written: `{ env: STAGING_DATABASE_URL }`, or `{ file: /run/secrets/redis_url }`. */
export const Secret = z
  .strictObject(
    {
      env: z
        .string()
        .regex(/^[A-Za-z_]\w*$/, 'must be the name of an environment variable')
        .optional(),
      /** Path of a file whose text is the secret. */
      file: z.string().startsWith('/', 'must be an absolute path').optional(),
      /** Host and port that take the place of those in the secret, which is a URL. */
      address: z
        .string()
        .regex(/^[^\s/@?#]+:\d+$/, 'must be a host and a port, e.g. 127.0.0.1:5432')
        .optional(),
    },
    {
      error:
        'must name an environment variable or a file, e.g. { env: STAGING_SECRET }: the file never contains a secret',
    },
  )
  .refine(({ env, file }) => (env === undefined) !== (file === undefined), 'needs env or file, one of them');
export type Secret = z.infer<typeof Secret>;

const BaseUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL, e.g. https://staging.example:8000' })
  .refine((text) => {
    const url = URL.parse(text);
    return url !== null && !url.username && !url.password && !url.search && !url.hash;
  }, 'must have no user, password, query or fragment')
  .transform((text) => text.replace(/\/+$/, ''));

const Services = z.strictObject(
  Object.fromEntries(
    serviceNames.map((name) => [name, name === 'gateway' ? BaseUrl : BaseUrl.optional()]),
  ) as Record<Exclude<ServiceName, 'gateway'>, z.ZodOptional<typeof BaseUrl>> & { gateway: typeof BaseUrl },
);

/** How to reach Loki, Tempo or Prometheus. */
const Source = {
  url: BaseUrl,
  /** Sent as `Authorization: Bearer`. */
  token: Secret.optional(),
  /** Sent as `X-Scope-OrgID`. */
  tenant: z.string().min(1).optional(),
};

const placeholder = '{service}';
const perService = (text: string): boolean => text.includes(placeholder);
const withPlaceholder = `must contain ${placeholder}, which stands for the name of each service`;

const Logs = z
  .strictObject({
    /** Path of the log file of each service, with `{service}`; the harness must be able to read it. */
    files: z.string().refine(perService, withPlaceholder).optional(),
    loki: z
      .strictObject({
        ...Source,
        /** LogQL that selects the lines of one service. */
        query: z.string().refine(perService, withPlaceholder).default('{service_name="{service}"}'),
      })
      .optional(),
    /** Name of a compose project on this machine: the container engine has the logs of all ten services. */
    compose: z.string().min(1).optional(),
    /** Whether secrets were removed from the lines before they were stored: then nobody can look for them. */
    redacted: z.boolean().default(false),
  })
  .refine(
    ({ files, loki, compose }) => [files, loki, compose].filter((one) => one !== undefined).length === 1,
    'needs files, loki or compose, one of them',
  );

const Traces = z
  .strictObject({
    /** Address at which the harness receives OTLP/HTTP in JSON; the services export their spans to it. */
    receiver: BaseUrl.refine((url) => URL.parse(url)?.protocol === 'http:', 'must be an http URL').optional(),
    tempo: z.strictObject(Source).optional(),
  })
  .refine(
    ({ receiver, tempo }) => (receiver === undefined) !== (tempo === undefined),
    'needs receiver or tempo, one of them',
  );

const Mail = z
  .strictObject({
    /** Folder of the `.eml` files that a platform without SMTP writes; the harness must be able to read it. */
    folder: z.string().startsWith('/', 'must be an absolute path').optional(),
    /** The Mailpit to which the platform sends by SMTP. */
    mailpit: z
      .strictObject({
        url: BaseUrl,
        /** `user:password` of its API. */
        login: Secret.optional(),
      })
      .optional(),
  })
  .refine(
    ({ folder, mailpit }) => (folder === undefined) !== (mailpit === undefined),
    'needs folder or mailpit, one of them',
  );

/** Services that have a role at the database. */
const Roles = z.partialRecord(z.enum(serviceNames), Secret);

/** An existing account that checks may sign in with. */
const GivenAccount = z.strictObject({ email: z.email().toLowerCase(), password: Secret });
export type GivenAccount = z.infer<typeof GivenAccount>;

/** A deployed platform, and what the harness may see of it and do to it. */
export const Target = z
  .strictObject({
    /** For reports. */
    name: z.string().regex(/^[\w][\w.-]{0,59}$/, 'must be letters, digits, dots and dashes, at most 60'),
    label: z.enum(['production', 'staging', 'development']),
    services: Services,
    accounts: z
      .strictObject({
        /** Whether checks may register users. Without it most checks are unmeasured. */
        register: z.boolean(),
        /**
         * Existing accounts for checks that need signed-in users only, where `register` is false. Use accounts that
         * nobody else uses, each in a tenant of its own.
         */
        given: z.array(GivenAccount).min(1).optional(),
      })
      .superRefine(({ register, given = [] }, context) => {
        const issue = (path: (string | number)[], message: string) =>
          context.addIssue({ code: 'custom', path: ['given', ...path], message });
        if (register && given.length > 0) issue([], 'is used only with register: false');
        const emails = given.map(({ email }) => email);
        for (const [index, email] of emails.entries())
          if (emails.indexOf(email) < index) issue([index, 'email'], 'is given twice');
      })
      .default({ register: false }),
    /**
     * `many`: every loopback address counts as a client of its own, so limits per address do not add up. Only where
     * the platform's processes run on this machine, so they see the harness's own addresses, which a proxy or a
     * container network hides. The harness then also reads their sockets.
     */
    sourceAddresses: z.enum(['one', 'many']).default('one'),
    /** The gateway as the services reach it, where that differs from `services.gateway`. */
    gatewayInside: BaseUrl.optional(),
    /** The internal key of platform-services and user-service, to delete accounts at the end and to inspect tokens. */
    internalKeys: z
      .strictObject({ 'platform-services': Secret.optional(), 'user-service': Secret.optional() })
      .default({}),
    database: z
      .strictObject({
        /** Connection URL with the rights of the database owner. */
        admin: Secret.optional(),
        /** Connection URLs of the services' own roles. */
        roles: Roles.default({}),
        /** Whether the rows that the run's accounts leave are deleted with `admin` at the end, also append-only ones. */
        removeRows: z.boolean().default(false),
      })
      .optional(),
    redis: z.strictObject({ admin: Secret }).optional(),
    /** Where the logs of the services are. */
    logs: Logs.optional(),
    /** Where the spans of the services are. */
    traces: Traces.optional(),
    /** Where the mails of the platform are. */
    mail: Mail.optional(),
    /** The Prometheus that scrapes the platform. */
    metrics: z.strictObject({ prometheus: z.strictObject(Source) }).optional(),
    /** Ids of destructive checks that the target allows. */
    allow: z.array(z.string()).default([]),
  })
  .superRefine((target, context) => {
    const remote = Object.entries(target.services).find(
      ([, url]) => url !== undefined && !isLoopbackUrl(url),
    );
    if (target.sourceAddresses === 'many' && remote)
      context.addIssue({
        code: 'custom',
        path: ['sourceAddresses'],
        message: `"many" needs loopback addresses, and services.${remote[0]} is ${remote[1]}`,
      });
    if (target.database?.removeRows && !target.database.admin)
      context.addIssue({ code: 'custom', path: ['database', 'removeRows'], message: 'needs database.admin' });
  });
export type Target = z.infer<typeof Target>;

export function isLoopbackUrl(url: string): boolean {
  const host = URL.parse(url)?.hostname ?? '';
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** The services that a target gives an address of. */
export function addressedServices(target: Pick<Target, 'services'>): ServiceName[] {
  return serviceNames.filter((name) => target.services[name] !== undefined);
}
