import { z } from 'zod';

/** Parts of the contract of pages and forms. */

/** Forms and pages are for people: a browser gets problems as a page. */
export const forPeople = {
  problemFormat: 'page',
  otherResponses: { 303: { description: 'Redirects to the page named by `Location`' } },
} as const;

export const page = (description: string) =>
  ({ status: 200, description, contentType: 'text/html' }) as const;

/** A form posts to its own page. On success it redirects, else the page is returned with the problems. */
export const postedForm = {
  ...forPeople,
  method: 'POST',
  access: 'public',
  bodyType: 'application/x-www-form-urlencoded',
  /** Bytes. */
  maxBodyBytes: 32 * 1024,
} as const;

/** The success of a form that redirects to another page. */
export const redirected = {
  status: 303,
  description: 'Succeeded; redirects to the page named by `Location`',
} as const;

/** The token of a mail. A page with a wrong one shows its form, which is then rejected. */
export const linkQuery = z.object({ token: z.string().max(200).optional().catch(undefined) });

/** Path of this site to open after signing in. Any other value is ignored. */
export const callback = z.object({ callbackUrl: z.string().max(2048).optional().catch(undefined) });
