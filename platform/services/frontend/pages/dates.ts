import { html, type VNode } from './html.ts';

const dayFormat = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' });
const momentFormat = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'short',
  timeZone: 'UTC',
});

export function day(iso: string): VNode {
  return html`<time datetime=${iso}>${dayFormat.format(new Date(iso))}</time>`;
}

export function moment(iso: string): VNode {
  return html`<time datetime=${iso}>${momentFormat.format(new Date(iso))} UTC</time>`;
}
