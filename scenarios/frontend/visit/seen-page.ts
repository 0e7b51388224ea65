import { type HTMLElement, parse } from 'node-html-parser';

/** A page as a visitor without scripts sees it. */
export interface SeenPage {
  /** Path and query at which it was found, after redirects. */
  readonly path: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly root: HTMLElement;
  /** Text of the main heading; empty without one. */
  readonly heading: string;
}

export function seenPage(response: {
  path: string;
  status: number;
  headers: Readonly<Record<string, string>>;
  text: string;
}): SeenPage {
  const isPage = (response.headers['content-type'] ?? '').startsWith('text/html');
  const root = parse(isPage ? response.text : '');
  const { path, status, headers } = response;
  return { path, status, headers, root, heading: textOf(root.querySelector('h1')) };
}

/** Text of an element with single spaces; empty without an element. */
export function textOf(element: HTMLElement | null | undefined): string {
  return (element?.text ?? '').replace(/\s+/g, ' ').trim();
}

/** The part of the page below a heading, e.g. the card `Workspaces`. */
export function card(page: SeenPage, heading: string): HTMLElement | undefined {
  return page.root
    .querySelectorAll('section')
    .find((section) => textOf(section.querySelector('h2')) === heading);
}

/** The entries of the list in a card; empty when there is no list. */
export function rowElements(page: SeenPage, heading: string): HTMLElement[] {
  return card(page, heading)?.querySelectorAll('li') ?? [];
}

/** What a screen reader calls a control. */
export function nameOf(element: HTMLElement): string {
  return element.getAttribute('aria-label') ?? textOf(element);
}

/** Everything on the page that looks like a button. */
export function buttons(page: SeenPage): HTMLElement[] {
  return page.root.querySelectorAll('button, input[type=submit], input[type=button], [role=button]');
}

/** Dates that an element shows, milliseconds, in the order of the page. */
export function datesIn(element: HTMLElement | undefined): number[] {
  return (element?.querySelectorAll('time') ?? []).map((time) => Date.parse(textOf(time)));
}
