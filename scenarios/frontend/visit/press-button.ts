import type { HTMLElement } from 'node-html-parser';
import { ProductFailure } from '../../../harness/engine/index.ts';
import { buttons, nameOf, type SeenPage } from './seen-page.ts';

/** What a browser sends when a button is pressed. */
export interface Submission {
  method: 'GET' | 'POST';
  /** Path and query. */
  action: string;
  fields: readonly (readonly [name: string, value: string])[];
}

/**
 * What a browser sends when the visitor fills in a form and presses its button.
 * @param options.button its name for screen readers
 * @param options.fill values by field name; checkboxes: `on`. Hidden fields keep theirs.
 * @throws ProductFailure when there is no such button, it does nothing, or the form has no such field
 */
export function submissionOf(
  page: SeenPage,
  { button: name, fill = {} }: { button: string; fill?: Readonly<Record<string, string>> },
): Submission {
  const button = buttons(page).find((one) => nameOf(one) === name);
  if (button === undefined) throw new ProductFailure(`${page.path} has no button ${name}`);
  const dead = whyDead(page, button);
  if (dead !== undefined) throw new ProductFailure(`${page.path}: the button ${name} ${dead}`);
  const form = formOf(page, button) as HTMLElement;
  const unknown = Object.keys(fill).find((field) => !controls(form).some((one) => isNamed(one, field)));
  if (unknown !== undefined)
    throw new ProductFailure(`${page.path}: the form of ${name} has no field ${unknown}`);
  const own = button.getAttribute('name');
  return {
    method: methodOf(form),
    action: form.getAttribute('action') ?? page.path,
    fields: [
      ...controls(form).flatMap((control) => fieldOf(control, fill)),
      ...(own === undefined ? [] : [[own, button.getAttribute('value') ?? ''] as const]),
    ],
  };
}

/** Why pressing a button does nothing; undefined for one that sends its form. */
export function whyDead(page: SeenPage, button: HTMLElement): string | undefined {
  if (button.hasAttribute('disabled')) return 'is disabled';
  const type = (button.getAttribute('type') ?? 'submit').toLowerCase();
  if (type !== 'submit') return `has the type ${type}, and pages have no scripts`;
  const form = formOf(page, button);
  if (form === undefined) return 'belongs to no form';
  return form.getAttribute('action') === '' ? 'belongs to a form without action' : undefined;
}

/** The form that a button sends. */
export function formOf(page: SeenPage, button: HTMLElement): HTMLElement | undefined {
  const id = button.getAttribute('form');
  return (id === undefined ? button.closest('form') : page.root.getElementById(id)) ?? undefined;
}

export function methodOf(form: HTMLElement): 'GET' | 'POST' {
  return form.getAttribute('method')?.toLowerCase() === 'post' ? 'POST' : 'GET';
}

function controls(form: HTMLElement): HTMLElement[] {
  return form.querySelectorAll('input, select, textarea');
}

function isNamed(control: HTMLElement, name: string): boolean {
  return control.getAttribute('name') === name;
}

function fieldOf(
  control: HTMLElement,
  fill: Readonly<Record<string, string>>,
): (readonly [string, string])[] {
  const name = control.getAttribute('name');
  if (name === undefined || control.hasAttribute('disabled')) return [];
  const given = fill[name];
  if (given !== undefined) return [[name, given]];
  if (control.tagName === 'SELECT') return [[name, selected(control)]];
  if (control.tagName === 'TEXTAREA') return [[name, control.text]];
  const type = control.getAttribute('type')?.toLowerCase();
  if ((type === 'checkbox' || type === 'radio') && !control.hasAttribute('checked')) return [];
  if (type === 'submit' || type === 'button') return [];
  return [[name, control.getAttribute('value') ?? (type === 'checkbox' ? 'on' : '')]];
}

function selected(select: HTMLElement): string {
  const options = select.querySelectorAll('option');
  const option = options.find((one) => one.hasAttribute('selected')) ?? options[0];
  return option?.getAttribute('value') ?? option?.text ?? '';
}
