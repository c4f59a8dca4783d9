/**
 * What `npm ci` in a clone runs and says: no script that fetches what is not needed, no warning.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };

const read = (name: string): Promise<string> =>
  readFile(fileURLToPath(new URL(`../${name}`, import.meta.url)), 'utf8');

interface Lock {
  readonly packages: Record<string, { readonly hasInstallScript?: true }>;
}
const scripted = async (): Promise<string[]> => {
  const { packages } = JSON.parse(await read('package-lock.json')) as Lock;
  return Object.entries(packages)
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([path]) => path.replace(/^.*node_modules\//, ''));
};

it('leaves the install script of onnxruntime-node alone, which would fetch CUDA libraries', async () => {
  // npm before 12 runs the scripts that the lock file tells of. Where `npm install` brought this
  // one back, take its line "hasInstallScript" out again.
  expect(await scripted()).not.toContain('onnxruntime-node');
  expect(packageJson.allowScripts['onnxruntime-node']).toBe(false);
});

it('has decided about every install script, so that npm asks for nothing', async () => {
  expect(Object.keys(packageJson.allowScripts)).toEqual(expect.arrayContaining(await scripted()));
});

it('sets nothing that npm does not know', async () => {
  const keys = (await read('.npmrc'))
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => line.split('=')[0]);
  expect(keys).toEqual(['audit', 'fund']);
});

it('leaves no optional peer out, which npm 11 would not install even where it is asked to', () => {
  const { peerDependencies, devDependencies } = packageJson;
  expect(Object.keys(devDependencies)).toEqual(
    expect.arrayContaining(Object.keys(peerDependencies)),
  );
});
