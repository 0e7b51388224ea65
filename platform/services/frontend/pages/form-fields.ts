import type { FormProblems } from '../handlers/form-problems.ts';
import { html, type VNode } from './html.ts';

export interface Field {
  name: string;
  label: string;
  type: 'text' | 'email' | 'password';
  autocomplete: string;
  value?: string;
  hint?: string;
  required?: boolean;
}

/** The field for a new password: the same rules and hint on every form. */
export function newPasswordField(name: string, label: string): Field {
  return {
    name,
    label,
    type: 'password',
    autocomplete: 'new-password',
    hint: 'At least 8 characters. A few words that you can remember are best.',
    required: true,
  };
}

/** An input with its label, hint and problem, linked for screen readers. */
export function fieldView(field: Field, problems: FormProblems | undefined): VNode {
  const problem = problems?.fields[field.name];
  const described = [field.hint && `${field.name}-hint`, problem && `${field.name}-problem`].filter(Boolean);
  return html`
    <div class=${problem ? 'field wrong' : 'field'}>
      <label for=${field.name}>${field.label}</label>
      ${field.hint && html`<p class="hint" id=${`${field.name}-hint`}>${field.hint}</p>`}
      ${problem && html`<p class="problem" id=${`${field.name}-problem`}>${problem}</p>`}
      <input
        id=${field.name}
        name=${field.name}
        type=${field.type}
        value=${field.value ?? ''}
        autocomplete=${field.autocomplete}
        autocapitalize=${field.type === 'text' ? undefined : 'none'}
        spellcheck=${field.type === 'text' ? undefined : 'false'}
        required=${field.required ?? false}
        aria-invalid=${problem ? 'true' : undefined}
        aria-describedby=${described.length > 0 ? described.join(' ') : undefined}
      />
    </div>
  `;
}

/** All problems of a form, each with a link to its field; focused and read out when the page loads. */
export function problemSummary(problems: FormProblems | undefined): VNode | null {
  if (problems === undefined) return null;
  const entries = Object.entries(problems.fields);
  return html`
    <div class="summary" role="alert" tabindex="-1" autofocus>
      <h2>There is a problem</h2>
      <ul>
        ${problems.general.map((text) => html`<li>${text}</li>`)}
        ${entries.map(([name, text]) => html`<li><a href=${`#${name}`}>${text}</a></li>`)}
      </ul>
    </div>
  `;
}
