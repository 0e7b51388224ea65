import { expect, it } from 'vitest';
import { cellText } from './cell-text.ts';

it.each([
  ['a barcode', { text: '4006381333931', type: 'ean13' }, '4006381333931'],
  ['a person', { id: 'usr1', email: 'ada@example.com', name: 'Ada' }, 'Ada'],
  ['a person without a name', { id: 'usr1', email: 'ada@example.com' }, 'ada@example.com'],
  ['a file', { id: 'att1', url: 'https://example.com/a', filename: 'a.pdf' }, 'a.pdf'],
  ['a button', { label: 'Open', url: 'https://example.com' }, 'Open'],
  ['generated text', { state: 'generated', isStale: false, value: 'A summary' }, 'A summary'],
  ['text that is not generated yet', { state: 'empty', isStale: false, value: null }, ''],
  ['an error', { error: '#ERROR!' }, '#ERROR!'],
  ['a number that is none', { specialValue: 'NaN' }, 'NaN'],
  [
    'a look-up of barcodes',
    [
      { text: '1', type: 'upce' },
      { text: '2', type: 'upce' },
    ],
    '1, 2',
  ],
  ['a small number', -1e-7, '-1e-7'],
  ['a checkbox', false, 'false'],
])('shows %s as its text', (_kind, cell, text) => {
  expect(cellText(cell)).toBe(text);
});
