import { defineCheck, equals, type Json } from '../../../harness/engine/index.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { fieldBreaks } from './field-breaks.ts';
import { recordCheck } from './record-check.ts';

const choices = { choices: ['Low', 'Mid', 'High'].map((name) => ({ name })) };
const iso = { dateFormat: { name: 'iso' } };

/** One field of each kind: its type, what is written, what is read, and how it reads as text. */
const samples = [
  { type: 'singleLineText', write: ' spaced "text" ', read: ' spaced "text" ', text: ' spaced "text" ' },
  { type: 'multilineText', write: 'one\ntwo', read: 'one\ntwo', text: 'one\ntwo' },
  { type: 'email', write: 'ada@example.com', read: 'ada@example.com', text: 'ada@example.com' },
  {
    type: 'url',
    write: 'https://example.com/?a=1',
    read: 'https://example.com/?a=1',
    text: 'https://example.com/?a=1',
  },
  { type: 'phoneNumber', write: '+44 20 7946', read: '+44 20 7946', text: '+44 20 7946' },
  { type: 'number', options: { precision: 3 }, write: -12.5, read: -12.5, text: '-12.500' },
  { type: 'currency', options: { precision: 2, symbol: '€' }, write: 1234.5, read: 1234.5, text: '€1234.50' },
  { type: 'percent', options: { precision: 1 }, write: 0.125, read: 0.125, text: '12.5%' },
  { type: 'duration', options: { durationFormat: 'h:mm:ss' }, write: 3_725, read: 3_725, text: '1:02:05' },
  { type: 'rating', options: { icon: 'star', max: 5, color: 'yellowBright' }, write: 4, read: 4, text: '4' },
  {
    type: 'checkbox',
    options: { icon: 'check', color: 'greenBright' },
    write: true,
    read: true,
    text: 'checked',
  },
  { type: 'singleSelect', options: choices, write: 'Mid', read: 'Mid', text: 'Mid' },
  {
    type: 'multipleSelects',
    options: choices,
    write: ['High', 'Low'],
    read: ['High', 'Low'],
    text: 'High, Low',
  },
  { type: 'date', options: iso, write: '2024-02-29', read: '2024-02-29', text: '2024-02-29' },
  {
    type: 'dateTime',
    options: { ...iso, timeFormat: { name: '24hour' }, timeZone: 'Europe/Berlin' },
    write: '2024-07-01T12:30:00',
    read: '2024-07-01T10:30:00.000Z',
    text: '2024-07-01 12:30',
  },
] as const;

/** Texts that typecast turns into the value. */
const casts = [
  ['number', '1,234', 1234],
  ['currency', '€12.5', 12.5],
  ['percent', '50%', 0.5],
  ['duration', '1:02:05', 3_725],
  ['checkbox', 'yes', true],
  ['multipleSelects', 'Low, High', ['Low', 'High']],
  ['date', '2024-03-01T00:00:00Z', '2024-03-01'],
] as const;

export const fieldTypesKeepValues = defineCheck({
  ...recordCheck,
  id: 'services.airtable-gateway.values-of-field-types',
  title: 'Fields of every type keep, show and convert values',
  failureTitle: 'A field changes a value that it stores, shows or converts',
  why: 'A percentage that is shown as a fraction, or a time in the wrong zone, is a wrong invoice or a missed meeting.',
  users: 1,
  remediation: {
    text: 'fields/ of airtable-gateway has a file for each kind of field: read, show, value and text.',
    effort: 'hours',
  },
  expects: {
    read: equals(Object.fromEntries(samples.map(({ type, read }) => [type, read as Json]))),
    text: equals(Object.fromEntries(samples.map(({ type, text }) => [type, text]))),
    cast: equals(Object.fromEntries(casts.map(([type, , value]) => [type, value as Json]))),
  },
  breaks: fieldBreaks,
  async run(context) {
    const send = sendAs(context, await context.account());
    const base = await prepare(send, 'POST', '/api/airtable/v0/meta/bases', {
      name: context.unique('fields'),
      workspaceId: 'default',
      tables: [
        {
          name: 'Rows',
          fields: samples.map(({ type, ...more }) => ({
            name: type,
            type,
            ...('options' in more ? { options: more.options } : {}),
          })),
        },
      ],
    });
    const table = `/api/airtable/v0/${textAt(base, 'id')}/Rows`;
    const cells = async (path: string): Promise<Record<string, Json>> =>
      (valueAt((await send('GET', path)).json, 'fields') ?? {}) as Record<string, Json>;
    // A value that is rejected is an observation: the record then has no cells.
    const write = async (fields: Record<string, unknown>, more: object = {}) =>
      textAt((await send('POST', table, { fields, ...more })).json, 'id');
    const id = await write(Object.fromEntries(samples.map(({ type, write: value }) => [type, value])));
    const cast = await write(Object.fromEntries(casts.map(([type, text]) => [type, text])), {
      typecast: true,
    });
    return {
      read: await cells(`${table}/${id}`),
      text: await cells(`${table}/${id}?cellFormat=string&timeZone=UTC&userLocale=en`),
      cast: await cells(`${table}/${cast}`),
    };
  },
});
