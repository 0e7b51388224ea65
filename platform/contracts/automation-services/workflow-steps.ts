import { z } from 'zod';

const data = z.record(z.string(), z.unknown());
/** Name of a workflow, a step or a template. */
export const title = z.string().trim().min(1).max(200);
const fileExtension = z
  .string()
  .trim()
  .regex(/^\.?[A-Za-z0-9]{1,10}$/)
  .toLowerCase();

/** What starts a workflow by itself. By hand every workflow that is not inactive can be run. */
export const Trigger = z.discriminatedUnion('type', [
  z.object({ type: z.literal('manual') }),
  z.object({
    type: z.literal('schedule'),
    cron: z
      .string()
      .trim()
      .min(1)
      .max(100)
      .describe('Minute, hour, day, month, weekday; or @daily and the like'),
    time_zone: z.string().min(1).max(64).default('UTC').describe('IANA name, e.g. Europe/Berlin'),
  }),
  z.object({
    type: z.enum(['file_upload', 'file_processed']),
    extensions: z.array(fileExtension).max(20).optional().describe('Absent: files of every kind'),
  }),
]);
export type Trigger = z.infer<typeof Trigger>;

/** `condition` is the first generation's name of `conditional`; both mean the same. */
export const stepTypes = [
  'http_request',
  'file_process',
  'airtable_create',
  'airtable_update',
  'delay',
  'log',
  'condition',
  'conditional',
  'data_transform',
  'notification',
] as const;
export type StepType = (typeof stepTypes)[number];

/**
 * One step. What `config` holds follows from `type` and is checked when a workflow is saved:
 *
 * - `http_request` {url, method?, headers?, body?, fail_on_status?}: public hosts, or the platform's own gateway,
 *   which is called with the rights of who runs the workflow. Redirects are not followed.
 * - `file_process` {file_id?}: waits until the file has been processed; afterwards `{content}` is its text.
 * - `airtable_create` {base_id, table, fields, typecast?}, `airtable_update` {base_id, table, record_id, fields, typecast?}.
 * - `delay` {seconds}, `log` {message, level?}, `notification` {subject, body, recipient_id?}.
 * - `conditional` {left, operator, right?, otherwise?, skip?} or {expression, otherwise?, skip?}: when it does not
 *   hold, `stop` (the default) ends the execution here, `skip` leaves out the next `skip` steps, `continue` only notes it.
 * - `data_transform` {expression, source?}: a JMESPath expression over `source`, or over
 *   {input, file, steps: [results]} when there is none.
 *
 * Text in `config` may hold `{filename}`, `{content}`, `{file_id}`, `{input.path}`, `{step_N_result}` and
 * `{step_N_result.path}`, where N counts from 0. A text that is one placeholder and nothing else becomes the value
 * itself. Inserted text is never looked at again, and within a URL it is percent-encoded. Other braces stay.
 */
export const WorkflowStep = z.object({
  type: z.enum(stepTypes),
  name: title.optional(),
  config: data
    .default({})
    .describe('Follows from the type; text may hold `{filename}`, `{content}` and `{step_N_result}`'),
  continue_on_error: z.boolean().default(false),
});
export type WorkflowStep = z.infer<typeof WorkflowStep>;
