import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emojiOf, loadEmoji } from '../../../src/data/drawings/emoji.js';
import { areInstalled } from '../installed.js';

const installed = areInstalled('@iconify-json/noto', '@iconify-json/twemoji');

it('of nobody are refused', async () => {
  await expect(emojiOf('apple')).rejects.toThrow(
    'there are no emoji of "apple"; there are those of noto, twemoji, fluent-emoji-flat',
  );
});

describe.skipIf(!installed)('the emoji of two vendors', () => {
  it('have names in common, without skin tones and flags', async () => {
    const [noto, twemoji] = await Promise.all(['noto', 'twemoji'].map((name) => emojiOf(name)));
    const names = new Set(noto!.emoji.map(({ name }) => name));
    expect(names.size).toBe(noto!.emoji.length);
    expect(names.has('alarm-clock')).toBe(true);
    expect([...names].filter((name) => /skin-tone|^flag-/.test(name))).toEqual([]);
    const common = twemoji!.emoji.filter(({ name }) => names.has(name));
    expect(common.length).toBeGreaterThan(1600);
    expect(noto!.version).toMatch(/^@iconify-json\/noto@1\./);
  });
});

describe.skipIf(!installed || !areInstalled('@resvg/resvg-js'))('loadEmoji', () => {
  it('draws them, labelled by their group', async () => {
    const cacheFolder = await mkdtemp(join(tmpdir(), 'mixgan-emoji-'));
    try {
      const { train, test } = await loadEmoji({ vendor: 'noto', size: 16, cacheFolder });
      expect(train).toMatchObject({ name: 'emoji train', height: 16, channels: 3 });
      expect(train.count + test.count).toBeGreaterThan(1600);
      expect(train.classNames).toContain('Animals & Nature');
      expect(new Set(train.images).size).toBeGreaterThan(200);
    } finally {
      await rm(cacheFolder, { recursive: true, force: true });
    }
  }, 60_000);
});
