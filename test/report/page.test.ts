import { expect, it } from 'vitest';
import { decodePng, encodePng } from '../../src/image/png.js';
import { lineChart } from '../../src/report/chart.js';
import {
  facts,
  figures,
  page,
  picture,
  shadedCell,
  table,
  verbatim,
} from '../../src/report/page.js';
import { expectWellFormed } from '../support/markup.js';

const pixels = Uint8Array.from({ length: 6 }, (_, i) => 40 * i);
const png = encodePng({ width: 3, height: 2, channels: 1, pixels });

const file = page('run <1> & "more"', [
  { title: 'Run', content: facts([['data', 'a < b']]) },
  {
    title: 'Pictures',
    content: figures([
      picture(png, 'after step "5"'),
      lineChart({ title: 'Loss', xLabel: 'step', yLabel: '', series: [] }),
    ]),
  },
  {
    title: 'Figures',
    content: table({
      caption: 'what is measured',
      header: ['metric', 'value'],
      rows: [
        ['recall', shadedCell('0.5', 0.5)],
        ['<precision>', '0.25'],
      ],
    }),
  },
  { title: 'Log', content: verbatim('</pre> one\n  two') },
]);

it('is whole and well-formed, whatever the names in it', () => {
  expect(file).toMatch(/^<!doctype html>\n<html lang="en">/);
  expectWellFormed(file);
  expect(file).toContain('<title>run &lt;1&gt; &amp; &quot;more&quot;</title>');
  expect(file).toContain('<pre>&lt;/pre&gt; one\n  two</pre>');
});

it('asks for nothing from elsewhere, and forbids it', () => {
  expect(file).toContain(`default-src 'none'; img-src data:; style-src 'unsafe-inline'`);
  expect(file).not.toMatch(/https?:|\/\/[\w.]+\/|<script|<link|@import/);
});

it('holds pictures with all their pixels and a text in their place', () => {
  const [, data, alt] = /src="data:image\/png;base64,([^"]+)" alt="([^"]*)"/.exec(file)!;
  expect(decodePng(Buffer.from(data!, 'base64')).pixels).toEqual(pixels);
  expect(alt).toBe('after step &quot;5&quot;');
});

it('says of every table what it is, and of which row and column a cell is', () => {
  expect(file).toContain('<caption>what is measured</caption>');
  expect(file).toContain('<th scope="col">metric</th><th scope="col">value</th>');
  expect(file).toContain('<tr><th scope="row">&lt;precision&gt;</th><td>0.25</td></tr>');
  expect(file).toContain('<th scope="row">recall</th><td style="--share:0.500">0.5</td>');
});

it('fits light and dark screens', () => {
  expect(file).toContain('color-scheme: light dark');
  expect(file).toContain('prefers-color-scheme: dark');
  expect(file).toContain('currentColor');
});
