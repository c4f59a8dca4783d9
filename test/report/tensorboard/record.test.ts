import { expect, it } from 'vitest';
import { maskedChecksum, tfRecord } from '../../../src/report/tensorboard/record.js';
import { readRecords } from '../../support/tensorboard.js';

it('frames bytes as TensorBoard’s own writer does', () => {
  const framed = Buffer.from(tfRecord(Buffer.from('mixer'))).toString('hex');
  expect(framed).toBe('0500000000000000eab2043e6d69786572d6ecce05');
});

it('masks the CRC-32C of the check string, e3069283', () => {
  expect(maskedChecksum(Buffer.from('123456789'))).toBe(0xc78ab0e5);
});

it('gives records that are read one after the other, up to one that is cut short', () => {
  const [first, second] = [tfRecord(Buffer.from('one')), tfRecord(Buffer.alloc(0))];
  const whole = Buffer.concat([first, second, first]);
  expect(readRecords(whole).map(String)).toEqual(['one', '', 'one']);
  for (const missing of [1, 5, 8, 12, 18]) {
    expect(readRecords(whole.subarray(0, whole.length - missing)).map(String)).toEqual(['one', '']);
  }
});
