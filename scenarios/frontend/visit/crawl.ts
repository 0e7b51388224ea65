import type { HTMLElement } from 'node-html-parser';
import { formOf, methodOf, whyDead } from './press-button.ts';
import { buttons, nameOf, type SeenPage } from './seen-page.ts';
import type { Visitor } from './visitor.ts';

/** Maximum number of pages of one crawl. */
const maxPages = 80;

/** What a visitor found who followed every link and tried every form. */
export interface Crawl {
  /** Paths without query, in the order found. */
  pages: string[];
  /** Paths to which forms post. */
  forms: string[];
  brokenLinks: string[];
  brokenForms: string[];
  deadButtons: string[];
}

/**
 * Follows all links of the site from its start page, and sends every form with a wrong token: a form that exists rejects
 * it with 403.
 */
export async function crawl(visitor: Visitor): Promise<Crawl> {
  const found: Crawl = { pages: [], forms: [], brokenLinks: [], brokenForms: [], deadButtons: [] };
  const seen = new Set<string>();
  const waiting: { path: string; from: string }[] = [{ path: '/', from: 'the address' }];
  for (let next = waiting.shift(); next !== undefined && seen.size < maxPages; next = waiting.shift()) {
    const { path, from } = next;
    if (seen.has(path)) continue;
    seen.add(path);
    const page = await visitor.open(path);
    if (page.status !== 200 || page.heading === '') {
      found.brokenLinks.push(`${from} links to ${path}, which has status ${page.status}`);
      continue;
    }
    add(found.pages, pathOf(page.path));
    for (const target of targetsOf(page, visitor, found))
      waiting.push({ path: target, from: pathOf(page.path) });
    await tryFiles(page, visitor, { seen, found });
    await tryForms(page, visitor, found);
  }
  return found;
}

/** Pages of the site to which a page links. Links that lead nowhere are added to what was found. */
function targetsOf(page: SeenPage, visitor: Visitor, found: Crawl): string[] {
  const targets: string[] = [];
  for (const link of page.root.querySelectorAll('a')) {
    const href = link.getAttribute('href');
    const where = `${pathOf(page.path)}: “${nameOf(link)}”`;
    if (href === undefined || href === '' || href === '#') found.brokenLinks.push(`${where} leads nowhere`);
    else if (href.startsWith('#')) {
      if (!page.root.getElementById(href.slice(1)))
        found.brokenLinks.push(`${where} leads to no part of the page`);
    } else if (/^javascript:/i.test(href)) found.brokenLinks.push(`${where} needs a script`);
    else if (visitor.leavesSite(href, page.path) === undefined) targets.push(resolve(href, page.path));
  }
  return targets;
}

/** Style sheets, icons, images and scripts of a page. */
async function tryFiles(
  page: SeenPage,
  visitor: Visitor,
  { seen, found }: { seen: Set<string>; found: Crawl },
): Promise<void> {
  const elements = page.root.querySelectorAll('link[href], img[src], script[src]');
  for (const element of elements) {
    const address = element.getAttribute('href') ?? element.getAttribute('src') ?? '';
    const path = resolve(address, page.path);
    if (seen.has(path) || visitor.leavesSite(address, page.path) !== undefined) continue;
    seen.add(path);
    const { status } = await visitor.look(path);
    if (status !== 200)
      found.brokenLinks.push(`${pathOf(page.path)} loads ${path}, which has status ${status}`);
  }
}

/** Every button must belong to a form, and every form must post to a route that handles it. */
async function tryForms(page: SeenPage, visitor: Visitor, found: Crawl): Promise<void> {
  for (const button of buttons(page)) {
    const dead = whyDead(page, button);
    if (dead !== undefined) add(found.deadButtons, `${pathOf(page.path)}: ${nameOf(button)} ${dead}`);
  }
  const withButton = new Set(buttons(page).map((button) => formOf(page, button)));
  for (const form of page.root.querySelectorAll('form')) {
    const action = form.getAttribute('action') ?? page.path;
    if (!withButton.has(form))
      add(found.deadButtons, `${pathOf(page.path)}: the form of ${action} has no button`);
    if (visitor.leavesSite(action, page.path) !== undefined) {
      add(found.brokenForms, `${pathOf(page.path)} sends a form to ${action}`);
      continue;
    }
    const path = resolve(action, page.path);
    if (found.forms.includes(pathOf(path))) continue;
    if (methodOf(form) === 'GET') await tryGetForm(path, form, { page, visitor, found });
    else {
      found.forms.push(pathOf(path));
      const { status } = await visitor.send(page, { method: 'POST', action, fields: [['csrf', 'wrong']] });
      if (status !== 403)
        add(found.brokenForms, `${pathOf(page.path)} posts to ${path}: ${status} instead of 403`);
    }
  }
}

async function tryGetForm(
  path: string,
  form: HTMLElement,
  { page, visitor, found }: { page: SeenPage; visitor: Visitor; found: Crawl },
): Promise<void> {
  const fields = form
    .querySelectorAll('input[name]')
    .map((input) => [input.getAttribute('name') ?? '', ''] as const);
  const { status } = await visitor.send(page, { method: 'GET', action: path, fields });
  if (status !== 200) add(found.brokenForms, `${pathOf(page.path)} asks ${path}: ${status}`);
}

function resolve(address: string, from: string): string {
  const { pathname, search } = new URL(address, new URL(from, 'http://site.invalid'));
  return pathname + search;
}

const pathOf = (path: string): string => path.split('?')[0] as string;

function add(list: string[], entry: string): void {
  if (!list.includes(entry)) list.push(entry);
}
