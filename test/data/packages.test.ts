import { expect, it } from 'vitest';
import { findPackage, importPackage } from '../../src/data/packages.js';
import { InputError } from '../../src/errors.js';

it('finds what is installed, with its version', () => {
  expect(findPackage('pngjs', 'a test')).toMatchObject({
    name: 'pngjs',
    version: expect.stringMatching(/^7\./),
    folder: expect.stringMatching(/node_modules.pngjs$/),
  });
});

it('says what to run where a package is missing', async () => {
  const missing = new InputError(
    '--data faces needs the npm package no-such-drawings, which is not installed; run npm install no-such-drawings',
  );
  expect(() => findPackage('no-such-drawings', '--data faces')).toThrow(missing);
  await expect(importPackage('no-such-drawings', '--data faces')).rejects.toThrow(missing);
});
