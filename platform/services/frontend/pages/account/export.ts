import { type Export, exportLimits } from '../../../../contracts/platform-services/exports.ts';
import type { FormProblems } from '../../handlers/form-problems.ts';
import { moment } from '../dates.ts';
import { fieldView, problemSummary } from '../form-fields.ts';
import { html, type VNode } from '../html.ts';
import { inlineForm } from '../inline-form.ts';
import { renderPage, type Visitor } from '../layout.ts';
import { type Notice, noticeView } from '../notice.ts';

export interface ExportView {
  visitor: Visitor;
  exports: readonly Export[];
  problems: FormProblems | undefined;
  notice: Notice | undefined;
}

const states: Readonly<Record<Export['status'], string>> = {
  pending: 'is being made',
  ready: 'ready',
  failed: 'failed',
  downloaded: 'downloaded',
  expired: 'expired',
};

const mebibyte = 1024 * 1024;

function sizeOf(bytes: number): string {
  return bytes < mebibyte ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / mebibyte).toFixed(1)} MiB`;
}

function detailsOf({ status, size, expires_at }: Export): string | null {
  if (status === 'pending') return 'You get a mail when it is ready.';
  if (status !== 'ready' || expires_at === null) return null;
  return `${sizeOf(size ?? 0)} · until ${moment(expires_at)}, once`;
}

function exportRow(visitor: Visitor, one: Export): VNode {
  const details = detailsOf(one);
  return html`
    <li>
      <span>
        <strong>${moment(one.requested_at)}</strong> <span class="tag">${states[one.status]}</span>
        ${details && html`<br /><span class="fine">${details}</span>`}
      </span>
      ${
        one.status === 'ready'
          ? inlineForm(visitor, {
              action: '/account/export/download',
              fields: { id: one.id },
              button: 'Download',
              label: `Download the export of ${moment(one.requested_at)}`,
            })
          : null
      }
    </li>
  `;
}

export function exportPage({ visitor, exports, problems, notice }: ExportView): string {
  return renderPage({
    title: `${problems ? 'Error: ' : ''}Your data`,
    visitor,
    content: html`
      ${noticeView(notice)}
      <h1>Your data</h1>
      <p class="lead">All data of your account as one ZIP file.</p>
      <div class="cards">
        <section class="card" aria-labelledby="exports">
          <h2 id="exports">Exports</h2>
          ${
            exports.length === 0
              ? html`<p class="notice">You have no exports.</p>`
              : html`<ul class="rows">${exports.map((one) => exportRow(visitor, one))}</ul>`
          }
        </section>
        <section class="card" aria-labelledby="new">
          <h2 id="new">New export</h2>
          <p>
            This takes some minutes. You can download it once, within ${exportLimits.hours} hours, and make up to
            ${exportLimits.perDay} in 24 hours. A new export replaces an earlier one.
          </p>
          ${problemSummary(problems)}
          <form method="post" action="/account/export" novalidate>
            <input type="hidden" name="csrf" value=${visitor.csrfToken} />
            ${fieldView(
              {
                name: 'current_password',
                label: 'Current password',
                type: 'password',
                autocomplete: 'current-password',
                required: true,
              },
              problems,
            )}
            <button type="submit">Collect my data</button>
          </form>
        </section>
      </div>
    `,
  });
}
