import { z } from 'zod';

const data = z.record(z.string(), z.unknown());
/** Name of a workflow, step or template. */
export const title = z.string().trim().min(1).max(200);
const fileExtension = z
  .string()
  .trim()
  .regex(/^\.?[A-Za-z0-9]{1,10}$/)
  .toLowerCase();

/**
 * An automatic start of a workflow. Every workflow that is not inactive can also be run by hand. Unknown fields are
 * rejected, since a condition that is ignored would start the workflow for other files or records.
 *
 * `record_changed` starts one execution per request that changed matching records of the embedded Airtable. Its input is
 * {event_id, base_id, table_id, table_name, changes: [{type, record_id, changed_field_ids}]}. The workflow's own changes
 * do not start it.
 *
 * `webhook` starts one execution per signed message to the webhook of the workflow, for its owner. Its input is
 * {webhook_id, sent_at, payload}. A workflow has at most one such trigger; `POST /workflows/:id/webhook` creates the webhook.
 */
export const Trigger = z.discriminatedUnion('type', [
  z.strictObject({ type: z.enum(['manual', 'webhook']) }),
  z.strictObject({
    type: z.literal('schedule'),
    cron: z
      .string()
      .trim()
      .min(1)
      .max(100)
      .describe(
        'Minute, hour, day, month, weekday; or a nickname such as @daily. If day and weekday are both restricted, one of them must match; if one of them begins with `*`, both must match, as in crontab(5)',
      ),
    time_zone: z.string().min(1).max(64).default('UTC').describe('IANA name, e.g. Europe/Berlin'),
  }),
  z.strictObject({
    type: z.enum(['file_upload', 'file_processed']),
    extensions: z.array(fileExtension).max(20).optional().describe('File extensions; absent means all'),
    content_types: z
      .array(
        z
          .string()
          .trim()
          .toLowerCase()
          .regex(/^[a-z0-9.+-]+\/(?:\*|[a-z0-9.+-]+)$/),
      )
      .min(1)
      .max(20)
      .optional()
      .describe('Media types, e.g. `text/csv` or `image/*`; absent means all'),
    min_size: z.int().min(0).max(1_000_000_000).optional().describe('Minimum size, bytes'),
    max_size: z.int().min(0).max(1_000_000_000).optional().describe('Maximum size, bytes'),
  }),
  z.strictObject({
    type: z.literal('record_changed'),
    base_id: z.string().regex(/^app[A-Za-z0-9]{14}$/),
    table: z.string().min(1).max(255).optional().describe('Id or name; absent means all tables'),
    changes: z
      .array(z.enum(['created', 'updated', 'deleted']))
      .min(1)
      .max(3)
      .optional()
      .describe('Absent means all'),
    fields: z
      .array(z.string().min(1).max(255))
      .min(1)
      .max(50)
      .optional()
      .describe('Ids or names; updates of other fields do not count. Absent means all'),
  }),
]);
export type Trigger = z.infer<typeof Trigger>;

/** `condition` is the original platform's name for `conditional`. */
export const stepTypes = [
  'http_request',
  'file_process',
  'airtable_create',
  'airtable_update',
  'airtable_query',
  'delay',
  'log',
  'condition',
  'conditional',
  'data_transform',
  'notification',
  'send_email',
  'llm_prompt',
  'for_each',
  'parallel',
] as const;
export type StepType = (typeof stepTypes)[number];

/**
 * One step. Its `type` determines `config`, which is validated when the workflow is saved; unknown fields are rejected,
 * also within `config`:
 *
 * - `http_request` {url, method?, headers?, body?, fail_on_status?}: calls public hosts, or the platform's own gateway
 *   with the rights of the user who runs the workflow. Redirects are not followed.
 * - `file_process` {file_id?}: waits until the file is processed. `{content}` is then its text.
 * - `airtable_create` {base_id, table, fields, typecast?}, `airtable_update` {base_id, table, record_id, fields, typecast?}.
 * - `airtable_query` {base_id, table, formula?, view?, fields?, max_records?}: `records`, at most 100.
 * - `send_email` {to, subject, text}: to members of the workspace, by their addresses.
 * - `llm_prompt` {prompt, base_id?, thinking_budget?}: asks the language model in a new conversation of the user;
 *   `response` is its text. Its tools act within the scopes that all steps of the workflow need together.
 * - `for_each` {items, step: {type, config}, at_once?}: does the step for each of at most 100 items, up to 5 `at_once`;
 *   `{loop_item}`, `{loop_item.path}` and `{loop_index}` stand for the item and its place. `parallel`
 *   {steps: [{type, config}]}: does 2 to 10 steps at once. Both give `results` in order. When one of them fails, the step
 *   fails after the others have ended; an attempt after that does only those again that did not complete. They cannot hold
 *   `for_each`, `parallel`, `conditional`, `delay` or `file_process`.
 * - `delay` {seconds}, `log` {message, level?}, `notification` {subject, body, recipient_id?}.
 * - `conditional` {left, operator, right?, otherwise?, skip?} or {expression, otherwise?, skip?}: if it is false,
 *   `stop` (the default) ends the execution, `skip` skips the next `skip` steps, and `continue` only logs it. Two texts
 *   are equal if they have the same characters; a number equals a text of the same value, `true` equals the text `true`.
 *   Order: by value for numbers and texts of numbers, by instant for times in ISO 8601 with a zone, else as texts.
 * - `data_transform` {expression, source?}: a JMESPath expression over `source`, by default over
 *   {input, file, steps: [results]}, within `for_each` also loop_item and loop_index.
 *
 * Texts in `config` can contain the placeholders `{filename}`, `{content}`, `{file_id}`, `{input.path}`,
 * `{step_N_result}` and `{step_N_result.path}`, where N counts from 0. A text that is only one placeholder becomes the
 * value itself. Inserted text is not expanded again, and is percent-encoded within a URL. Other braces are kept.
 */
export const WorkflowStep = z.strictObject({
  type: z.enum(stepTypes),
  name: title.optional(),
  config: data
    .default({})
    .describe('Depends on the type; texts can contain `{filename}`, `{content}` and `{step_N_result}`'),
  continue_on_error: z.boolean().default(false),
});
export type WorkflowStep = z.infer<typeof WorkflowStep>;
