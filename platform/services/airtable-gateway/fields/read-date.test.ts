import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { knownUsers } from '../users/user.ts';
import { dateKind, dateTimeKind } from './date-kinds.ts';
import type { CellInput, StoredField } from './field-kind.ts';

function field(type: 'date' | 'dateTime', options: StoredField['options'] = {}): StoredField {
  const kind = type === 'date' ? dateKind : dateTimeKind;
  return {
    id: 'fldAAAAAAAAAAAAAA',
    name: 'When',
    type,
    description: null,
    options: kind.readOptions(options),
  };
}

function input(of: StoredField, typecast = true): CellInput {
  const addChoice = () => {
    throw new Error('not a select field');
  };
  return { field: of, typecast, before: undefined, addChoice, users: knownUsers([]) };
}

const utc = field('dateTime');
const european = { dateFormat: { name: 'european' } };
const newYork = { timeZone: 'America/New_York' };

describe('a text typecast into a dateTime field', () => {
  it.each([
    ['Thu Feb 29 2024 10:00:00 GMT+0100 (CET)', '2024-02-29T09:00:00.000Z'],
    ['Thu Feb 29 2024 10:00:00 GMT+0100 (Central European Standard Time)', '2024-02-29T09:00:00.000Z'],
    ['Thu, 29 Feb 2024 10:00:00 +0100', '2024-02-29T09:00:00.000Z'],
    ['Thu, 29 Feb 2024 10:00:00 GMT', '2024-02-29T10:00:00.000Z'],
    ['Thursday, 29-Feb-24 10:00:00 GMT', '2024-02-29T10:00:00.000Z'],
    ['Thu Feb 29 10:00:00 2024', '2024-02-29T10:00:00.000Z'],
    ['Thu Feb 29 10:00:00 CET 2024', '2024-02-29T09:00:00.000Z'],
    ['2024-02-29 10:00 +0100', '2024-02-29T09:00:00.000Z'],
    ['2024-02-29 10:00 +01:00', '2024-02-29T09:00:00.000Z'],
    ['2024-02-29T10:00:00+01', '2024-02-29T09:00:00.000Z'],
    ['2024-02-29T10:00:00+01:00[Europe/Berlin]', '2024-02-29T09:00:00.000Z'],
    ['2024-02-29 10:00 UTC+1', '2024-02-29T09:00:00.000Z'],
    ['2024-02-29 10:00 +530', '2024-02-29T04:30:00.000Z'],
    ['2024-02-29 10:00 EST', '2024-02-29T15:00:00.000Z'],
    ['2024-02-29 10:00 Europe/Berlin', '2024-02-29T09:00:00.000Z'],
    ['29 Feb 2024 10:00 PST', '2024-02-29T18:00:00.000Z'],
    ['29 February 2024 10:00pm PST', '2024-03-01T06:00:00.000Z'],
    ['February 29th, 2024 at 10 a.m.', '2024-02-29T10:00:00.000Z'],
    ['2/29/2024 12:05am', '2024-02-29T00:05:00.000Z'],
    ['2/29/2024 12:05 PM', '2024-02-29T12:05:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['29 Feb 2024 UTC', '2024-02-29T00:00:00.000Z'],
    ['Feb 2024', '2024-02-01T00:00:00.000Z'],
  ])('%s is %s', (text, time) => {
    expect(dateTimeKind.read(text, input(utc))).toBe(time);
  });

  it.each([
    '30 Feb 2024',
    '2024-02-30 10:00 +0100',
    '13/13/2024',
    '2024-02-29 25:00 +0100',
    '2024-02-29 10:61 EST',
    '13:00pm 2/29/2024',
    '29 Feb 2024 10:00 XYZ',
    '29 Feb 2024 10:00 IST',
    '2024-02-29 10:00 +9900',
    '2024-02-29 10:00 Mars/Base',
    '2024-02-29 10:00 (Mars)',
    'Foo 29 Feb 2024',
    '29 Feb 2024 and more',
    '29. März 2024',
    'yesterday',
    '2024',
    'T',
  ])('%s is rejected, as it cannot be read', (text) => {
    expect(() => dateTimeKind.read(text, input(utc))).toThrow('cannot accept');
  });

  it.each([
    ['2024-02-29 10:00', '2024-02-29T15:00:00.000Z'],
    ['2024-02-29T10:00:00', '2024-02-29T15:00:00.000Z'],
    ['29 Feb 2024 10am', '2024-02-29T15:00:00.000Z'],
    ['2024-07-01 10:00', '2024-07-01T14:00:00.000Z'],
    ['2024-07-01 10:00Z', '2024-07-01T10:00:00.000Z'],
    ['2024-07-01', '2024-07-01T04:00:00.000Z'],
  ])("%s without a zone is in the field's zone: %s", (text, time) => {
    expect(dateTimeKind.read(text, input(field('dateTime', newYork)))).toBe(time);
  });
});

describe('a text typecast into a date field', () => {
  it.each([
    ['european', '01/02/2024', '2024-02-01'],
    ['european', '13/02/2024', '2024-02-13'],
    ['european', '13.2.2024', '2024-02-13'],
    ['european', '1-2-24', '2024-02-01'],
    ['european', '2024-02-01', '2024-02-01'],
    ['european', 'Feb 1, 2024', '2024-02-01'],
    ['us', '01/02/2024', '2024-01-02'],
    ['iso', '1/2/2024', '2024-01-02'],
    ['iso', '7 August 2025', '2025-08-07'],
  ])('of format %s: %s is %s', (name, text, day) => {
    expect(dateKind.read(text, input(field('date', { dateFormat: { name } })))).toBe(day);
  });

  it.each([
    ['european', '02/13/2024'],
    ['us', '13/02/2024'],
    ['iso', '13/02/2024'],
  ])('of format %s: %s is rejected', (name, text) => {
    expect(() => dateKind.read(text, input(field('date', { dateFormat: { name } })))).toThrow();
  });
});

describe("a field's own text", () => {
  const reader = { timeZone: 'America/New_York', locale: 'en-US' };
  // Locales print years before 1000 with fewer digits, and so ambiguously.
  const days = fc.date({ min: new Date('1000-01-01'), max: new Date('9999-12-30'), noInvalidDate: true });

  it.each(['local', 'friendly', 'us', 'european', 'iso'])(
    'of a date in format %s reads back as the day',
    (name) => {
      const of = field('date', { dateFormat: { name } });
      fc.assert(
        fc.property(days, (date) => {
          const stored = date.toISOString().slice(0, 10);
          expect(dateKind.read(dateKind.text(stored, of, reader), input(of))).toBe(stored);
        }),
      );
    },
  );

  it.each([
    [{ ...european, ...newYork }],
    [{ dateFormat: { name: 'us' }, timeFormat: { name: '12hour' }, timeZone: 'Asia/Kolkata' }],
    [{ dateFormat: { name: 'friendly' }, timeFormat: { name: '12hour' }, timeZone: 'utc' }],
    [{ dateFormat: { name: 'local' }, timeZone: 'Europe/Berlin' }],
    [{ timeZone: 'Australia/Lord_Howe' }],
  ])('of a time with options %j reads back as the minute', (options) => {
    const of = field('dateTime', options);
    const modern = fc.date({ min: new Date('1980-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(modern, (date) => {
        const text = dateTimeKind.text(date.toISOString(), of, reader);
        const again = dateTimeKind.read(text, input(of)) as string;
        // An hour that clocks show twice reads as its first half.
        expect(dateTimeKind.text(again, of, reader)).toBe(text);
      }),
    );
  });
});
