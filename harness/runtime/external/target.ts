import { z } from 'zod';
import { type ServiceName, serviceNames } from '../../../platform/contracts/service.ts';

/** A secret is named, never written: `{ env: STAGING_DATABASE_URL }`. */
export const Secret = z.strictObject(
  { env: z.string().regex(/^[A-Za-z_]\w*$/, 'must be the name of an environment variable') },
  {
    error:
      'must name an environment variable, e.g. { env: STAGING_SECRET }: the file never contains a secret',
  },
);

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

/** Services that have a role at the database. */
const Roles = z.partialRecord(z.enum(serviceNames), Secret);

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
      })
      .default({ register: false }),
    /**
     * `many`: every loopback address counts as a client of its own, so limits per address do not add up. Only where
     * the platform sees the harness's own addresses, which a proxy or a container network hides.
     */
    sourceAddresses: z.enum(['one', 'many']).default('one'),
    /** The internal key of platform-services and user-service, to delete accounts at the end. */
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
