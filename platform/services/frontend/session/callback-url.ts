/** Where visitors go when nothing says otherwise. */
export const startPage = '/dashboard';

/**
 * A path of this site to go to after signing in. Anything that a browser could take for another site, or that is no
 * page, becomes the start page.
 */
export function safeCallback(wanted: string | undefined): string {
  if (wanted === undefined || !/^\/(?![/\\])[\x21-\x7e]*$/.test(wanted) || wanted.includes('\\'))
    return startPage;
  const base = 'http://site.invalid';
  if (!URL.canParse(wanted, base)) return startPage;
  const { origin, pathname, search } = new URL(wanted, base);
  if (origin !== base || pathname.startsWith('//')) return startPage;
  return /^\/(auth|api|assets)(\/|$)/.test(pathname) ? startPage : pathname + search;
}

/** Where whoever is not signed in goes, to come back to a page of this site afterwards. */
export function signInFor(page: string): string {
  return `/auth/login?callbackUrl=${encodeURIComponent(page)}`;
}

/** The address of a sign-in or registration page that comes back afterwards. */
export function withCallback(path: string, callback: string): string {
  return callback === startPage ? path : `${path}?callbackUrl=${encodeURIComponent(callback)}`;
}
