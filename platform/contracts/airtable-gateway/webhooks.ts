import { z } from 'zod';
import { route } from '../route.ts';
import { WebhookPayloadPage } from './webhook-payloads.ts';

/**
 * Webhooks on bases, as in Airtable's public Web API, v0. When a base changes, the client gets a ping and then fetches
 * the changes as payloads.
 *
 * A ping is a POST of `WebhookNotification` to the webhook's URL. Its header `X-Airtable-Content-MAC: hmac-sha256=<hex>`
 * is the HMAC-SHA256 of the body with the decoded `macSecretBase64`. A 2xx response within 10 seconds confirms it.
 * Redirects are not followed. Otherwise the ping is retried after 10, 20, 40 … seconds, up to an hour. Ten failures in a
 * row disable notifications until they are enabled again. Pings arrive at least once, and one ping can announce several
 * payloads.
 *
 * The transaction that changes the base also writes the payloads, so a payload exists if and only if the change does.
 * Payloads include computed cells: those of the changed records, and of records that reach them through up to three
 * links (up to a thousand per action). They do not include the values of a new computed field. With the real Airtable as
 * upstream, Airtable itself does all of this.
 */

export const webhookLimits = {
  /** Maximum number of webhooks per base. */
  perBase: 10,
  /** Days until a webhook expires, counted from the last refresh or fetch of payloads. */
  lifeDays: 7,
  /** Days that payloads and expired webhooks are kept. */
  keptDays: 7,
  /** Maximum number of payloads per response. */
  payloadsPerPage: 50,
  /** Failed pings in a row after which notifications are disabled. */
  failures: 10,
} as const;

const id = z.string().regex(/^[A-Za-z0-9]{1,64}$/, 'must be an id');
const ids = z.array(id).max(500);

export const webhookDataTypes = ['tableData', 'tableFields', 'tableMetadata'] as const;
export const webhookChangeTypes = ['add', 'remove', 'update'] as const;
export const webhookSources = [
  'client',
  'publicApi',
  'formSubmission',
  'formPageSubmission',
  'automation',
  'system',
  'sync',
  'anonymousUser',
  'unknown',
] as const;

/** The changes that a webhook reports. Absent or empty lists restrict nothing. */
export const WebhookSpecification = z.object({
  options: z.object({
    filters: z.object({
      dataTypes: z
        .array(z.enum(webhookDataTypes))
        .min(1)
        .max(webhookDataTypes.length)
        .describe('tableData: records; tableFields: fields; tableMetadata: names and descriptions of tables'),
      recordChangeScope: id.optional().describe('Id of a table or view'),
      changeTypes: z.array(z.enum(webhookChangeTypes)).max(webhookChangeTypes.length).optional(),
      fromSources: z
        .array(z.enum(webhookSources))
        .max(webhookSources.length)
        .optional()
        .describe('All changes through this API have the source publicApi'),
      sourceOptions: z
        .object({
          formSubmission: z.object({ viewId: id }).optional(),
          formPageSubmission: z.object({ pageId: id }).optional(),
        })
        .optional(),
      watchDataInFieldIds: ids.optional().describe('Report only changes of cells in these fields'),
      watchSchemasOfFieldIds: ids.optional().describe('Report only changes of these fields'),
    }),
    includes: z
      .object({
        includeCellValuesInFieldIds: z
          .union([z.literal('all'), ids])
          .optional()
          .describe('Fields whose cells are always included, changed or not'),
        includePreviousCellValues: z.boolean().optional(),
        includePreviousFieldDefinitions: z.boolean().optional(),
      })
      .optional(),
  }),
});
export type WebhookSpecification = z.infer<typeof WebhookSpecification>;

const NotificationResult = z.object({
  success: z.boolean(),
  completionTimestamp: z.iso.datetime(),
  durationMs: z.number(),
  retryNumber: z.int().nonnegative().describe('0 for the first attempt'),
  error: z.object({ message: z.string() }).optional(),
  willBeRetried: z.boolean().optional(),
});
export type NotificationResult = z.infer<typeof NotificationResult>;

export const Webhook = z.object({
  id: z.string(),
  specification: WebhookSpecification,
  notificationUrl: z.string().nullable(),
  cursorForNextPayload: z.int(),
  areNotificationsEnabled: z.boolean(),
  isHookEnabled: z.boolean().describe('False if it has expired'),
  lastSuccessfulNotificationTime: z.iso.datetime().nullable(),
  lastNotificationResult: NotificationResult.nullable(),
  expirationTime: z.iso.datetime().nullish(),
});
export type Webhook = z.infer<typeof Webhook>;

export const NewWebhook = z.object({
  id: z.string(),
  macSecretBase64: z.string().describe('Key that signs pings; returned only here'),
  expirationTime: z.iso.datetime().nullish(),
});
export type NewWebhook = z.infer<typeof NewWebhook>;

export const WebhookRefreshed = z.object({ expirationTime: z.iso.datetime().nullish() });

/** Body of a ping. */
export const WebhookNotification = z.object({
  base: z.object({ id: z.string() }),
  webhook: z.object({ id: z.string() }),
  timestamp: z.iso.datetime(),
});
export type WebhookNotification = z.infer<typeof WebhookNotification>;

const base = z.object({ baseId: z.string().min(1).max(64) });
const webhook = base.extend({ webhookId: z.string().min(1).max(64) });

const specificationExample = {
  options: { filters: { dataTypes: ['tableData'], recordChangeScope: 'tblA1b2C3d4E5f6G7' } },
} as const;
const expirationTime = '2025-08-14T12:00:00.000Z';

export const airtableWebhookRoutes = {
  listWebhooks: route({
    method: 'GET',
    path: '/v0/bases/:baseId/webhooks',
    summary: 'List the webhooks of a base with their state',
    access: 'user',
    needs: { right: 'read', of: 'base', id: 'params.baseId' },
    scope: 'webhook:manage',
    params: base,
    success: {
      status: 200,
      description: 'All webhooks, oldest first',
      schema: z.object({ webhooks: z.array(Webhook) }),
      example: {
        webhooks: [
          {
            id: 'achA1b2C3d4E5f6G7',
            specification: specificationExample,
            notificationUrl: 'https://example.com/ping',
            cursorForNextPayload: 3,
            areNotificationsEnabled: true,
            isHookEnabled: true,
            lastSuccessfulNotificationTime: '2025-08-07T12:00:01.000Z',
            lastNotificationResult: {
              success: true,
              completionTimestamp: '2025-08-07T12:00:01.000Z',
              durationMs: 12.5,
              retryNumber: 0,
            },
            expirationTime,
          },
        ],
      },
    },
    problems: ['not_found', 'rate_limited'],
  }),
  createWebhook: route({
    method: 'POST',
    path: '/v0/bases/:baseId/webhooks',
    summary: 'Watch a base for changes',
    description:
      'A base has at most ten webhooks. A webhook expires after seven days unless it is refreshed or its payloads are ' +
      'fetched. The URL must resolve to public addresses and is pinged once immediately. Without a URL, payloads can still be ' +
      'fetched. Tables, views and fields are given by id.',
    access: 'user',
    needs: { right: 'create', of: 'base', id: 'params.baseId' },
    scope: 'webhook:manage',
    params: base,
    body: z.object({
      notificationUrl: z
        .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
        .regex(/^\S*$/, 'must be one line without spaces')
        .regex(/^[!-~\u00a1-\uffff]*$/, 'must have no control characters')
        .max(2048)
        .nullish(),
      specification: WebhookSpecification,
    }),
    bodyExample: { notificationUrl: 'https://example.com/ping', specification: specificationExample },
    success: {
      status: 200,
      description: 'The id and the secret that signs pings',
      schema: NewWebhook,
      example: {
        id: 'achA1b2C3d4E5f6G7',
        macSecretBase64: 'c2VjcmV0IG9mIDMyIGJ5dGVzLCBhcyBhbiBleGFtcGxl',
        expirationTime,
      },
    },
    problems: ['forbidden', 'not_found', 'rate_limited'],
  }),
  deleteWebhook: route({
    method: 'DELETE',
    path: '/v0/bases/:baseId/webhooks/:webhookId',
    summary: 'Delete a webhook and its payloads',
    access: 'user',
    needs: { right: 'create', of: 'base', id: 'params.baseId' },
    scope: 'webhook:manage',
    params: webhook,
    success: { status: 200, description: 'The webhook is deleted', schema: z.object({}), example: {} },
    problems: ['forbidden', 'not_found', 'rate_limited'],
  }),
  enableWebhookNotifications: route({
    method: 'POST',
    path: '/v0/bases/:baseId/webhooks/:webhookId/enableNotifications',
    summary: 'Turn pings on or off; payloads are written in both cases',
    description: 'When turned on, it pings at once if there are payloads that no ping has announced.',
    access: 'user',
    needs: { right: 'create', of: 'base', id: 'params.baseId' },
    scope: 'webhook:manage',
    params: webhook,
    body: z.object({ enable: z.boolean() }),
    bodyExample: { enable: true },
    success: { status: 200, description: 'The setting is stored', schema: z.object({}), example: {} },
    problems: ['forbidden', 'not_found', 'rate_limited'],
  }),
  refreshWebhook: route({
    method: 'POST',
    path: '/v0/bases/:baseId/webhooks/:webhookId/refresh',
    summary: 'Extend a webhook to seven days from now',
    description: 'An expired webhook stays expired.',
    access: 'user',
    needs: { right: 'create', of: 'base', id: 'params.baseId' },
    scope: 'webhook:manage',
    params: webhook,
    success: {
      status: 200,
      description: 'The new expiry time',
      schema: WebhookRefreshed,
      example: { expirationTime },
    },
    problems: ['forbidden', 'not_found', 'rate_limited'],
  }),
  listWebhookPayloads: route({
    method: 'GET',
    path: '/v0/bases/:baseId/webhooks/:webhookId/payloads',
    summary: 'List the changes from a cursor on',
    description:
      'Payloads are kept for seven days and numbered from 1; no number is used twice. This request extends an active ' +
      'webhook to seven days from now. A response that would become very large ends early, with mightHaveMore true. An ' +
      'action on many records is split into several payloads.',
    access: 'user',
    needs: { right: 'read', of: 'base', id: 'params.baseId' },
    scope: 'webhook:manage',
    params: webhook,
    query: z.object({
      cursor: z.coerce.number().int().min(1).default(1),
      limit: z.coerce
        .number()
        .int()
        .min(1)
        .max(webhookLimits.payloadsPerPage)
        .default(webhookLimits.payloadsPerPage),
    }),
    success: {
      status: 200,
      description: 'Payloads, in the order of the changes',
      schema: WebhookPayloadPage,
      example: {
        payloads: [
          {
            timestamp: '2025-08-07T12:00:00.000Z',
            baseTransactionNumber: 4,
            payloadFormat: 'v0',
            actionMetadata: {
              source: 'publicApi',
              sourceMetadata: {
                user: {
                  id: 'usrCmndgvfSnfDt0S',
                  email: 'ada@example.com',
                  permissionLevel: 'create',
                },
              },
            },
            changedTablesById: {
              tblA1b2C3d4E5f6G7: {
                changedRecordsById: {
                  recA1b2C3d4E5f6G7: {
                    current: { cellValuesByFieldId: { fldA1b2C3d4E5f6G7: 'Ada Lovelace' } },
                  },
                },
              },
            },
          },
        ],
        cursor: 2,
        mightHaveMore: false,
      },
    },
    problems: ['not_found', 'rate_limited'],
  }),
} as const;
