import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import { withTensorFile } from '../../src/formats/open.js';
import { releasedFile } from '../golden/imported.js';
import { temporaryFolder } from './files.js';

const folder = temporaryFolder();
const nothing = async (): Promise<void> => undefined;

describe('withTensorFile', () => {
  it('knows a file by its first bytes, whatever it is called', async () => {
    const path = folder.path('misnamed.safetensors');
    await writeFile(path, await readFile(releasedFile('flax-mixer.npz')));
    const names = await withTensorFile(path, async ({ shapes }) => [...shapes.keys()]);
    expect(names).toContain('stem/kernel');
  });

  it.each<[string, 'npz' | 'safetensors', string]>([
    [
      'flax-mixer.npz',
      'safetensors',
      ' is a zip archive, as .npz files are, not a safetensors file',
    ],
    [
      'timm-mixer.safetensors',
      'npz',
      ' is not an .npz file: it does not begin as a zip archive does',
    ],
  ])('refuses %s as %s', async (name, format, message) => {
    const path = releasedFile(name);
    await expect(withTensorFile(path, nothing, format)).rejects.toThrow(
      new InputError(`${path}${message}`),
    );
  });

  it('names what cannot be read', async () => {
    await expect(withTensorFile(folder.path('none'), nothing)).rejects.toThrow(
      new InputError(`cannot read ${folder.path('none')}: there is no such file or folder`),
    );
    await expect(withTensorFile(folder.path('.'), nothing)).rejects.toThrow(
      /it is a folder, not a file$/,
    );
  });
});
