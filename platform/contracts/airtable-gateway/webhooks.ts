import { z } from 'zod';
import { route } from '../route.ts';
import { WebhookPayloadPage } from './webhook-payloads.ts';

/**
 * Webhooks on bases, as in Airtable's public Web API, v0: whoever registers one is pinged when something of the
 * base changes, and then fetches what it was as payloads.
 *
 * A ping is a POST of `WebhookNotification` to the webhook's URL with the header
 * `X-Airtable-Content-MAC: hmac-sha256=<hex>`, the HMAC-SHA256 of the body under the decoded `macSecretBase64`.
 * Every 2xx answer within 10 seconds is taken as received; redirects are not followed. Anything else is tried
 * again after 10, 20, 40 … seconds, at most an hour; after ten failures in a row notifications are disabled until
 * they are enabled again. Pings arrive at least once, and one may stand for several payloads.
 *
 * Payloads are written in the transaction that changes the base: there is one if and only if the change is there.
 * They tell of computed cells too, of the records written and of those that see them through up to three links (at
 * most a thousand per action); what a new computed field shows is not told of. With the real Airtable as upstream all
 * of this is Airtable's own doing.
 */

export const webhookLimits = {
  /** Webhooks per base. */
  perBase: 10,
  /** Days until a webhook expires that is neither refreshed nor asked for payloads. */
  lifeDays: 7,
  /** Days that payloads are kept, and an expired webhook with them. */
  keptDays: 7,
  /** Payloads per answer. */
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

/** Which changes a webhook reports, and what of them. Lists that are absent or empty restrict nothing. */
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
        .describe('Everything changed through this API has the source publicApi'),
      sourceOptions: z
        .object({
          formSubmission: z.object({ viewId: id }).optional(),
          formPageSubmission: z.object({ pageId: id }).optional(),
        })
        .optional(),
      watchDataInFieldIds: ids.optional().describe('Report changes of these cells only'),
      watchSchemasOfFieldIds: ids.optional().describe('Report changes of these fields only'),
    }),
    includes: z
      .object({
        includeCellValuesInFieldIds: z
          .union([z.literal('all'), ids])
          .optional()
          .describe('Cells to show whether or not they changed'),
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
  retryNumber: z.int().nonnegative().describe('0 for the first try'),
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
  isHookEnabled: z.boolean().describe('False once it has expired'),
  lastSuccessfulNotificationTime: z.iso.datetime().nullable(),
  lastNotificationResult: NotificationResult.nullable(),
  expirationTime: z.iso.datetime().nullish(),
});
export type Webhook = z.infer<typeof Webhook>;

export const NewWebhook = z.object({
  id: z.string(),
  macSecretBase64: z.string().describe('Signs pings; it is told here and never again'),
  expirationTime: z.iso.datetime().nullish(),
});
export type NewWebhook = z.infer<typeof NewWebhook>;

export const WebhookRefreshed = z.object({ expirationTime: z.iso.datetime().nullish() });

/** What is posted to the URL of a webhook. */
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
    summary: 'Webhooks of a base and how they are doing',
    access: 'user',
    params: base,
    success: {
      status: 200,
      description: 'All webhooks, the oldest first',
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
      'At most ten per base. It expires after seven days unless refreshed or asked for payloads. The URL must lead to ' +
      'public addresses; it is pinged once right away. Without one, payloads are there to be fetched all the same. ' +
      'Tables, views and fields are named by id.',
    access: 'user',
    params: base,
    body: z.object({
      notificationUrl: z
        .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
        .regex(/^[^\s\p{Cc}\p{Cs}]*$/u, 'must be one line without spaces')
        .max(2048)
        .nullish(),
      specification: WebhookSpecification,
    }),
    bodyExample: { notificationUrl: 'https://example.com/ping', specification: specificationExample },
    success: {
      status: 200,
      description: 'The id, and the secret that signs pings',
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
    params: webhook,
    success: { status: 200, description: 'It is gone', schema: z.object({}), example: {} },
    problems: ['forbidden', 'not_found', 'rate_limited'],
  }),
  enableWebhookNotifications: route({
    method: 'POST',
    path: '/v0/bases/:baseId/webhooks/:webhookId/enableNotifications',
    summary: 'Turn pings on or off; payloads are made either way',
    description: 'Turned on again, it pings at once if there are payloads that no ping has told of.',
    access: 'user',
    params: webhook,
    body: z.object({ enable: z.boolean() }),
    bodyExample: { enable: true },
    success: { status: 200, description: 'It is so', schema: z.object({}), example: {} },
    problems: ['forbidden', 'not_found', 'rate_limited'],
  }),
  refreshWebhook: route({
    method: 'POST',
    path: '/v0/bases/:baseId/webhooks/:webhookId/refresh',
    summary: 'Let a webhook live for seven days from now',
    description: 'One that has expired stays so.',
    access: 'user',
    params: webhook,
    success: {
      status: 200,
      description: 'When it expires',
      schema: WebhookRefreshed,
      example: { expirationTime },
    },
    problems: ['forbidden', 'not_found', 'rate_limited'],
  }),
  listWebhookPayloads: route({
    method: 'GET',
    path: '/v0/bases/:baseId/webhooks/:webhookId/payloads',
    summary: 'What has changed, from a cursor on',
    description:
      'Payloads are kept for seven days and numbered from 1; numbers are not given twice. Asking lets an active webhook ' +
      'live for seven days from now. An answer ends early where it would become very large; mightHaveMore says so. An ' +
      'action that touched many records is split over several payloads.',
    access: 'user',
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
      description: 'Payloads in the order of the changes',
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
                  id: '6f1c8e0e-3a52-4c4b-9a56-0d6a5d0c7f21',
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
