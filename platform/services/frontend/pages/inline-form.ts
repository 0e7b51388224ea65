import { html, type VNode } from './html.ts';
import type { Visitor } from './layout.ts';

/** A form with one button beside an entry of a list. */
export interface InlineForm {
  action: string;
  /** Hidden fields. */
  fields: Readonly<Record<string, string>>;
  button: string;
  /** What the button does, with the name of its entry: screen readers list buttons without the text around them. */
  label: string;
  /** A choice before the button. */
  choice?: { name: string; label: string; options: readonly string[]; selected: string };
}

export function inlineForm({ csrfToken }: Visitor, form: InlineForm): VNode {
  const { choice } = form;
  return html`
    <form method="post" action=${form.action} class="inline">
      <input type="hidden" name="csrf" value=${csrfToken} />
      ${Object.entries(form.fields).map(([name, value]) => html`<input type="hidden" name=${name} value=${value} />`)}
      ${choice && selectView({ ...choice, describes: true })}
      <button class="quiet small" type="submit" aria-label=${form.label}>${form.button}</button>
    </form>
  `;
}

export interface Choice {
  name: string;
  label: string;
  options: readonly (string | readonly [value: string, text: string])[];
  selected: string;
  /** Whether the label is for screen readers only. */
  describes?: boolean;
}

export function selectView({ name, label, options, selected, describes = false }: Choice): VNode {
  const entries = options.map((option) =>
    typeof option === 'string' ? ([option, option] as const) : option,
  );
  const select = html`
    <select id=${describes ? undefined : name} name=${name} aria-label=${describes ? label : undefined}>
      ${entries.map(([value, text]) => html`<option value=${value} selected=${value === selected}>${text}</option>`)}
    </select>
  `;
  return describes ? select : html`<div class="field"><label for=${name}>${label}</label>${select}</div>`;
}
