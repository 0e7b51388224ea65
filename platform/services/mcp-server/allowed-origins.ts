import { z } from 'zod';

/** Pages on the user's own machine: any port of the loopback names. */
const loopback = ['http://localhost:*', 'http://127.0.0.1:*', 'http://[::1]:*'];

const pattern = /^https?:\/\/([a-z0-9.-]+|\[[0-9a-f:.]+\])(:(\d{1,5}|\*))?$/;

/** Origins separated by commas. `:*` stands for any port. */
export const allowedOriginsVariable = z
  .string()
  .transform((text) => text.split(',').flatMap((origin) => origin.trim() || []))
  .refine(
    (origins) => origins.every((origin) => pattern.test(origin)),
    'must be origins separated by commas, without a path',
  )
  .default(loopback)
  .meta({ example: 'https://app.example.com,http://localhost:*' });

/**
 * Whether pages of an origin may use the tools. Other clients than browsers send no `Origin`. A page that reaches this
 * server through DNS rebinding sends its own.
 */
export function isAllowedOrigin(allowed: readonly string[], origin: string | undefined): boolean {
  if (origin === undefined) return true;
  if (allowed.includes(origin)) return true;
  return allowed.includes(`${origin.replace(/:\d{1,5}$/, '')}:*`);
}
