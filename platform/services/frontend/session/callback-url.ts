/** Where visitors go after signing in by default. */
export const startPage = '/dashboard';

/**
 * The path of this site to go to after signing in. Anything that is not a page, or that a browser could read as the
 * address of another site, becomes the start page.
 */
export function safeCallback(requested: string | undefined): string {
  if (requested === undefined || !/^\/(?![/\\])[\x21-\x7e]*$/.test(requested) || requested.includes('\\'))
    return startPage;
  const base = 'http://site.invalid';
  if (!URL.canParse(requested, base)) return startPage;
  const { origin, pathname, search } = new URL(requested, base);
  if (origin !== base || pathname.startsWith('//')) return startPage;
  return /^\/(auth|api|assets)(\/|$)/.test(pathname) ? startPage : pathname + search;
}

/** The sign-in page that leads back to a page of this site. */
export function signInFor(page: string): string {
  return `/auth/login?callbackUrl=${encodeURIComponent(page)}`;
}

/** The URL of a sign-in or registration page that leads to `callback` afterwards. */
export function withCallback(path: string, callback: string): string {
  return callback === startPage ? path : `${path}?callbackUrl=${encodeURIComponent(callback)}`;
}
